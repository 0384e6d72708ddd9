"""What a comparison of runs found, in a sentence."""

from typing import Literal, NamedTuple

from jaxrec.evaluate import Comparison

TESTS = {"t": "t", "wilcoxon": "Wilcoxon", "permutation": "permutation"}
"""Names of the tests in what a person reads."""


class Result(NamedTuple):
    """One run against the reference in one metric.

    Attributes:
      holm: p by test, corrected for all that was compared.
      better: 1 where a larger value is better, -1 for errors.
      counts: what was compared, in the plural, such as users.
    """

    metric: str
    reference: str
    run: str
    found: Comparison
    holm: dict[str, float]
    better: float = 1.0
    counts: str = "users"


class Group(NamedTuple):
    """Queries of users with ``least`` to ``most`` training interactions; means and an interval."""

    result: Result
    least: int
    most: int
    n_users: int
    first: float
    second: float
    low: float
    high: float


def judge(result: Result, alpha: float) -> Literal["better", "worse", "same", "disagree"]:
    """How the run stands to the reference; a direction needs all tests, and one direction."""
    found = [p <= alpha for p in result.holm.values()]
    if not any(found):
        return "same"
    if not all(found) or result.found.difference * result.found.rank_biserial <= 0:
        return "disagree"
    return "better" if result.better * result.found.difference > 0 else "worse"


def sentence(result: Result, alpha: float) -> str:
    """The verdict on a pair, better run first."""
    verdict, found = judge(result, alpha), result.found
    run, other, by = result.run, result.reference, found.difference
    low, high = found.low, found.high
    if verdict == "worse":
        run, other, by, low, high = other, run, -by, -high, -low
    interval = f"{percent(alpha)} interval {low:z.4f} to {high:z.4f}"
    least, most = min(result.holm.values()), max(result.holm.values())
    if verdict in ("better", "worse"):
        sure = "p < 1e-4" if most < 1e-4 else f"p at most {most:.2g}"
        if result.better < 0:
            by, low, high = -by, -high, -low  # By how much the error is smaller.
        return (
            f"{run} is better than {other} in {result.metric} by {by:.4f} "
            f"({interval}; Holm-corrected {sure} in all three tests)"
        )
    if verdict == "same":
        return (
            f"{run} and {other} cannot be told apart in {result.metric} (difference {by:z.4f}, "
            f"{interval}; Holm-corrected p at least {least:.2g} in all three tests)"
        )
    told = ", ".join(f"{result.holm[test]:.2g} by {name}" for test, name in TESTS.items())
    odds = "" if by * found.rank_biserial > 0 else "; the mean and the ranks point opposite ways"
    return (
        f"the tests disagree: {run} less {other} in {result.metric} is {by:z.4f} "
        f"({interval}; Holm-corrected p {told}{odds})"
    )


def percent(alpha: float) -> str:
    """How sure an interval is, in words."""
    return f"{100 * (1 - alpha):g} %"
