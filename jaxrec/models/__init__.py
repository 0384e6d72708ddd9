"""One paper, one file, one factory."""

from .gat import gat as gat, gat_nodes as gat_nodes
from .gcn import gcn as gcn, gcn_nodes as gcn_nodes
from .graphsage import graphsage as graphsage, graphsage_nodes as graphsage_nodes
from .lightgcn import lightgcn as lightgcn
from .mf import mf as mf
from .ngcf import ngcf as ngcf
