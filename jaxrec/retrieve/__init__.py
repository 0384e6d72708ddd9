"""From representations to lists."""

from .exact import recommend as recommend, similar as similar
