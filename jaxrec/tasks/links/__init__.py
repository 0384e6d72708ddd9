"""Which entity completes a fact: all are ranked for either end, filtered by what is known."""

from .by_walks import LINKS_BY_WALKS as LINKS_BY_WALKS
from .links import LINKS as LINKS
