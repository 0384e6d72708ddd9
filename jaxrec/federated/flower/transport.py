"""A server and processes of clients on one machine, over Flower's gRPC.

Flower's long-lived connections (``start_server``, ``start_client``) are used, so that one command
starts all. They are deprecated there in favor of a SuperLink with SuperNodes, which are daemons
that an app is installed in.
"""

import logging
import multiprocessing
import os
import socket
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from jaxrec.base import InputError
from jaxrec.federated.flower.fesog_rounds import Answer, Options, answer_of, prepare
from jaxrec.federated.processes import after_round, request, share
from jaxrec.train import TrainState


class Sent(NamedTuple):
    """A round on the wire.

    Attributes:
      down, up: bytes to all processes, and of all their answers, before gRPC's framing.
      left_out: reasons by user.
    """

    down: int
    up: int
    left_out: dict[str, str]


def run(
    options: Options,
    answer_of: Callable[[Options, int], Answer] = answer_of,
    on_round: Callable[[int, Sent], None] = lambda number, sent: None,
) -> TrainState:
    """Starts the processes, runs all rounds, and ends them.

    Args:
      answer_of: makes the answer of a process, in that process.
      on_round: called after every round, with its number from 1 on.

    Raises:
      InputError: Flower is not installed, or what ``prepare`` raises.
    """
    how, train, first = prepare(options)
    flwr = _flower()
    how = how._replace(everyone=share(how.everyone, train, np.array([], int)))
    states = [first]

    class Rounds(flwr.server.Server):
        def fit(self, num_rounds, timeout):
            if not self.client_manager().wait_for(options.processes, timeout=600):
                there = self.client_manager().num_available()
                raise InputError(
                    f"{there} of {options.processes} processes had started after 600 seconds; "
                    "start fewer with --processes"
                )
            for number in range(1, num_rounds + 1):
                asked, manager = request(states[-1]), self.client_manager()
                answers, down = _ask(flwr, manager, asked, number)
                state, left_out = after_round(how, states.pop(), answers)
                states.append(state)
                on_round(number, Sent(down, sum(map(len, answers)), left_out))
            return flwr.server.History(), 0.0

    address = f"127.0.0.1:{_free_port()}"
    context = multiprocessing.get_context("spawn")
    started = [
        context.Process(target=_client, args=(address, options, n, answer_of), daemon=True)
        for n in range(options.processes)
    ]
    for process in started:
        process.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flwr.server.start_server(
                server_address=address,
                server=Rounds(client_manager=flwr.server.SimpleClientManager()),
                config=flwr.server.ServerConfig(options.rounds),
            )
    finally:
        for process in started:
            process.join(10)
            process.kill()
    return states[-1]


def _ask(flwr, manager, asked: bytes, number: int) -> tuple[list[bytes], int]:
    """The answers of all processes that give one in time, and the bytes sent to all."""
    proxies = [manager.all()[name] for name in sorted(manager.all())]

    def ask(proxy) -> bytes:
        given = flwr.common.FitIns(flwr.common.Parameters([asked], "jaxrec"), {})
        try:
            return proxy.fit(given, timeout=None, group_id=number).parameters.tensors[0]
        except Exception:  # Gone, or not able: its clients are left out and named.
            return b""

    with ThreadPoolExecutor(max(1, len(proxies))) as pool:
        return list(pool.map(ask, proxies)), len(asked) * len(proxies)


def _client(address: str, options: Options, process: int, answer_of) -> None:
    """A process of clients, from its start to the server's end."""
    flwr, answer = _flower(), answer_of(options, process)

    class Answers(flwr.client.Client):
        def fit(self, ins):
            sent = answer(ins.parameters.tensors[0])
            status = flwr.common.Status(flwr.common.Code.OK, "")
            return flwr.common.FitRes(status, flwr.common.Parameters([sent], "jaxrec"), 1, {})

    flwr.client.start_client(server_address=address, client=Answers(), insecure=True)


def _flower():
    os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")  # Nothing leaves this machine.
    try:
        import flwr  # pyright: ignore[reportMissingImports]
        import flwr.client  # pyright: ignore[reportMissingImports]
        import flwr.common  # pyright: ignore[reportMissingImports]
        import flwr.server  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            "rounds over processes need Flower; pip install 'jaxrec[federated]'"
        ) from error
    logging.getLogger("flwr").setLevel(logging.ERROR)
    return flwr


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
