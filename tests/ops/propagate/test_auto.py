"""``auto`` takes the fastest formulation of the nearest measurement."""

from typing import get_args

import pytest

from jaxrec.ops import Backend
from jaxrec.ops.propagate import auto
from jaxrec.ops.propagate.auto import Shape
from jaxrec.ops.propagate.prepare import FORMS

TABLE = {
    Shape("cpu", 1_000, 100, 64): {"dense": 1.0, "bcsr": 2.0, "chunked": 3.0},
    Shape("cpu", 1_000_000, 10_000, 64): {"dense": 9.0, "bcsr": 1.0, "chunked": 3.0},
    Shape("cpu", 1_000_000, 10_000, 256): {"bcsr": 2.0, "chunked": 1.0},
    Shape("gpu", 1_000, 100, 64): {"pallas": 1.0, "buckets": 2.0},
}


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(auto, "measured", lambda: TABLE)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "shape, winner",
    [
        (Shape("cpu", 2_000, 150, 64), "dense"),
        (Shape("cpu", 400_000, 10_000, 32), "bcsr"),
        (Shape("cpu", 10**9, 10**6, 512), "chunked"),
        (Shape("gpu", 10**9, 10**6, 512), "buckets"),  # Pallas is not among those allowed.
        (Shape("tpu", 1_000, 100, 64), "buckets"),
    ],
)
def test_the_nearest_row_decides(shape, winner):
    assert auto.choose(shape, {"dense", "bcsr", "chunked", "buckets"}) == winner


@pytest.mark.usefixtures("table")
def test_a_row_without_anything_allowed_is_passed_over():
    assert auto.choose(Shape("cpu", 1_000_000, 10_000, 256), {"dense"}) == "dense"
    assert auto.choose(Shape("tpu", 1, 1, 1), {"chunked"}) == "chunked"


def test_the_measurements_kept_name_formulations_and_the_choice_is_their_winner():
    assert any(shape.platform == "cpu" for shape in auto.measured())
    for shape, times in auto.measured().items():
        assert min(times.values()) > 0
        assert times.keys() <= set(get_args(Backend))
        allowed = times.keys() & (FORMS.keys() | {"segment_sum"})
        assert times[auto.choose(shape, allowed)] == min(times[name] for name in allowed)


def test_measurements_of_a_platform_are_replaced_as_a_whole(monkeypatch, tmp_path):
    monkeypatch.setattr(auto, "MEASURED", tmp_path / "measured.csv")
    auto.measured.cache_clear()
    (tmp_path / "measured.csv").write_text("platform,n_edges,n_nodes,dim,formulation,ms\n")
    row = {"n_edges": 10, "n_nodes": 4, "dim": 8, "formulation": "bcsr", "median_ms": 2.5}
    auto.write([row | {"pass": "both"}, row | {"pass": "forward", "median_ms": 1.0}], "cpu")
    auto.write([row | {"pass": "both", "formulation": "buckets"}], "gpu")
    auto.write([row | {"pass": "both", "dim": 16}], "cpu")
    kept = auto.measured()
    auto.measured.cache_clear()
    assert kept == {
        Shape("cpu", 10, 4, 16): {"bcsr": 2.5},
        Shape("gpu", 10, 4, 8): {"buckets": 2.5},
    }
