"""Id arrays to graphs, on the host."""

from .alias import Alias as Alias, alias_rows as alias_rows
from .answers import KnownAnswers as KnownAnswers, known_answers as known_answers
from .bipartite import bipartite as bipartite
from .concepts import concepts as concepts, entity_graph as entity_graph
from .copying import Copy as Copy, node_copy as node_copy
from .csr import Csr as Csr, matrix as matrix, user_items as user_items
from .homogeneous import Featured as Featured, homogeneous as homogeneous
from .item_facts import ItemFacts as ItemFacts, item_facts as item_facts
from .item_transitions import item_transitions as item_transitions
from .neighbors import Neighbors as Neighbors, neighbors as neighbors
from .news import NewsGraph as NewsGraph, news_graph as news_graph
from .node_similarity import (
    adjacency_factors as adjacency_factors,
    shared_neighbors as shared_neighbors,
)
from .order import (
    by_appearance as by_appearance,
    locality_order as locality_order,
    renumber as renumber,
)
from .paths import Paths as Paths, padded as padded, strongest as strongest
from .positions import sample_positions as sample_positions
from .prefixes import (
    Prefixes as Prefixes,
    SessionQuery as SessionQuery,
    all_prefixes as all_prefixes,
    last_prefixes as last_prefixes,
    length_buckets as length_buckets,
    pad_prefixes as pad_prefixes,
)
from .push import (
    ForwardPush as ForwardPush,
    check_restart as check_restart,
    forward_push as forward_push,
)
from .ratings import (
    Rated as Rated,
    Ratings as Ratings,
    rated as rated,
    ratings as ratings,
)
from .recency import recency_weights as recency_weights
from .related import NeighborTable as NeighborTable, neighbor_table as neighbor_table
from .ripples import Ripples as Ripples, ripples as ripples
from .sessions import Sessions as Sessions, sessions as sessions, without_last as without_last
from .similar_items import similar_items as similar_items
from .transitions import Transitions as Transitions, transitions as transitions
from .two_tables import between as between
from .walk_graph import walk_graph as walk_graph
from .wide_part import wide_features as wide_features, with_wide_part as with_wide_part
