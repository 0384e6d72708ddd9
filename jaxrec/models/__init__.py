"""One paper, one file, one factory."""

from .lightgcn import lightgcn as lightgcn
from .mf import mf as mf
