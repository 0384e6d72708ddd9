import io
from types import SimpleNamespace

import polars as pl
import pytest
from rich.console import Console

from jaxrec.cli import report, tune as tune_report
from jaxrec.cli.frame_tables import print_frame
from jaxrec.cli.main import main
from jaxrec.runs import progress
from jaxrec.search import trial_table
from jaxrec.tasks import RANKING
from jaxrec.train.epoch import N_REPORTS
from tests.cli.conftest import SMALL


@pytest.mark.parametrize("name", ["mf", "lightgcn_item"])
@pytest.mark.parametrize("ks", [(20,), (10, 20), (5, 10, 50)])
def test_no_number_is_cut_at_eighty_columns(name, ks, monkeypatch):
    narrow = Console(width=80, highlight=False, record=True)
    monkeypatch.setattr(report, "out", narrow)
    columns = RANKING.shown(SimpleNamespace(k=ks))
    rows = {system: dict.fromkeys(columns, 0.12345) for system in (name, "popularity", "random")}
    narrow.print(report.metric_table(rows, "Test slice", columns))
    text = narrow.export_text()
    assert text.count("0.1235") + text.count("0.1234") == 3 * len(columns)
    assert "…" not in text and name in text and "popularity" in text


def test_a_wide_terminal_has_a_row_a_system(monkeypatch):
    monkeypatch.setattr(report, "out", Console(width=120))
    columns = RANKING.shown(SimpleNamespace(k=(5, 10, 50)))
    rows = {system: dict.fromkeys(columns, 0.5) for system in ("mf", "popularity")}
    assert report.metric_table(rows, "Test slice", columns).row_count == 2


@pytest.mark.parametrize("n_options", [2, 9])
def test_no_trial_of_a_search_is_cut(n_options, monkeypatch):
    narrow = Console(width=80, highlight=False, record=True)
    monkeypatch.setattr(report, "out", narrow)
    tried = {f"option_{name}": 0.125 for name in range(n_options)}
    row = {"value": 0.25, "epoch": 7, "tried": tried, "state": "complete"}
    rows = [row | {"trial": trial} for trial in range(12)]
    narrow.print(tune_report._table(rows, "recall@20"))
    text = narrow.export_text()
    n_shown = text.count("0.2500")
    assert text.count("0.125") == n_shown * n_options and "…" not in text
    assert f"best {n_shown} of 12" in text and n_shown == (10 if n_options == 2 else 7)


LISTS = pl.DataFrame(
    {
        "user": [7, 7],
        "item": ["sku-1", "sku-2"],
        "rank": [1, 2],
        "score": [0.12345, 12.5],
        "title": ["A title of many words that goes on for more than a line of it", "Short"],
    }
)
LONG = LISTS.with_columns(item="https://shop.example/products/0000000000" + pl.col("item"))


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("lists", [LISTS, LONG], ids=["short ids", "long ids"])
def test_no_id_or_number_of_a_list_is_cut_or_wrapped(lists, width, monkeypatch):
    narrow = Console(width=width, highlight=False, record=True)
    monkeypatch.setattr(report, "out", narrow)
    print_frame(lists, "Recommendations")
    text = narrow.export_text()
    for cell in (*lists["item"], "0.1235", "12.5000"):
        assert cell in text
    assert set(lists["title"][0].split()) <= set(text.split()) and "…" not in text


def test_a_list_too_wide_for_the_terminal_has_a_line_a_cell(monkeypatch, capsys):
    monkeypatch.setattr(report, "out", Console(width=60, highlight=False))
    print_frame(LONG.head(1).drop("title"), "Recommendations")
    lines = ["Recommendations", "user: 7", f"  item: {LONG['item'][0]}", "  rank: 1"]
    assert capsys.readouterr().out.splitlines() == [*lines, "  score: 0.1235"]


@pytest.mark.parametrize(("width", "heads"), [(80, ["min", "max"]), (30, ["items a user", "b"])])
def test_a_table_that_is_too_wide_is_turned(width, heads, monkeypatch):
    monkeypatch.setattr(report, "out", Console(width=width))
    lines = [["items a user", "123,456", "123,456"], ["b", "1", "2"]]
    table = report.fitting_table("Degrees", ["min", "max"], lines)
    assert [column.header for column in table.columns[1:]] == heads


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_or_number_of_progress_is_cut(width, monkeypatch):
    monkeypatch.setattr(
        progress, "err", Console(force_terminal=True, width=width, file=io.StringIO())
    )
    row = {"trial": 14, "state": "complete", "value": 0.25, "epoch": 3, "tried": {}}
    shown = Console(width=width, file=io.StringIO())
    with progress.TrainingProgress(1000, 10, "recall@20", 997) as training:
        training.epoch(998, {"loss": 0.5, "valid": 0.125})
        shown.print(training._bar.get_renderable())
    with trial_table.SearchProgress([row], 30, "recall@20") as search:
        search.epoch(1000, 0.375)
        shown.print(search._bar.get_renderable())
    text = shown.file.getvalue()
    for word in ("998/1000", "0.5000", "recall@20", "0.1250", "1/30", "0.2500", "0.3750", "left"):
        assert word in text
    assert "…" not in text


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that keeps every bar as it was when it was told of something."""
    monkeypatch.setattr(
        progress, "err", Console(force_terminal=True, width=120, file=io.StringIO())
    )
    shown, update = [], progress.Bar.update

    def update_and_keep(bar, task, **values):
        update(bar, task, **values)
        now = bar.tasks[0]
        shown.append((now.completed, now.total, now.description))

    monkeypatch.setattr(progress.Bar, "update", update_and_keep)
    return shown


@pytest.mark.parametrize("batch_size", [128, 4])
def test_the_bar_of_a_training_moves_within_long_epochs(batch_size, terminal, clicks, tmp_path):
    """Short ones are told of at their end alone."""
    words = [*SMALL, "--epochs", "2", "--batch-size", str(batch_size), "--no-refit"]
    assert main(["train", "--data", str(clicks), "--out", str(tmp_path / "run"), *words]) == 0
    steps, (total,) = [step for step, _, _ in terminal], {total for _, total, _ in terminal}
    n_steps = total // 2
    assert (n_steps > N_REPORTS) == (batch_size == 4)
    assert all(said == f"epoch {-(-step // n_steps)}/2" for step, _, said in terminal)
    assert {n_steps, total} <= set(steps) and max(steps) == total
    assert len(set(steps)) > N_REPORTS if batch_size == 4 else len(set(steps)) == 2


def test_the_bar_of_a_search_counts_its_trials(terminal, clicks, tmp_path):
    words = ["--model", "ease", "--k", "5", "--select", "recall@5", "--search", "l2=1:9"]
    words += ["--trials", "2", "--out", str(tmp_path / "search")]
    assert main(["tune", "--data", str(clicks), *words]) == 0
    assert {(done, total) for done, total, _ in terminal} == {(0, 2), (1, 2), (2, 2)}
    assert {said for _, _, said in terminal} == {f"trials {n}/2" for n in range(3)}


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_search_says_a_line_a_trial_where_there_is_no_terminal(is_terminal, monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(progress, "err", Console(force_terminal=is_terminal, width=200, file=file))
    row = {"trial": 1, "state": "complete", "value": 0.25, "epoch": 3, "tried": {"l2": 1.5}}
    with trial_table.SearchProgress([], 2, "recall@5") as bar:
        bar.trial(row)
    said = "trial 1/2  complete recall@5 0.2500  l2=1.5  best 0.2500 (trial 1)"
    assert (said in file.getvalue()) != is_terminal


def test_short_rankings_are_silent_and_long_ones_print_a_line_every_ten_seconds(
    monkeypatch, capsys
):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.RankingProgress("measuring") as bar:
        for done in range(1, 26):
            now[0] = float(done)
            bar(done * 1000, 25_000)
    told = capsys.readouterr().err.splitlines()
    assert told == ["measuring: 11,000 of 25,000 users", "measuring: 22,000 of 25,000 users"]
