import numpy as np
import polars as pl

from jaxrec.data import Interactions, Split, check, check_facts, checkerboard, link, number_graph


def part(pairs, time=None):
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    time = None if time is None else np.array(time, np.int64)
    return Interactions(user, item, 5, 5, time=time)


def counts(split):
    return {finding.name: (finding.count, finding.total) for finding in check(split)}


def test_every_leak_is_counted():
    train = part([(0, 0), (0, 1), (1, 0)], [1, 2, 10])
    valid = part([(0, 0)], [11])
    test = part([(0, 1), (1, 2), (3, 0), (3, 2)], [9, 10, 11, 12])
    assert counts(Split(train, valid, test, "made")) == {
        "test_pairs_in_train": (1, 4),
        "valid_pairs_in_train": (1, 1),
        "test_before_train_end": (1, 4),
        "test_items_unseen": (1, 3),
        "test_users_unseen": (1, 3),
    }


def test_a_clean_split_lists_every_check_with_zero():
    assert counts(checkerboard(8)) == {
        "test_pairs_in_train": (0, 8),
        "valid_pairs_in_train": (0, 0),
        "test_items_unseen": (0, 8),
        "test_users_unseen": (0, 8),
    }


def test_held_out_pairs_among_the_facts_are_counted_from_either_end():
    rows = [
        ("ann", "bought", "x"),
        ("y", "seen by", "ann"),
        ("bob", "bought", "x"),
        ("x", "is", "y"),
    ]
    facts = pl.DataFrame(rows, schema=["head", "relation", "tail"], orient="row")
    items, users = pl.Series(["x", "y", "z"]), pl.Series(["ann", "bob", "eve", "x"])
    made = Split(part([(1, 0)]), part([(0, 0), (1, 1)]), part([(0, 1), (0, 2), (2, 0), (3, 1)]), "")
    found = check_facts(made, users, link(number_graph(facts), items))
    assert {finding.name: (finding.count, finding.total) for finding in found} == {
        "test_pairs_in_facts": (1, 4),  # User x has an item's name, so the fact of x and y is none.
        "valid_pairs_in_facts": (1, 2),
    }
