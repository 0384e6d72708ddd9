"""Id arrays to graphs, on the host."""

from .bipartite import bipartite as bipartite
from .csr import Csr as Csr, user_items as user_items
