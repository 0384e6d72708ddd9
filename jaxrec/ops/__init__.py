"""Jittable building blocks without parameters; from here on shapes are static."""

from .blocks import map_blocks as map_blocks
from .concepts import (
    cf_idf as cf_idf,
    column as column,
    cosines as cosines,
    jaccard as jaccard,
    kg_distance as kg_distance,
    min_distances as min_distances,
    nearness as nearness,
    sets as sets,
    unit_rows as unit_rows,
)
from .dropout import check_rate as check_rate, dropout as dropout, keys_of as keys_of
from .history import (
    History as History,
    fold_in as fold_in,
    from_history as from_history,
    histories as histories,
    sums as sums,
)
from .item_table import (
    ItemTable as ItemTable,
    TableScore as TableScore,
    history_matrix as history_matrix,
    largest_products as largest_products,
    table_sums as table_sums,
)
from .masked import masked_softmax as masked_softmax
from .member import contains as contains, nth_absent as nth_absent, owned as owned
from .pagerank import (
    items_of_items as items_of_items,
    items_of_users as items_of_users,
    pagerank as pagerank,
    walked_pagerank as walked_pagerank,
)
from .positive import positive_of as positive_of
from .propagate import (
    Adjacency as Adjacency,
    Edges as Edges,
    Formulation as Formulation,
    Graph as Graph,
    Weighted as Weighted,
    attend as attend,
    device_mesh as device_mesh,
    diffuse as diffuse,
    edges as edges,
    mean_of_alike as mean_of_alike,
    prepare as prepare,
    propagate as propagate,
    to_items as to_items,
    to_users as to_users,
    weighted as weighted,
)
from .score import cosine as cosine, dot as dot, entries as entries
from .session_graph import (
    SessionGraphs as SessionGraphs,
    by_width as by_width,
    last_positions as last_positions,
    latest as latest,
    session_graphs as session_graphs,
)
from .sizes import rounded_up as rounded_up
from .sparse import Sparse as Sparse, sparse as sparse, times as times
from .spectral import right_singular_vectors as right_singular_vectors
from .surroundings import (
    Surroundings as Surroundings,
    attention as attention,
    held_out_labels as held_out_labels,
    surroundings as surroundings,
)
from .topk import (
    strike_out as strike_out,
    tie_order as tie_order,
    tie_rank as tie_rank,
    top_k as top_k,
)
from .unit import unit as unit
from .visits import Important as Important, important as important
from .walk import second_order as second_order, walks as walks
