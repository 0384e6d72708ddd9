"""Covering arrays hold every group of values, and little more."""

from itertools import product

import pytest

from tests.covering import covering, covering_array


@pytest.mark.parametrize(
    ("sizes", "strength", "most"), [((9, 4, 3), 2, 42), ((3, 3, 3, 3), 2, 12), ((10, 3), 1, 10)]
)
def test_every_group_is_in_few_cases(sizes, strength, most):
    cases = list(product(*map(range, sizes)))
    chosen = covering_array(cases, strength)
    assert set(chosen) <= set(cases) and len(chosen) <= most
    for first in range(len(sizes) - strength + 1):
        for second in range(first + 1, len(sizes)) if strength == 2 else [first]:
            found = {(case[first], case[second]) for case in chosen}
            assert len(found) == sizes[first] * (sizes[second] if strength == 2 else 1)


def test_the_rest_of_the_product_is_slow():
    tables = {"a": {"one": 1, "two": 2}, "b": {"x": 3, "y": 4}}
    cases = covering(tables, strength=1).args[1]
    assert [(case.id, case.values, bool(case.marks)) for case in cases] == [
        ("one-x", (1, 3), False),
        ("one-y", (1, 4), True),
        ("two-x", (2, 3), True),
        ("two-y", (2, 4), False),
    ]
