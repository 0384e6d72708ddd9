"""What one training run takes over from another."""

from .gin import Encoder as Encoder, gin as gin
from .pcrec import (
    Contrast as Contrast,
    Pretraining as Pretraining,
    pretraining as pretraining,
    warmed_adam as warmed_adam,
)
from .rows import carry as carry, near_mean as near_mean
from .structure import Views as Views, structure as structure
from .subgraphs import (
    Nodes as Nodes,
    Subgraphs as Subgraphs,
    as_graph as as_graph,
    one_graph as one_graph,
    positions as positions,
    subgraphs as subgraphs,
)
