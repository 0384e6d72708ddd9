"""Losses: ``(scores, labels, where) -> scalar``.

Every loss reads candidate lists: ``scores`` and ``labels`` in ``[B, C]``, and ``where`` with False
at padding. Means are over valid entries, ``max(count, 1)`` of them, so padding changes nothing and
an empty batch gives 0 with a finite gradient. ``positive_first`` and ``hardest`` make a loss from a
loss. ``info_nce`` and ``info_nce_queue`` read vectors: two views of the same rows.
"""

from .adversarial import self_adversarial as self_adversarial
from .contrastive import (
    first_of_each as first_of_each,
    info_nce as info_nce,
    info_nce_queue as info_nce_queue,
)
from .lists import (
    keep_hardest_negatives as keep_hardest_negatives,
    positive_first as positive_first,
)
from .listwise import multinomial as multinomial, softmax as softmax
from .pairwise import bpr as bpr, max_margin as max_margin
from .pointwise import (
    balanced_binary_cross_entropy as balanced_binary_cross_entropy,
    binary_cross_entropy as binary_cross_entropy,
    negative_sampling as negative_sampling,
)
from .squared import (
    root_mean_squared_error as root_mean_squared_error,
    squared_error as squared_error,
)
