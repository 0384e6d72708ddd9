"""Batches drawn on the device: ``(key, arrays) -> Batch``.

A law of positives and a law of negatives make a sampler (``lists``), or a batch shares its
candidates (``in_batch``, ``shared``). Second stages choose among candidates (``distance_weighted``)
or let harder ones in by and by (``curriculum``). ``hops`` finds what a batch needs of a graph.
"""

from .banded import band as band, banded_negatives as banded_negatives
from .curriculum import curriculum as curriculum, hard_columns as hard_columns, n_hard as n_hard
from .distance import distance_weighted as distance_weighted
from .fact_queries import (
    FactQueries as FactQueries,
    one_vs_all_batch as one_vs_all_batch,
    shuffled_queries as shuffled_queries,
    unique_queries as unique_queries,
)
from .facts import (
    Bucket as Bucket,
    bucket as bucket,
    corrected as corrected,
    listed_entities as listed_entities,
    shared_entities as shared_entities,
)
from .hops import (
    Hop as Hop,
    Hops as Hops,
    by_table as by_table,
    full_neighborhood as full_neighborhood,
    hops as hops,
)
from .host_hops import host_hops as host_hops
from .labeled import shuffled_rows as shuffled_rows
from .lists import list_sampler as list_sampler
from .neighborhoods import item_neighbors as item_neighbors
from .node_labels import (
    LabeledTable as LabeledTable,
    node_batch as node_batch,
    shuffled_nodes as shuffled_nodes,
)
from .pagerank_bands import pagerank_bands as pagerank_bands
from .partitions import Part as Part, split_facts as split_facts
from .positives import (
    Positives as Positives,
    by_interaction as by_interaction,
    by_user as by_user,
)
from .prefixes import (
    SessionTables as SessionTables,
    next_items as next_items,
    session_tables as session_tables,
)
from .ratings import rating_uniform as rating_uniform
from .shared import every_item as every_item, in_batch as in_batch, shared as shared
from .skip_gram import Windows as Windows, pairs as pairs, windows as windows
from .triplets import (
    interaction_uniform as interaction_uniform,
    uniform_log_q as uniform_log_q,
    uniform_negatives as uniform_negatives,
    user_uniform as user_uniform,
)
from .visit_bands import visit_bands as visit_bands
from .walk_pairs import walk_pairs as walk_pairs
from .weighted import (
    WeightedTable as WeightedTable,
    by_weight as by_weight,
    draw_weighted as draw_weighted,
    popularity_weights as popularity_weights,
    positive_mass as positive_mass,
    weighted_log_q as weighted_log_q,
    weighted_negatives as weighted_negatives,
    weighted_table as weighted_table,
)
from .with_hard import shared_with_hard as shared_with_hard
