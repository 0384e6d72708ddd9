"""Batches drawn on the device: ``(key, arrays) -> Batch``."""

from .triplets import (
    interaction_uniform as interaction_uniform,
    uniform_negatives as uniform_negatives,
    user_uniform as user_uniform,
)
