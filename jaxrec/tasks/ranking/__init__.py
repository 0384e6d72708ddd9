"""Which items a user will have: lists of all items, measured by recall and its kin."""

from .ranking import RANKING as RANKING
