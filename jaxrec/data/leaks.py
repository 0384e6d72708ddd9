"""What the training part of a split already tells about the test."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from jaxrec.data.knowledge import Linked
from jaxrec.data.split import Split
from jaxrec.data.triples import Triples


@dataclass(frozen=True)
class Finding:
    """One check: ``count`` of ``total`` are touched; zero is clean."""

    name: str
    count: int
    total: int
    message: str


def check(split: Split, refit: bool = False) -> list[Finding]:
    """Runs every check and returns all of them, clean ones too, so that a report can say "none".

    With ``refit`` the model that the test slice measures has learned the validation slice, too, and
    what it tells of the test counts.

    ``test_pairs_in_train`` and ``valid_pairs_in_train`` are leaks, unless repeats were kept on
    purpose. ``test_before_train_end`` is present when times are known: training has then
    seen the future, as any random split does. ``test_items_unseen`` and ``test_users_unseen``
    count what no training interaction can place.
    """
    valid, test, findings = split.valid, split.test, []
    train = split.learn_valid().train if refit else split.train
    learned = "train and validation" if refit and len(valid) else "train"

    def add(name, touched, message):
        findings.append(Finding(name, int(np.sum(touched)), len(touched), message))

    again = _among(test.pairs(), np.sort(train.pairs()))
    add("test_pairs_in_train", again, f"test pairs also in {learned}")
    again = _among(valid.pairs(), np.sort(split.train.pairs()))
    add("valid_pairs_in_train", again, "validation pairs also in train")
    if train.time is not None and test.time is not None and len(train):
        early = test.time < train.time.max()
        add("test_before_train_end", early, f"test interactions older than the newest in {learned}")
    for name in ("item", "user"):
        rows = np.unique(getattr(test, name))
        new = np.bincount(getattr(train, name), minlength=getattr(train, f"n_{name}s"))[rows] == 0
        add(f"test_{name}s_unseen", new, f"{name}s of the test never in {learned}")
    return findings


def _among(values: Int[np.ndarray, "n"], ordered: Int[np.ndarray, "m"]) -> Bool[np.ndarray, "n"]:
    """Which values are in ``ordered``, which ascends; order is not kept: they are counted."""
    values = np.sort(values)  # Searching in order reads memory in order.
    place = np.searchsorted(ordered, values)
    found = np.zeros(len(values), bool)
    inside = place < len(ordered)
    found[inside] = ordered[place[inside]] == values[inside]
    return found


def check_links(split: Split[Triples]) -> list[Finding]:
    """Counts facts of the test that training tells of, and entities that it does not know.

    ``test_ends_linked_in_train`` are facts whose two ends training joins by any other fact, read
    from either end. Many of them say that relations are each other's inverses, which is what
    FB15k was replaced for: Toutanova & Chen, Observed versus latent features, CVSC 2015.
    """
    train, findings = split.train, []
    for name, what, part in (("test", "test", split.test), ("valid", "validation", split.valid)):
        told = np.isin(part.numbers(), train.numbers())
        message = f"{what} facts also in train"
        findings.append(Finding(f"{name}_facts_in_train", int(told.sum()), len(told), message))
    low, high = (pick(train.head, train.tail).astype(np.int64) for pick in (np.minimum, np.maximum))
    test = split.test
    pairs = np.minimum(test.head, test.tail).astype(np.int64) * train.n_entities
    told = np.isin(pairs + np.maximum(test.head, test.tail), low * train.n_entities + high)
    message = "test facts whose ends another fact of train joins"
    findings.append(Finding("test_ends_linked_in_train", int(told.sum()), len(told), message))
    rows = np.union1d(test.head, test.tail)
    new = ~np.isin(rows, np.union1d(train.head, train.tail))
    message = "entities of the test never in train"
    return [*findings, Finding("test_entities_unseen", int(new.sum()), len(new), message)]


def check_facts(split: Split, user_ids: pl.Series, knowledge: Linked) -> list[Finding]:
    """Counts pairs of test and validation that stand among the facts, read from either end.

    A user is the entity of the same name, unless that is an item's; users of other names are not
    found. The relation does not matter: that a user knows an item's entity tells of the answer.
    """
    triples, ids = knowledge.graph.triples, knowledge.graph.entity_ids
    rows = pl.DataFrame({"name": ids.cast(pl.String)}).with_row_index("row")
    names = pl.DataFrame({"name": user_ids.cast(pl.String)})
    found = names.join(rows, on="name", how="left", maintain_order="left")["row"]
    user = found.cast(pl.Int64).fill_null(-1).to_numpy().copy()
    user[np.isin(user, knowledge.entity)] = -1
    head, tail = triples.head.astype(np.int64), triples.tail.astype(np.int64)
    facts = np.append(head * len(ids) + tail, tail * len(ids) + head)
    findings = []
    for name, what, part in (("test", "test", split.test), ("valid", "validation", split.valid)):
        pairs = user[part.user] * len(ids) + knowledge.entity[part.item]
        told = np.isin(pairs, facts) & (user[part.user] >= 0)
        message = f"{what} pairs that stand among the facts"
        findings.append(Finding(f"{name}_pairs_in_facts", int(told.sum()), len(told), message))
    return findings
