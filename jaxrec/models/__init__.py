"""One paper, one file, one factory."""

from .bgcf import bgcf as bgcf
from .blend import blend as blend
from .ease import ease as ease
from .filter_r import filter_r as filter_r
from .gat import gat as gat, gat_nodes as gat_nodes
from .gcn import gcn as gcn, gcn_nodes as gcn_nodes
from .gf_cf import gf_cf as gf_cf
from .graphsage import graphsage as graphsage, graphsage_nodes as graphsage_nodes
from .item_knn import item_knn as item_knn
from .kgcn import kgcn as kgcn
from .kgnn_ls import kgnn_ls as kgnn_ls, smoothness as smoothness
from .lightgcn import lightgcn as lightgcn
from .lightgcn_item import lightgcn_item as lightgcn_item
from .mf import mf as mf
from .ngcf import ngcf as ngcf
from .nia_gcn import nia_gcn as nia_gcn
from .node2vec import node2vec as node2vec, skip_gram as skip_gram
from .ripplenet import ripplenet as ripplenet
from .simgcl import simgcl as simgcl
from .spectral import spectral_start as spectral_start
from .xsimgcl import xsimgcl as xsimgcl
