"""Facts in buckets by the partitions of their ends, each with local rows.

Entities are dealt to P partitions; bucket (i, j) has the facts whose head lies in partition i and
tail in j. Candidates come from both, so that a question meets more than the partition of its
answer; dealt anew every epoch, any two entities meet some time. Lerer et al., PyTorch-BigGraph,
MLSys 2019, https://arxiv.org/abs/1903.12287, section 4.1.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.ops import rounded_up
from jaxrec.sampling.facts import Bucket, bucket


class Part(NamedTuple):
    """A bucket, and the entities whose rows it trains with.

    Attributes:
      rows: entities of the local rows 0, 1, ...; -1 is padding.
      bucket: facts by local rows; padding is of type -1, and comes first in ``member``.
    """

    rows: Int[np.ndarray, "m"]
    bucket: Bucket


def split_facts(
    facts: Triples,
    n_partitions: int,
    kind: Int[np.ndarray, "E"] | None = None,
    rng: np.random.Generator | None = None,
) -> list[Part]:
    """The buckets that have facts, on the host: of shapes equal but for those with i = j.

    With one partition it is one bucket of all facts, as ``sampling.bucket`` gives it. O(n log n).

    Args:
      kind: type of every entity of a typed network.
      rng: deals entities at random; None deals row e to partition ``e mod P``.

    Raises:
      InputError: no facts, or not between 1 and ``n_entities`` partitions.
    """
    if not 1 <= n_partitions <= facts.n_entities:
        raise InputError(
            f"n_partitions is {n_partitions} for {facts.n_entities} entities; "
            f"give 1 to {facts.n_entities}"
        )
    whole = bucket(facts, kind)
    n, size = n_partitions, -(-facts.n_entities // n_partitions)
    place = np.arange(facts.n_entities, dtype=np.int32)
    place = place if rng is None else rng.permutation(place)
    rows = np.full(n * size, -1, np.int32)
    rows[place] = np.arange(facts.n_entities)
    rows = rows.reshape(size, n).T  # A line a partition.
    head, tail = place[facts.head], place[facts.tail]
    number = head % n * n + tail % n
    order = np.argsort(number, kind="stable")
    count = np.bincount(number, minlength=n * n)
    start = np.cumsum(count) - count
    longest, types = int(count.max()), np.arange(len(whole.types))
    if rng is not None:  # Random deals have few different shapes to compile.
        longest = rounded_up(longest, significant_bits=4, least=1)

    def part(pair: int) -> Part:
        i, j = divmod(pair, n)
        which = np.zeros(longest, np.int64)  # Padding repeats fact 0, and is never drawn.
        which[: count[pair]] = order[start[pair] : start[pair] + count[pair]]
        offset = 0 if i == j else size
        own = rows[i] if i == j else np.concatenate([rows[i], rows[j]])
        kind = np.where(own >= 0, np.asarray(whole.kind)[np.maximum(own, 0)], -1)
        member = np.argsort(kind, kind="stable").astype(np.int32)
        first, end = (np.searchsorted(kind[member], types, side) for side in ("left", "right"))
        return Part(
            own,
            Bucket(
                head[which] // n,
                facts.relation[which],
                tail[which] // n + np.int32(offset),
                np.array(count[pair], np.int32),
                np.stack([first, end - first], axis=1).astype(np.int32),
                kind,
                member,
            ),
        )

    return [part(int(pair)) for pair in np.flatnonzero(count)]
