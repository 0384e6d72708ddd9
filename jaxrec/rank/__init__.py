"""Ranking: the best items of queries of any kind, and where one item stands."""

from .blocks import ItemsOf as ItemsOf, OnProgress as OnProgress, block_of as block_of
from .rerank import rerank as rerank
from .target_ranks import TargetRanks as TargetRanks, target_ranks as target_ranks
from .top_lists import (
    Ties as Ties,
    TopLists as TopLists,
    membership_mask as membership_mask,
    put_rows as put_rows,
    top_lists as top_lists,
)
