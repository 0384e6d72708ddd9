"""Jittable building blocks without parameters; from here on shapes are static."""

from .adjacency import Adjacency as Adjacency, adjacency as adjacency
from .member import contains as contains, nth_absent as nth_absent
from .propagate import (
    Graph as Graph,
    diffuse as diffuse,
    prepare as prepare,
    propagate as propagate,
)
from .score import dot as dot
from .topk import top_k as top_k
