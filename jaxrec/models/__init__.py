"""One paper, one file, one factory."""

from .answer_types import (
    AnswerTypes as AnswerTypes,
    among_types as among_types,
    answer_types as answer_types,
)
from .bgcf import bgcf as bgcf
from .biased_mf import biased_mf as biased_mf
from .blend import blend as blend
from .complex_kge import complex_kge as complex_kge, squares as squares
from .concept_knn import concept_knn as concept_knn
from .correct_and_smooth import correct_and_smooth as correct_and_smooth
from .decayed_item_knn import decayed_item_knn as decayed_item_knn
from .diffnet import diffnet as diffnet
from .disenhan import disenhan as disenhan
from .distmult import distmult as distmult
from .ease import ease as ease
from .fesog import fesog as fesog
from .filter_r import filter_r as filter_r
from .gat import gat as gat, gat_nodes as gat_nodes
from .gcn import gcn as gcn, gcn_nodes as gcn_nodes
from .gf_cf import gf_cf as gf_cf
from .gnewsrec import gnewsrec as gnewsrec
from .graphrec import graphrec as graphrec
from .graphsage import (
    graphsage as graphsage,
    graphsage_hops as graphsage_hops,
    graphsage_nodes as graphsage_nodes,
)
from .gru4rec import gru4rec as gru4rec
from .heterographrec import heterographrec as heterographrec
from .item_knn import item_knn as item_knn
from .kg_sequential import kg_sequential as kg_sequential
from .kgcn import kgcn as kgcn
from .kgnn_ls import kgnn_ls as kgnn_ls, smoothness as smoothness
from .ksr import ksr as ksr
from .lightgcn import lightgcn as lightgcn
from .lightgcn_item import lightgcn_item as lightgcn_item
from .markov import markov as markov, markov_with_repeats as markov_with_repeats
from .mf import mf as mf
from .mutualrec import mutualrec as mutualrec
from .ngcf import ngcf as ngcf
from .nia_gcn import nia_gcn as nia_gcn
from .node2vec import node2vec as node2vec, skip_gram as skip_gram
from .node2vec_links import node2vec_links as node2vec_links
from .one_table import one_table as one_table
from .pinsage import pinsage as pinsage
from .pinsage_items import pinsage_items as pinsage_items
from .prior import WithShare as WithShare, log_share as log_share, with_prior as with_prior
from .ripplenet import ripplenet as ripplenet
from .rotate import rotate as rotate
from .sasrec import sasrec as sasrec
from .sgc import sgc_nodes as sgc_nodes
from .simgcl import simgcl as simgcl
from .social_attention import (
    SocialAttention as SocialAttention,
    diffnet_attention as diffnet_attention,
    graphrec_attention as graphrec_attention,
    heterographrec_attention as heterographrec_attention,
    mutualrec_attention as mutualrec_attention,
)
from .spectral import spectral_start as spectral_start
from .sr_hgnn import sr_hgnn as sr_hgnn
from .srgnn import srgnn as srgnn
from .transe import transe as transe
from .triples import KgEmbeddings as KgEmbeddings, norms as norms, over_items as over_items
from .twhin import towers as towers, twhin as twhin
from .xsimgcl import xsimgcl as xsimgcl
