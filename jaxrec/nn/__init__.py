"""Blocks with parameters, shared by models; made of flax layers where there is one."""

from .aggregators import AGGREGATORS as AGGREGATORS, Aggregator as Aggregator
