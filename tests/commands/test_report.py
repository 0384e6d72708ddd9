import pytest
from rich.console import Console

from jaxrec.commands import report, search_report


@pytest.mark.parametrize("name", ["mf", "lightgcn_item"])
@pytest.mark.parametrize("ks", [(20,), (10, 20), (5, 10, 50)])
def test_no_number_is_cut_at_eighty_columns(name, ks, monkeypatch):
    narrow = Console(width=80, highlight=False, record=True)
    monkeypatch.setattr(report, "out", narrow)
    columns = report.columns_shown(ks)
    rows = {system: dict.fromkeys(columns, 0.12345) for system in (name, "popularity", "random")}
    narrow.print(report.metric_table(rows, "Test slice", columns))
    text = narrow.export_text()
    assert text.count("0.1235") + text.count("0.1234") == 3 * len(columns)
    assert "…" not in text and name in text and "popularity" in text


def test_a_wide_terminal_has_a_row_a_system(monkeypatch):
    monkeypatch.setattr(report, "out", Console(width=120))
    columns = report.columns_shown((5, 10, 50))
    rows = {system: dict.fromkeys(columns, 0.5) for system in ("mf", "popularity")}
    assert report.metric_table(rows, "Test slice", columns).row_count == 2


@pytest.mark.parametrize("n_options", [2, 9])
def test_no_trial_of_a_search_is_cut(n_options, monkeypatch):
    narrow = Console(width=80, highlight=False, record=True)
    monkeypatch.setattr(report, "out", narrow)
    tried = {f"option_{name}": 0.125 for name in range(n_options)}
    row = {"value": 0.25, "epoch": 7, "tried": tried, "state": "complete"}
    rows = [row | {"trial": trial} for trial in range(12)]
    narrow.print(search_report._table(rows, "recall@20"))
    text = narrow.export_text()
    n_shown = text.count("0.2500")
    assert text.count("0.125") == n_shown * n_options and "…" not in text
    assert f"best {n_shown} of 12" in text and n_shown == (10 if n_options == 2 else 7)
