"""Cases of tables that hold with each other: a covering array at once, the full product slowly.

Most faults show with one value of one table, or with a pair of two (Kuhn, Wallace and Gallo,
"Software fault interactions", IEEE TSE 2004).
"""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Any

import pytest


def covering(tables: Mapping[str, Mapping[str, Any]], strength: int = 2) -> pytest.MarkDecorator:
    """Parametrises with the product of ``tables``; what a covering array leaves out is slow.

    Args:
      tables: Values by id, by the name of an argument.
      strength: Any so many values of different tables stand in one case that is not slow.
    """
    cases = list(product(*tables.values()))
    chosen = set(covering_array(cases, strength))
    return pytest.mark.parametrize(
        list(tables),
        [
            pytest.param(
                *(table[id] for table, id in zip(tables.values(), case, strict=True)),
                id="-".join(case),
                marks=[] if case in chosen else pytest.mark.slow,
            )
            for case in cases
        ],
    )


def covering_array(cases: Iterable[tuple], strength: int) -> list[tuple]:
    """Some of ``cases`` that have all groups of ``strength`` values, found greedily."""
    groups = {case: set(combinations(enumerate(case), strength)) for case in cases}
    missing, chosen = set().union(*groups.values()), []
    while missing:
        best = max(groups, key=lambda case: len(groups[case] & missing))  # The first of equals.
        chosen.append(best)
        missing -= groups.pop(best)
    return chosen
