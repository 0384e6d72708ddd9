"""What writes and reads each kind of data."""

from typing import Any

from jaxrec.runs.store import friend_tables, interaction_tables, link_tables, node_tables
from jaxrec.tasks import Data, FriendData, LinkData, NodeData, RunData

TABLES: dict[type[Data], Any] = {
    RunData: interaction_tables,
    LinkData: link_tables,
    FriendData: friend_tables,
    NodeData: node_tables,
}
"""Modules with ``frames(data)`` and ``read(folder, options, about)``."""
