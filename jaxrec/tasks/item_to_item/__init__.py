"""Which items go with an item: all items are ranked for an item, not for a user."""

from .item_to_item import ITEM_TO_ITEM as ITEM_TO_ITEM
