"""Which entity completes a fact: all are ranked for either end, filtered by what is known."""

from .links import LINKS as LINKS
