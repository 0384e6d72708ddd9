"""Jittable building blocks without parameters; from here on shapes are static."""

from .member import contains as contains, nth_absent as nth_absent
from .propagate import (
    Adjacency as Adjacency,
    Formulation as Formulation,
    Graph as Graph,
    Weighted as Weighted,
    attend as attend,
    device_mesh as device_mesh,
    diffuse as diffuse,
    edges as edges,
    mean_of_alike as mean_of_alike,
    prepare as prepare,
    propagate as propagate,
    weighted as weighted,
)
from .score import dot as dot
from .topk import top_k as top_k
