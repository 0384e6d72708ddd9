"""Jittable building blocks without parameters; from here on shapes are static."""

from .member import contains as contains, nth_absent as nth_absent
from .propagate import (
    Adjacency as Adjacency,
    Formulation as Formulation,
    Graph as Graph,
    attend as attend,
    device_mesh as device_mesh,
    diffuse as diffuse,
    edges as edges,
    prepare as prepare,
    propagate as propagate,
)
from .score import cosine as cosine, dot as dot, unit as unit
from .topk import top_k as top_k
