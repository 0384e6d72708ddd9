"""Blocks with parameters, shared by models; made of flax layers where there is one."""

from .aggregators import AGGREGATORS as AGGREGATORS, Aggregator as Aggregator
from .attention import (
    attention_pool as attention_pool,
    attention_pool_weights as attention_pool_weights,
    gatv2 as gatv2,
    gatv2_weights as gatv2_weights,
    init_gatv2 as init_gatv2,
    init_pool as init_pool,
    softmax_sum as softmax_sum,
)
from .mlp import dense as dense, init_mlp as init_mlp, mlp as mlp
from .pooling import (
    Pool as Pool,
    importance_pooling as importance_pooling,
    max_pooling as max_pooling,
    mean_pooling as mean_pooling,
)
