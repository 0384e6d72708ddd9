"""Ctrl-C and SIGTERM while a run trains: the running epoch ends, then the run stops."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

import jax

from jaxrec.base import Terminated

NOTICE = "jaxrec: stopping after this epoch; a second signal ends at once, without saving it\n"


@contextlib.contextmanager
def deferred_signals() -> Iterator[Callable[[], type[KeyboardInterrupt] | None]]:
    """Yields a function: what SIGINT or SIGTERM asks to raise, None while neither came.

    A second signal ends the process at once; files are written whole or not at all. Of several
    processes only the first listens, and outside of the main thread none can.
    """
    received: list[type[KeyboardInterrupt]] = []
    kinds = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}

    def note(kind: int, _: object) -> None:
        received.append(kinds[signal.Signals(kind)])
        for each in kinds:
            signal.signal(each, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.write(2, NOTICE.encode())  # A buffered stream may be writing when a signal comes.

    main = threading.current_thread() is threading.main_thread()
    before = {kind: signal.getsignal(kind) for kind in kinds}
    if not main or jax.process_index() != 0:
        before.clear()
    try:
        for kind in before:
            signal.signal(kind, note)
        yield lambda: received[0] if received else None
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
