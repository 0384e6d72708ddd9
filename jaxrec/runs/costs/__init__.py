"""What training costs on this machine, before it begins."""

from .epoch_costs import (
    STORED as STORED,
    Costs as Costs,
    Sizes as Sizes,
    epoch_seconds as epoch_seconds,
    probe as probe,
)
from .forecast import (
    WORTH_DENSE as WORTH_DENSE,
    Forecast as Forecast,
    forecasts as forecasts,
    free_bytes as free_bytes,
    message_bytes as message_bytes,
    program_bytes as program_bytes,
)
