"""Producer and consumer: host threads make the batches to come while the device trains on one.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: CPUs extract and
re-index the subgraph of step t + 1 while GPUs compute step t, which nearly halves the time.

``host_epoch`` takes any iterator that yields batch t at step t, so Grain's as well, which is no
dependency: ``iter(grain.MapDataset.range(start, stop).map(lambda t: make(rng_of(t), t)))``.
"""

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

import numpy as np

from jaxrec.base import InputError

T = TypeVar("T")


class Pipeline(Generic[T]):
    """The batches ``make(rng, t)`` for ``t = start, start + 1, ...``, made ahead by threads.

    A context manager, whose threads live as long as its block, and an iterator within. Batch t is
    a function of ``(seed, t)``, whichever thread makes it, and batches come in order of t: so
    ``start=int(state.step)`` goes on exactly where a checkpoint was taken.

    What ``make`` raises, ``next`` raises at once, batches made before or not: the same exception,
    with the producer's traceback. Leaving the block waits for batches in the making.

    Threads overlap where ``make`` releases the GIL, as NumPy, polars and JAX do in long calls.
    It may end in ``jax.device_put``, so that transfers overlap as well. Contexts that the caller
    entered, such as ``jax.default_device``, are not those of the threads.
    """

    def __init__(
        self,
        make: Callable[[np.random.Generator, int], T],
        seed: int,
        *,
        start: int = 0,
        stop: int | None = None,
        n_threads: int = 1,
        n_ahead: int = 2,
    ):
        """Starts nothing yet.

        Args:
          make: reads what it shares with other threads, and changes nothing of it.
          stop: the first batch that is not made; None goes on for ever.
          n_ahead: batches that are made or in the making, besides those in use, of which
            ``host_epoch`` has two; the memory that a pipeline takes.

        Raises:
          InputError: a number out of range.
        """
        if seed < 0 or start < 0:
            raise InputError(f"seed is {seed} and start {start}; give 0 or more")
        if stop is not None and stop < start:
            raise InputError(f"stop is {stop} and start {start}; stop where it starts or later")
        if not 1 <= n_threads <= n_ahead:
            raise InputError(
                f"{n_threads} threads for {n_ahead} batches ahead; give 1 thread or more, and as "
                "many batches at least, for others would idle"
            )
        self._make, self._seed, self._stop, self._n_ahead = make, seed, stop, n_ahead
        self._changed = threading.Condition()
        self._made: dict[int, T] = {}
        self._next = self._ticket = start  # The consumer's place and the producers'.
        self._open, self._error = False, None
        name = "jaxrec-producer"
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True)
            for n in range(n_threads)
        ]

    @property
    def step(self) -> int:
        """The next batch: the ``start`` of a pipeline that goes on from here."""
        return self._next

    def __enter__(self) -> "Pipeline[T]":
        """Starts the threads.

        Raises:
          InputError: they have been started before.
        """
        if self._threads[0].ident is not None:
            raise InputError("this pipeline has run; make another with start=pipeline.step")
        self._open = True
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the threads and drops what they made."""
        self._close()

    def __iter__(self) -> Iterator[T]:
        """Returns itself."""
        return self

    def __next__(self) -> T:
        """Batch ``step``, waited for.

        Raises:
          InputError: the block has not been entered, or has been left.
        """
        with self._changed:
            self._changed.wait_for(self._settled)
            if self._error is not None:
                raise self._error
            if not self._open:
                raise InputError("this pipeline is closed; take batches within `with pipeline:`")
            if self._next == self._stop:
                raise StopIteration
            batch = self._made.pop(self._next)
            self._next += 1
            self._changed.notify_all()
        return batch

    def _close(self) -> None:
        with self._changed:
            self._open = False
            self._made.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _settled(self) -> bool:
        over = self._next == self._stop or not self._open
        return self._error is not None or over or self._next in self._made

    def _work(self) -> None:
        while (t := self._take()) is not None:
            try:
                batch = self._make(np.random.default_rng((self._seed, t)), t)
            except BaseException as error:  # It is the consumer's, whatever it is.
                self._fail(error, t)
                return
            with self._changed:
                if self._open:
                    self._made[t] = batch
                self._changed.notify_all()
            del batch  # Else it would live until the next is made.

    def _take(self) -> int | None:
        """The next batch to make, as soon as there is room for it; None where none shall be."""
        with self._changed:
            room = lambda: self._ticket < self._next + self._n_ahead
            self._changed.wait_for(lambda: self._over() or room())
            if self._over():
                return None
            self._ticket += 1
            return self._ticket - 1

    def _over(self) -> bool:
        return not self._open or self._error is not None or self._ticket == self._stop

    def _fail(self, error: BaseException, t: int) -> None:
        if isinstance(error, StopIteration):  # From ``next`` it would read as the end.
            told = RuntimeError(f"the producer of batch {t} raised StopIteration")
            told.__cause__, error = error, told
        error.add_note(f"raised in making batch {t}")
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()
