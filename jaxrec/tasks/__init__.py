"""Kinds of question, one file each: what is asked, of which baselines, measured how."""

from .clicks import CLICKS as CLICKS
from .friends import FRIENDS as FRIENDS, FriendData as FriendData
from .item_to_item import ITEM_TO_ITEM as ITEM_TO_ITEM
from .link_data import LinkData as LinkData
from .links import LINKS as LINKS
from .named import named as named
from .next_item import NEXT_ITEM as NEXT_ITEM
from .node_data import NodeData as NodeData
from .nodes import NODES as NODES
from .ranking import RANKING as RANKING
from .rating import RATING as RATING
from .run_data import RunData as RunData
from .task import Batches as Batches, Data as Data, Examples as Examples, Task as Task
