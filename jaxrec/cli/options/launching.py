"""Options of launch."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LaunchOptions:
    """Starts processes on this machine that train one run together, each on its own devices.

    The command to run follows:

    jaxrec launch --processes 2 train --devices 2 ...
    """

    processes: int = 2
    """Number of processes."""
