"""Files to id arrays, splits and their checks; NumPy and polars on the host."""

from .adjacency import read_adjacency as read_adjacency, read_split_folder as read_split_folder
from .atomic import fill_atomically as fill_atomically, write_atomically as write_atomically
from .columns import Columns as Columns
from .dataset import Dataset as Dataset
from .edge_files import is_edge_list as is_edge_list, load_edges as load_edges
from .facts import Facts as Facts, item_facts as item_facts, item_pairs as item_pairs
from .feature_files import (
    IDS_SUFFIX as IDS_SUFFIX,
    ReadFeatures as ReadFeatures,
    read_features as read_features,
)
from .features import (
    Features as Features,
    Fitted as Fitted,
    apply_features as apply_features,
    fit_features as fit_features,
)
from .filters import k_core as k_core
from .fingerprint import (
    fingerprint as fingerprint,
    fingerprint_facts as fingerprint_facts,
    fingerprint_nodes as fingerprint_nodes,
)
from .fitted import load_fitted as load_fitted, save_fitted as save_fitted
from .frames import read_pairs as read_pairs
from .graph_sources import (
    graph_from_frame as graph_from_frame,
    graph_of_relations as graph_of_relations,
)
from .graph_split import facts_by_appearance as facts_by_appearance, split_graph as split_graph
from .ids import (
    contiguous as contiguous,
    describe_unknown as describe_unknown,
    find as find,
    lookup as lookup,
)
from .interactions import Interactions as Interactions, concatenate as concatenate
from .item_features import (
    ItemFeatures as ItemFeatures,
    fit_item_features as fit_item_features,
    kinds_of as kinds_of,
)
from .knowledge import (
    Linked as Linked,
    entities_by_appearance as entities_by_appearance,
    link as link,
    load_graph as load_graph,
    load_links as load_links,
    number_graph as number_graph,
)
from .knowledge_relations import (
    knowledge_of as knowledge_of,
    knowledge_relations as knowledge_relations,
    with_knowledge as with_knowledge,
)
from .known import KNOWN as KNOWN, Known as Known
from .known_graphs import (
    GRAPHS as GRAPHS,
    INTERACTION_RELATIONS as INTERACTION_RELATIONS,
    NETWORKS as NETWORKS,
    attributes as attributes,
)
from .known_relations import RELATIONS as RELATIONS, KnownRelation as KnownRelation
from .labeled import (
    by_label as by_label,
    has_labels as has_labels,
    join_labels as join_labels,
    sample_negatives as sample_negatives,
    with_negatives as with_negatives,
)
from .labeled_graph import (
    LabeledGraph as LabeledGraph,
    graph_of_nodes as graph_of_nodes,
    load_labeled_graph as load_labeled_graph,
)
from .lazy import LazyDict as LazyDict
from .leaks import (
    Finding as Finding,
    check as check,
    check_facts as check_facts,
    check_links as check_links,
)
from .link_split import (
    check_held_links as check_held_links,
    hold_out_links as hold_out_links,
    learned_links as learned_links,
    split_links as split_links,
)
from .networks import (
    Edges as Edges,
    Network as Network,
    load_network as load_network,
    network as network,
)
from .new_items import (
    Catalog as Catalog,
    NewItems as NewItems,
    check_columns as check_columns,
    read_catalog as read_catalog,
    read_new_items as read_new_items,
)
from .node_labels import NodeGraph as NodeGraph, NodeLabels as NodeLabels
from .node_split import check_nodes as check_nodes, split_nodes as split_nodes
from .nodes import (
    NODES as NODES,
    LabeledNodes as LabeledNodes,
    load_nodes as load_nodes,
    row_normalized as row_normalized,
)
from .pair_files import read_item_pairs as read_item_pairs
from .pairs import (
    HeldOut as HeldOut,
    Pairs as Pairs,
    consecutive as consecutive,
    hold_out_items as hold_out_items,
    sharing as sharing,
    with_same_user as with_same_user,
)
from .reading import Reading as Reading
from .relation_files import ReadRelation as ReadRelation, read_relation as read_relation
from .relation_report import relation_line as relation_line
from .relations import Relation as Relation
from .renumbering import renumbered as renumbered
from .session_gap import cut_at_gaps as cut_at_gaps, gap_seconds as gap_seconds
from .side_files import (
    side_about as side_about,
    side_frames as side_frames,
    with_side as with_side,
)
from .source import load as load, takes_columns as takes_columns
from .split import Split as Split, hold_out as hold_out, split as split
from .storing import read_dataset as read_dataset, write_dataset as write_dataset
from .synthetic import (
    block_model as block_model,
    checkerboard as checkerboard,
    power_law as power_law,
)
from .tables import read_table as read_table
from .text import read_lines as read_lines
from .tfidf import Text as Text, fit_text as fit_text, weigh as weigh, words_of as words_of
from .topics import topics_of as topics_of
from .triple_files import read_links as read_links, read_triples as read_triples
from .triple_folders import read_triple_folder as read_triple_folder
from .triples import (
    KnowledgeGraph as KnowledgeGraph,
    Triples as Triples,
    check_entities as check_entities,
)
