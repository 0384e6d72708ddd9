"""What the picture of a search shows, by value."""

from pathlib import Path

import pytest

from jaxrec.search import picture
from jaxrec.search.space import Choices, Range

ROWS = [
    {"state": "complete", "value": 0.2, "tried": {"loss": "bpr", "l2": 1e-4}},
    {"state": "complete", "value": 0.3, "tried": {"loss": "softmax", "l2": 1e-2}},
    {"state": "pruned", "value": 0.1, "tried": {"loss": "binary", "l2": 1e-3}},
    {"state": "refused", "value": None, "tried": {"loss": "bpr", "l2": 1e-1}},
]
SPACE = {"loss": Choices(("binary", "bpr", "softmax")), "l2": Range(1e-4, 1e-1, True)}


@pytest.fixture
def panels(monkeypatch, tmp_path):
    figures = []

    def save(figure, path, **_):
        figures.append(figure)
        Path(path).write_bytes(b"png")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", save)
    assert picture.draw(ROWS, SPACE, tmp_path / "search.png", "recall@20")
    return figures[0].axes


def drawn(axes):
    return {
        line.get_label(): sorted(zip(line.get_xdata(), line.get_ydata(), strict=True))
        for line in axes.get_lines()
    }


def test_each_trial_stands_at_its_value_and_its_metric(panels):
    loss, l2 = panels
    stopped = "stopped early, best until then"
    assert drawn(loss) == {
        "complete": [(1, 0.2), (2, 0.3)],
        stopped: [(0, 0.1)],
        "best": [(2, 0.3)],
    }
    assert drawn(l2) == {
        "complete": [(1e-4, 0.2), (1e-2, 0.3)],
        stopped: [(1e-3, 0.1)],
        "best": [(1e-2, 0.3)],
    }
    assert [text.get_text() for text in loss.get_xticklabels()] == ["binary", "bpr", "softmax"]
    assert (loss.get_xscale(), l2.get_xscale()) == ("linear", "log")


def test_panels_share_the_axis_of_the_metric(panels):
    loss, l2 = panels
    assert loss.get_ylim() == l2.get_ylim()
    assert l2.get_shared_y_axes().joined(loss, l2)
    assert (loss.get_ylabel(), l2.get_ylabel()) == ("validation recall@20", "")
