"""One paper, one file, one factory."""

from .bgcf import bgcf as bgcf
from .lightgcn import lightgcn as lightgcn
from .mf import mf as mf
from .nia_gcn import nia_gcn as nia_gcn
from .simgcl import simgcl as simgcl
from .xsimgcl import xsimgcl as xsimgcl
