"""Pretraining an encoder: what is written is what the kernel learns, and bad input is refused."""

import dataclasses
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrec
from jaxrec.base import InputError
from jaxrec.cli.main import main
from jaxrec.data import block_model, fingerprint
from jaxrec.runs.pretrain.folder import read
from jaxrec.transfer import Views, one_graph, pretraining, structure, warmed_adam

OWN = {"dim": 4, "n_layers": 1, "n_nodes": 4, "walk_length": 12, "batch_size": 4}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in OWN.items()]


def source():
    """Blocks of users and items, with a test part of its own."""
    blocks = block_model(n_users=12, n_items=10, n_blocks=2, p_in=0.6, p_out=0.1, seed=0)
    frame = {"user": blocks.user, "item": blocks.item}
    data = jaxrec.Dataset.from_frame(frame)
    given = np.zeros(len(data.interactions), np.int8)
    given[::7] = 2
    return dataclasses.replace(data, given=given)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("encoders") / "encoder"
    return jaxrec.pretrain(source(), out=out, steps=3, seed=5, temperature=0.2, **OWN)


def test_what_is_written_is_what_three_steps_of_the_kernel_learn(made):
    train = source().interactions.take(source().given == 0)
    views = Views(4, 12)
    encoder = views.encoder(4, 1, 0.5)
    pieces = pretraining(encoder, views, warmed_adam(3, 5e-3), 4, 0.2)
    state, update, losses = pieces.init(jax.random.key(5)), jax.jit(pieces.update), []
    graph = jax.tree.map(jnp.asarray, one_graph(train))
    for _ in range(3):
        state, metrics = update(state, graph)
        losses.append(float(metrics["loss"]))
    found = read(made.folder)
    # By vectors: Adam moves a bias before a batch normalization, whose slope is 0, by rounding.
    how = encoder, views, jax.random.key(1), one_graph(train)
    vectors, expected = (
        structure(*how[:2], params, moments, *how[2:])
        for params, moments in ((found.params, found.moments), (state.train.params, state.moments))
    )
    np.testing.assert_allclose(vectors, expected, atol=1e-3)
    kernels = lambda params: jax.tree.leaves(params["readout"])
    for one, other in zip(kernels(found.params), kernels(state.train.params), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(made.loss, losses, rtol=1e-5)
    assert found.views == views
    assert found.config["source"]["fingerprint"] == fingerprint(train)
    assert found.config["loss"] == {"first": made.loss[0], "last": made.loss[-1]}
    assert found.config["options"].items() >= {"steps": 3, "seed": 5, **OWN}.items()


def test_a_rate_of_nothing_keeps_the_random_encoder_and_takes_moments(made, tmp_path):
    plain = jaxrec.pretrain(source(), out=tmp_path / "plain", steps=1, learning_rate=0.0, **OWN)
    found = read(plain.folder)
    expected = pretraining(found.encoder, found.views, warmed_adam(1), 4).init(jax.random.key(0))
    jax.tree.map(np.testing.assert_array_equal, found.params, expected.train.params)
    assert np.abs(found.moments[0]["mean"]).max() > 0


def test_the_command_writes_the_same_as_python_and_names_the_next_step(made, tmp_path, capfd):
    data = source()
    for part, name in ((0, "train"), (2, "test")):
        rows = data.interactions.take(data.given == part)
        pairs = zip(rows.user, rows.item, strict=True)
        text = "".join(f"{u}\t{i}\n" for u, i in pairs)
        (tmp_path / f"{name}.txt").write_text("user\titem\n" + text)
    words = ["pretrain", str(tmp_path), *WORDS, "--steps", "3", "--seed", "5"]
    out = tmp_path / "encoder"
    assert main([*words, "--temperature", "0.2", "--out", str(out)]) == 0
    told = capfd.readouterr().out
    assert f"--dim 4 --start-from {out}" in told and f"{np.log(4):.4f}" in told
    first, again = read(made.folder), read(out)
    jax.tree.map(np.testing.assert_array_equal, first.params, again.params)


@pytest.fixture
def clicks(tmp_path) -> str:
    path = tmp_path / "clicks.csv"
    path.write_text("user,item\n" + "".join(f"u{n % 5},i{n % 3}\n" for n in range(15)))
    return str(path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--dim", "0"], "--dim is 0; give 1 or more"),
        (["--steps", "0"], "--steps is 0; give 1 or more"),
        (["--n-layers", "0"], "--n-layers is 0; give 1 or more"),
        (["--batch-size", "1"], "--batch-size is 1; give 2 or more"),
        (["--dropout", "1"], "--dropout is 1.0; give 0 or more, below 1"),
        (["--temperature", "0"], "and --temperature 0.0; the first must be a number of 0 or more"),
        (["--learning-rate", "nan"], "--learning-rate is nan and"),
        (["--seed", "-1"], "--seed is -1; give 0 to"),
        (["--n-nodes", "9", "--walk-length", "8"], "--n-nodes is 9 and --walk-length 8; give 2"),
        (["--epochs", "3"], "jaxrec pretrain has no option --epochs"),
        ([], "has 8 users and items with training interactions, fewer than --batch-size 256"),
        (["--user-column", "who"], "who"),
    ],
)
def test_bad_options_are_refused_in_a_line(words, told, clicks, tmp_path, capfd):
    out = tmp_path / "encoder"
    assert main(["pretrain", clicks, "--out", str(out), *words]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()[-1:]
    assert line.startswith("jaxrec: ") and told in line
    assert not out.exists()


def test_places_that_are_taken_are_refused_before_anything_is_read(made, tmp_path):
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "mine").touch()
    file.touch()
    refused = ((made.folder, "encoder is not an empty folder; choose another --out, or delete"),)
    refused += ((full, "full is not an empty folder"), (file, "file is a file; choose another"))
    for out, told in refused:
        with pytest.raises(InputError, match=told):
            jaxrec.pretrain("nowhere.csv", out=out)


def test_python_refuses_options_that_there_are_not(tmp_path):
    out = tmp_path / "encoder"
    with pytest.raises(InputError, match="n_layer is no option of pretrain; did you mean n_layers"):
        jaxrec.pretrain(source(), out=out, n_layer=2)
    with pytest.raises(InputError, match="header is an option of reading, and the data have been"):
        jaxrec.pretrain(source(), out=out, header=False)


def test_a_loss_that_is_not_finite_ends_in_a_line_and_writes_nothing(tmp_path):
    out = tmp_path / "encoder"
    with pytest.raises(InputError, match="the loss is nan in step 2; give a lower --learning-rate"):
        jaxrec.pretrain(source(), out=out, steps=3, learning_rate=1e38, **OWN)
    assert not out.exists() and not list(tmp_path.iterdir())


def broken(folder: Path, there: Path, **change) -> Path:
    """The encoder's folder, with options of its config changed."""
    there.mkdir()
    config = json.loads((folder / "encoder.json").read_text())
    config["options"] |= change
    (there / "encoder.json").write_text(json.dumps(config))
    (there / "encoder.npz").write_bytes((folder / "encoder.npz").read_bytes())
    return there


def test_files_that_are_broken_or_do_not_belong_together_are_refused(made, tmp_path):
    for name, change, told in (
        ("wider", {"dim": 5}, r"encoder.npz is broken \(.*; expected .*pretrain again"),
        ("deeper", {"n_layers": 2}, r"encoder.npz is broken \(.*layers/1/.*pretrain again"),
        ("none", {"n_nodes": 0}, r"encoder.json is broken \(--n-nodes is 0 and"),
    ):
        with pytest.raises(InputError, match=told):
            read(broken(made.folder, tmp_path / name, **change))
    cut = broken(made.folder, tmp_path / "cut")
    (cut / "encoder.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="encoder.npz is broken"):
        read(cut)
