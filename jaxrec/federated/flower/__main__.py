"""The command ``python -m jaxrec.federated.flower``."""

import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tyro

from jaxrec import federated
from jaxrec.base import InputError
from jaxrec.data import write_atomically
from jaxrec.federated.flower import Options, Sent, prepare, run
from jaxrec.train import TrainState


def main(words: list[str] | None = None) -> int:
    """The command."""
    options = tyro.cli(Options, prog="python -m jaxrec.federated.flower", args=words)
    try:
        state = run(options, on_round=_print)
        if options.out:
            names = jax.tree_util.tree_leaves_with_path(state.params)
            arrays = {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in names}
            write_atomically(Path(options.out), lambda path: _save(path, arrays))
        if options.check:
            print(f"largest difference from the simulation: {difference(options, state):.2g}")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _save(path: Path, arrays: dict[str, Any]) -> None:
    with path.open("wb") as file:  # A path without .npz would get another name.
        np.savez(file, **arrays)


def _print(number: int, sent: Sent) -> None:
    print(f"round {number}: {sent.down:,} bytes to processes, {sent.up:,} from clients", flush=True)
    for user, why in sent.left_out.items():
        print(f"  client {user} left out: {why}")


def difference(options: Options, state: TrainState) -> float:
    """The largest difference of any parameter from rounds simulated in this process."""
    how, _, expected = prepare(options)
    step = federated.round_step(how.loss_fn, how.aggregate, how.privatize, how.optimizer)
    simulated = jax.jit(lambda state, batch: step.update(state, None, batch)[0])
    for _ in range(options.rounds):
        expected = simulated(expected, how.draw(expected))
    far = jax.tree.map(lambda a, b: float(abs(a - b).max()), state.params, expected.params)
    return max(jax.tree.leaves(far))


if __name__ == "__main__":
    sys.exit(main())
