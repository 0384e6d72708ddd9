"""Which item comes next in a session or a history: every item is ranked for every position."""

from .next_item import NEXT_ITEM as NEXT_ITEM
