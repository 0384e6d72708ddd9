"""One paper, one file, one factory."""

from .ease import ease as ease
from .filter_r import filter_r as filter_r
from .gf_cf import gf_cf as gf_cf
from .item_knn import item_knn as item_knn
from .lightgcn import lightgcn as lightgcn
from .lightgcn_item import lightgcn_item as lightgcn_item
from .mf import mf as mf
from .spectral import spectral_start as spectral_start
