"""Batches of next-item prediction: prefixes of sessions, each with the item that follows it."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from jaxrec.base import Batch, InputError, Key
from jaxrec.graph import Prefixes, Sessions, all_prefixes, length_buckets, pad_prefixes
from jaxrec.sampling.facts import check_batch


class SessionTables(NamedTuple):
    """Sessions and their prefixes, those of one padded width behind one another.

    Attributes:
      start: bucket ``n`` has the prefixes ``[start[n], start[n + 1])``.
    """

    sessions: Sessions
    prefixes: Prefixes
    start: Int[np.ndarray, "n"] | Int[Array, "n"]


def session_tables(sessions: Sessions, max_length: int) -> SessionTables:
    """What ``next_items`` draws from: all prefixes of ``sessions``, on the host. O(n).

    Raises:
      InputError: no session has two items, or ``max_length`` is below 1.
    """
    prefixes = all_prefixes(sessions)
    if not len(prefixes.target):
        raise InputError("no training session has two items; give longer ones, or another --split")
    buckets = length_buckets(prefixes, max_length)
    order = np.concatenate(list(buckets.values()))
    start = np.append(0, np.cumsum([len(rows) for rows in buckets.values()])).astype(np.int32)
    return SessionTables(sessions, Prefixes(*(column[order] for column in prefixes)), start)


def next_items(
    key: Key,
    tables: SessionTables,
    n_items: int,
    batch_size: int,
    max_length: int,
    n_negatives: int | None = None,
) -> Batch:
    """Prefixes of one bucket, drawn uniformly with replacement; every prefix is equally likely.

    Queries are ``SessionQuery`` of ``max_length`` columns. Candidates are all items, shared by the
    batch, or the target in column 0 and ``n_negatives`` uniform items after it. Those have the
    ``log_q`` of a sampled softmax, and are masked where they are the target.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size, n_negatives or 0)
    key_bucket, key_row, key_negative = jax.random.split(key, 3)
    start, n = jnp.asarray(tables.start), tables.prefixes.target.shape[0]
    own = jnp.searchsorted(start, jax.random.randint(key_bucket, (), 0, n), side="right")
    row = jax.random.randint(key_row, (batch_size,), start[own - 1], start[own])
    session, length, target = (jnp.asarray(column)[row] for column in tables.prefixes)
    sessions = jax.tree.map(jnp.asarray, tables.sessions)
    queries = pad_prefixes(sessions, session, length, max_length)
    if n_negatives is None:
        every = jnp.arange(n_items)
        label = (target[:, None] == every[None]).astype(jnp.float32)
        return Batch(queries, every, label, jnp.ones_like(label, bool))
    negative = jax.random.randint(key_negative, (batch_size, n_negatives), 0, n_items)
    item = jnp.concatenate([target[:, None], negative.astype(target.dtype)], axis=1)
    label = jnp.zeros(item.shape).at[:, 0].set(1)
    mask = (label > 0) | (item != target[:, None])
    log_q = jnp.where(label > 0, 0, jnp.log(n_negatives / n_items))
    return Batch(queries, item, label, mask, log_q)
