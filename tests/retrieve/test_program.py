"""Stored programs run in a process that has JAX and NumPy and no model."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import gat, lightgcn
from jaxrec.ops import edge_list, prepare
from jaxrec.retrieve import write_programs
from tests.test_contract import GRAPH, HISTORY, LOOPS, TRAINING_FREE, N

EVERYWHERE = ["cpu", "cuda", "tpu"]
STRANGER = """
import json, sys
from pathlib import Path
import numpy as np
from jax import export

folder, out = map(Path, sys.argv[1:])
read = lambda name: export.deserialize(bytearray((folder / f"{name}.stablehlo").read_bytes()))
stored = list(np.load(folder / "reps.npz").values())
reps = read("encode").call(*np.load(folder / "encode.npz").values())
for ours, theirs in zip(stored, reps, strict=True):
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
queries = json.loads((folder / "manifest.json").read_text())["queries"]
users = np.resize(np.array([3, 0, 3], np.int32), 3 if queries == "b" else int(queries))
items = np.array([5, 2, 15, 5], np.int32)
listed = np.tile(items, (len(users), 1))
listed[2] = items[::-1]
(shared,) = read("score").call(*reps, users, items)
(each,) = read("score_listed").call(*reps, users, listed)
(fewer,) = read("score").call(*reps, users, items[:2])
np.savez(out, shared=shared[:3], each=each[:3], fewer=fewer[:3])
packages = {name.split(".")[0] for name in sys.modules}
assert not packages & {"jaxrec", "flax", "jraph", "optax", "polars"}, packages
"""


def run_by_a_stranger(folder, tmp_path):
    """Scores by a process of its own, which cannot even find this package."""
    words = [sys.executable, "-I", "-c", STRANGER, str(folder), str(tmp_path / "out.npz")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as arrays:
        return dict(arrays)


CASES = {
    "lightgcn": (lightgcn(N, N, dim=8), prepare(GRAPH, "chunked")),
    "ease": (TRAINING_FREE[2].model, HISTORY._replace(graph=None)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_process_without_the_models_code_scores_alike(name, key, tmp_path):
    model, graph = CASES[name]
    params = model.init(key)
    manifest = write_programs(model, params, graph, tmp_path / "program", {"model": name})
    assert manifest == json.loads((tmp_path / "program" / "manifest.json").read_text())
    assert (manifest["model"], manifest["queries"]) == (name, "b" if name == "lightgcn" else "256")
    assert manifest["platforms"] == dict.fromkeys(("encode", "score", "score_listed"), EVERYWHERE)
    found = run_by_a_stranger(tmp_path / "program", tmp_path)
    reps = jax.jit(model.encode)(params, graph)
    users, items = jnp.array([3, 0, 3]), jnp.array([5, 2, 15, 5])
    expected = np.asarray(model.score(reps, users, items))
    np.testing.assert_allclose(found["shared"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["fewer"], expected[:, :2], rtol=1e-5, atol=1e-6)
    listed = np.stack([expected[0], expected[1], expected[2, ::-1]])
    np.testing.assert_allclose(found["each"], listed, rtol=1e-5, atol=1e-6)


def test_arguments_are_named_in_order(key, tmp_path):
    model, graph = CASES["lightgcn"]
    manifest = write_programs(model, model.init(key), graph, tmp_path / "program", {})
    assert list(manifest["encode"])[:2] == ["params['item']", "params['user']"]
    assert manifest["reps"] == {
        "reps.query": ["float32", [N, 8]],
        "reps.item": ["float32", [N, 8]],
    }
    with np.load(tmp_path / "program" / "encode.npz") as arrays:
        stored = dict(arrays)
    assert list(stored) == list(manifest["encode"])


@pytest.mark.parametrize(
    ("model", "graph"),
    [
        (lightgcn(N, N, dim=8), prepare(GRAPH, "bcsr", n_users=N)),
        (gat(N, N, 8), edge_list(LOOPS)),
    ],
)
def test_what_a_platform_calls_of_its_own_is_left_out_there(model, graph, key, tmp_path):
    manifest = write_programs(model, model.init(key), graph, tmp_path / "program", {})
    assert manifest["platforms"]["encode"] == ["cuda", "tpu"]
    assert manifest["platforms"]["score"] == EVERYWHERE  # The reps are stored.


def test_a_folder_that_holds_something_is_left_alone(key, tmp_path):
    (tmp_path / "letter").write_text("dear")
    model, graph = CASES["lightgcn"]
    with pytest.raises(InputError, match="not an empty folder"):
        write_programs(model, model.init(key), graph, tmp_path, {})
    assert [file.name for file in tmp_path.iterdir()] == ["letter"]


def test_a_write_that_fails_leaves_nothing(key, tmp_path):
    def fail(path):
        raise OSError(28, "No space left on device")

    model, graph = CASES["lightgcn"]
    with pytest.raises(InputError, match="No space left"):
        write_programs(model, model.init(key), graph, tmp_path / "program", {}, {"ids": fail})
    assert not list(tmp_path.iterdir())
