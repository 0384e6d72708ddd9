"""``jaxrec compare``: whether trained runs differ, by what each did for the same queries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from jaxrec.base import InputError
from jaxrec.cli import report
from jaxrec.cli.options.looking import CompareOptions
from jaxrec.cli.paired import Paired, read_paired
from jaxrec.cli.recommend import check_writer, deliver
from jaxrec.cli.verdict_tables import print_groups, print_results
from jaxrec.cli.verdicts import TESTS, Group, Result, judge, sentence
from jaxrec.evaluate import bootstrap_interval, compare_users, holm
from jaxrec.runs import log
from jaxrec.runs.answer.list_groups import by_quantile


def compare(options: CompareOptions) -> pl.DataFrame:
    """Prints tables and verdicts; returns a row a pair and metric, and one for each of its groups.

    Raises:
      InputError: runs that cannot be compared, or options out of range.
    """
    check_writer(options.out, *map(Path, options.runs))
    _check_options(options)
    paired = read_paired(_folders(options), options.metric)
    results = _results(paired, options)
    counts = paired.n_train
    chosen = [] if counts is None else by_quantile(counts, options.groups)
    groups = [list(_groups(result, paired, chosen, options)) for result in results]
    pooled = [result.metric for result, found in zip(results, groups, strict=True) if not found]
    if chosen and pooled:
        names = list(dict.fromkeys(pooled))
        log.say(
            f"no groups are shown: {', '.join(names)} {'are' if names[1:] else 'is'} of all rows "
            "together, and values of users do not tell that of a group"
        )
    print_results(results, options.alpha)
    for in_groups in filter(None, groups):
        print_groups(in_groups, options.alpha)
    for result in results:
        text = sentence(result, options.alpha)
        report.out.print(text, soft_wrap=True, markup=False)
    found = zip(results, groups, strict=True)
    rows = [row for pair in found for row in _rows(*pair, options.alpha)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    if options.out is not None:
        deliver(frame, options.out, "Comparison")
    return frame


def _check_options(options: CompareOptions) -> None:
    if not 0 < options.alpha < 1:
        raise InputError(f"--alpha is {options.alpha}; give a number between 0 and 1, such as 0.05")
    for name in ("groups", "seed"):
        if getattr(options, name) < 0:
            raise InputError(f"--{name} is {getattr(options, name)}; give 0 or more")


def _folders(options: CompareOptions) -> list[Path]:
    """Run folders, the reference first."""
    folders = [Path(run) for run in options.runs]
    if options.reference is not None:
        first = Path(options.reference)
        others = [folder for folder in folders if folder.resolve() != first.resolve()]
        folders = [first, *others]
    if len(folders) < 2:
        raise InputError("name two runs or more: jaxrec compare RUN RUN")
    return folders


def _results(paired: Paired, options: CompareOptions) -> list[Result]:
    asked, level = [], 1 - options.alpha
    for metric, (first, *others) in paired.values.items():
        for run, second in zip(paired.names[1:], others, strict=True):
            found = compare_users(*_known(first, second), level=level, seed=options.seed)
            asked.append((metric, run, found))
    adjusted = [holm(np.array([found.p_values[test] for _, _, found in asked])) for test in TESTS]
    return [
        Result(
            metric,
            paired.names[0],
            run,
            found,
            holm=dict(zip(TESTS, map(float, p), strict=True)),
            better=paired.task.better(metric),
            counts=paired.task.counts,
        )
        for (metric, run, found), *p in zip(asked, *adjusted, strict=True)
    ]


def _groups(
    result: Result, paired: Paired, chosen: list[Bool[np.ndarray, "U"]], options: CompareOptions
) -> Iterator[Group]:
    vectors = paired.values[result.metric]
    both = vectors[0], vectors[paired.names.index(result.run, 1)]
    for group in chosen:
        first, second = (paired.task.part(result.metric, each, group) for each in both)
        if first is None or second is None:
            continue
        assert paired.n_train is not None, "there are groups"
        counts = paired.n_train[group][~np.isnan(first + second)]
        first, second = _known(first, second)
        if not len(counts):
            continue
        difference = second.astype(np.float64) - first
        rng = np.random.default_rng(options.seed)
        interval = bootstrap_interval(difference, rng, 1 - options.alpha)
        yield Group(
            result,
            int(counts.min()),
            int(counts.max()),
            len(counts),
            float(first.mean(dtype=np.float64)),
            float(second.mean(dtype=np.float64)),
            *interval,
        )


def _known(
    first: Float[np.ndarray, "U"], second: Float[np.ndarray, "U"]
) -> tuple[Float[np.ndarray, "_"], Float[np.ndarray, "_"]]:
    """Of those with a value in both runs: some users have no AUC."""
    both = ~np.isnan(first + second)
    return first[both], second[both]


def _rows(result: Result, groups: list[Group], alpha: float) -> Iterator[dict[str, Any]]:
    """Rows of ``--out``; groups have no p-values."""
    found = result.found
    pair = {"metric": result.metric, "reference": result.reference, "run": result.run}
    yield pair | {
        "group": "all",
        result.counts: found.n_users,
        "reference_mean": found.first,
        "mean": found.second,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "verdict": judge(result, alpha),
        "rank_biserial": found.rank_biserial,
        **{f"p_{test}": p for test, p in found.p_values.items()},
        **{f"holm_{test}": p for test, p in result.holm.items()},
    }
    for group in groups:
        yield pair | {
            "group": f"{group.least} to {group.most}",
            result.counts: group.n_users,
            "reference_mean": group.first,
            "mean": group.second,
            "difference": group.second - group.first,
            "low": group.low,
            "high": group.high,
        }
