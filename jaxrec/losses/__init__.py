"""Losses: ``(scores, labels, where) -> scalar``.

Every loss reads candidate lists: ``scores`` and ``labels`` in ``[B, C]``, and ``where`` with False
at padding. Means are over valid entries, ``max(count, 1)`` of them, so padding changes nothing and
an empty batch gives 0 with a finite gradient.
"""

from .contrastive import first_of_each as first_of_each, info_nce as info_nce
from .pairwise import bpr as bpr
from .pointwise import binary as binary
