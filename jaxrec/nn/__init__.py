"""Blocks with parameters, shared by models; made of flax layers where there is one."""

from .aggregators import AGGREGATORS as AGGREGATORS, Aggregator as Aggregator
from .pooling import (
    Pool as Pool,
    importance_pooling as importance_pooling,
    max_pooling as max_pooling,
    mean_pooling as mean_pooling,
)
