"""From representations to lists."""

from .exact import recommend as recommend, similar as similar
from .pinnersage import (
    Interests as Interests,
    cut as cut,
    importance as importance,
    interests as interests,
    medoids as medoids,
    pinnersage as pinnersage,
    ward as ward,
)
from .several import nearest as nearest
from .summaries import (
    decayed_average as decayed_average,
    k_means as k_means,
    last_item as last_item,
)
