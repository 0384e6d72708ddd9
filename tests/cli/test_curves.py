"""What is drawn of a run, read from the figure before it is a file."""

import polars as pl
import pytest
from matplotlib.figure import Figure

from jaxrec.runs.fit.curves import FEW, draw


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draws a run of so many epochs, validated at some; returns the two axes and the file."""
    found = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **_: found.append(figure))
    monkeypatch.setattr("jaxrec.runs.fit.curves.write_atomically", lambda path, write: write(path))

    def run(n_epochs, validated, losses=None, baselines=None, n_refit=0):
        epochs = range(1, n_epochs + 1)
        history = pl.DataFrame(
            {
                "epoch": epochs,
                "loss": losses or [0.69 - 0.001 * epoch for epoch in epochs],
                "valid": [0.3 if epoch in validated else None for epoch in epochs],
            },
            schema={"epoch": pl.Int64, "loss": pl.Float64, "valid": pl.Float64},
        )
        levels = {"popularity": 0.2} if baselines is None else baselines
        later = {"refit": history.head(n_refit)} if n_refit else {}
        assert draw(history, tmp_path / "curves.png", "recall@20", levels, later)
        found[-1].draw_without_rendering()
        return found[-1].axes

    return run


@pytest.mark.parametrize(
    ("n_epochs", "validated"), [(1, {1}), (2, {2}), (5, {5}), (7, {5, 7}), (40, {5, 40}), (7, {})]
)
def test_epochs_are_whole_and_the_axis_reaches_from_0_to_the_last(n_epochs, validated, drawn):
    for axes in drawn(n_epochs, validated)[: 2 if validated else 1]:
        low, high = axes.get_xlim()
        assert low == 0 and n_epochs < high < 1.1 * n_epochs + 0.1
        assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_a_point_alone_is_drawn_below_the_upper_edge(drawn):
    loss, valid = drawn(1, {1})
    assert [axes.lines[0].get_marker() for axes in (loss, valid)] == [".", "."]
    assert valid.get_ylim() == (0, pytest.approx(1.05 * 0.3))
    assert drawn(1, {1}, baselines={"popularity": 0.5})[1].get_ylim()[1] == pytest.approx(1.05 / 2)
    assert drawn(FEW + 1, {1})[0].lines[0].get_marker() == "None"


def test_the_loss_goes_by_powers_of_ten_where_it_falls_through_one(drawn):
    assert drawn(2, {2})[0].get_yscale() == "linear"
    assert drawn(2, {2}, losses=[0.8, 0.07])[0].get_yscale() == "log"
    assert drawn(2, {2}, losses=[-0.7, -0.9])[0].get_yscale() == "linear"


def test_the_loss_of_a_refit_is_drawn_beside_and_named(drawn):
    loss = drawn(7, {5, 7}, n_refit=5)[0]
    assert [len(line.get_xdata()) for line in loss.lines] == [7, 5]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["refit"]
    assert drawn(7, {5, 7})[0].get_legend() is None
