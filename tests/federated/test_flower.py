"""Processes that Flower connects end with the numbers of the simulation, whoever of them fails."""

import os

import jax
import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.federated.flower import Options, answer_of, prepare, run
from jaxrec.federated.flower.__main__ import difference, main
from tests.models.social import FRIENDS, ITEM, RATING, USER


@pytest.fixture
def options(tmp_path):
    pl.DataFrame({"user": USER, "item": ITEM, "rating": RATING}).write_csv(tmp_path / "r.csv")
    links = {"source": FRIENDS.senders, "target": FRIENDS.receivers}
    pl.DataFrame(links).write_csv(tmp_path / "l.csv")
    files = {"data": str(tmp_path / "r.csv"), "social": str(tmp_path / "l.csv")}
    return Options(**files, rounds=2, clients_per_round=3, pseudo_items=1, dim=3)


def silent_second(options, process):
    """The second process sends bytes that are no message."""
    answer = answer_of(options, process)
    return answer if process == 0 else lambda asked: answer(asked)[:-9]


def dying_second(options, process):
    """The second process ends when it is first asked."""
    answer = answer_of(options, process)
    return answer if process == 0 else lambda asked: os._exit(1)


@pytest.mark.integration
@pytest.mark.parametrize("how", [answer_of, silent_second, dying_second])
def test_two_processes_train_as_the_simulation_and_without_those_that_break(options, how):
    pytest.importorskip("flwr", reason="the extra federated is not installed")
    seen = []
    broken = how is not answer_of
    state = run(options, how, lambda number, sent: seen.append(sent))
    assert int(state.step) == 2 and all(sent.down > 0 and sent.up > 0 for sent in seen)
    lost = {"1": "nothing came"} if broken else {}
    assert [sent.left_out for sent in seen] == [lost, lost]
    assert (difference(options, state) < 1e-5) == (not broken)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.params))


@pytest.mark.parametrize("name", ["rounds", "processes", "clients_per_round"])
def test_options_out_of_range_are_refused_before_data_is_read(name):
    flag = "--" + name.replace("_", "-")
    with pytest.raises(InputError, match=f"{flag} is 0; give 1 or more"):
        prepare(Options(data="nowhere.csv", **{name: 0}))


def test_the_command_ends_with_2_and_a_line_for_a_file_that_is_not_there(capsys):
    assert main(["--data", "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err
