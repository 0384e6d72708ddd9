"""Jittable building blocks without parameters; from here on shapes are static."""

from .dropout import check_rate as check_rate, dropout as dropout, keys_of as keys_of
from .member import contains as contains, nth_absent as nth_absent
from .propagate import (
    Adjacency as Adjacency,
    Edges as Edges,
    Formulation as Formulation,
    Graph as Graph,
    attend as attend,
    device_mesh as device_mesh,
    diffuse as diffuse,
    edges as edges,
    prepare as prepare,
    propagate as propagate,
)
from .score import dot as dot, entries as entries
from .topk import top_k as top_k
from .unit import unit as unit
