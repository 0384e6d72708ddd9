"""Jittable building blocks without parameters; from here on shapes are static."""

from .blocks import map_blocks as map_blocks
from .closed_form import geometric_diffusion as geometric_diffusion
from .concepts import (
    cf_idf as cf_idf,
    cosines as cosines,
    indicator_columns as indicator_columns,
    jaccard as jaccard,
    kg_distance as kg_distance,
    min_distances as min_distances,
    path_similarity as path_similarity,
    sets as sets,
    unit_rows as unit_rows,
)
from .dropout import check_rate as check_rate, dropout as dropout, keys_of as keys_of
from .edge_lookup import edge_positions as edge_positions, without_edges as without_edges
from .history import (
    History as History,
    bag_sum as bag_sum,
    fold_in as fold_in,
    from_history as from_history,
    histories as histories,
)
from .item_table import (
    ItemTable as ItemTable,
    TableScore as TableScore,
    history_matrix as history_matrix,
    largest_products as largest_products,
    table_sums as table_sums,
)
from .masked import masked_softmax as masked_softmax
from .member import (
    contains as contains,
    membership_mask as membership_mask,
    nth_absent as nth_absent,
)
from .normalize import l2_normalize as l2_normalize
from .pagerank import (
    global_pagerank as global_pagerank,
    items_of_items as items_of_items,
    items_of_users as items_of_users,
    pagerank as pagerank,
    walked_pagerank as walked_pagerank,
)
from .positive import positive_of as positive_of
from .propagate import (
    Adjacency as Adjacency,
    Backend as Backend,
    EdgeList as EdgeList,
    Graph as Graph,
    WeightedEdges as WeightedEdges,
    affinity_mean as affinity_mean,
    device_mesh as device_mesh,
    diffuse as diffuse,
    edge_list as edge_list,
    prepare as prepare,
    propagate as propagate,
    to_items as to_items,
    to_users as to_users,
    weighted_edges as weighted_edges,
    weighted_spmm as weighted_spmm,
)
from .receptive import (
    ReceptiveField as ReceptiveField,
    held_out_labels as held_out_labels,
    receptive_field as receptive_field,
    relation_attention as relation_attention,
)
from .score import cosine as cosine, dot as dot, gather_scores as gather_scores
from .session_graph import (
    SessionGraphs as SessionGraphs,
    by_width as by_width,
    last_positions as last_positions,
    latest as latest,
    session_graphs as session_graphs,
)
from .sizes import rounded_up as rounded_up
from .sparse import Sparse as Sparse, sparse as sparse, sparse_matmul as sparse_matmul
from .spectral import right_singular_vectors as right_singular_vectors
from .topk import (
    mask_pairs as mask_pairs,
    tie_order as tie_order,
    tie_rank as tie_rank,
    top_k as top_k,
)
from .visits import (
    ImportanceNeighbors as ImportanceNeighbors,
    importance_neighbors as importance_neighbors,
)
from .walk import second_order as second_order, walks as walks
