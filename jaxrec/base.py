"""The contract that every system follows; of jaxrec it imports its errors alone.

Data flows ``graph -> reps -> scores -> loss``. Four sentences settle most questions:

1. ``graph`` is every non-trainable array the encoder reads (``None``, a ``GraphsTuple``, a
   NamedTuple of them). It is always an argument, never a closure: closing over it compiles it
   into the program. Models without training alone have it from their factory as well, for
   ``init``, which runs once.
2. ``graph.nodes`` are rows of parameter tables; ``batch`` indices are rows of ``reps``. For a
   whole graph both are global ids; for a sampled block both are local.
3. ``reps`` is everything scoring needs: compute once, score many, checkpoint it to serve.
4. A key means stochastic, ``key=None`` means deterministic. There is no ``train: bool``.

Axis letters, the same everywhere:

=  ==========  =  ====================  =  =========
B  batch       I  items                 H  hops
C  candidates  N  nodes                 L  layers
U  users       E  edges                 M  memories
Q  queries     K  neighbors per node    R  relations
S  seeds       k  length of a top list  d  width
=  ==========  =  ====================  =  =========
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeGuard, runtime_checkable

from jaxtyping import Array, Bool, Float, Int, PyTree

from jaxrec.errors import InputError as InputError, Terminated as Terminated

Params = dict[str, Any]
Metrics = dict[str, Float[Array, ""]]
Key = Array


@runtime_checkable
class Encode(Protocol):
    """Reads the graph once and returns everything scoring needs."""

    def __call__(self, params: Params, graph: Any, *, key: Key | None = None) -> Any: ...


class Model(NamedTuple):
    """A recommender: three pure functions, and a fourth where users need no row of their own.

    Attributes:
      init: ``(key) -> params``, a dict of named trainable tables.
      encode: ``(params, graph, *, key=None) -> reps``.
      score: ``(reps, queries [B], items [C] or [B, C]) -> [B, C]``, higher is better.
      fold_in: ``(reps, likes) -> reps`` whose queries are new users, row ``n`` the one who has the
        items of row ``n`` of ``likes``, a ``graph.Csr``; None where a user must be trained.
    """

    init: Callable[[Key], Params]
    encode: Encode
    score: Callable[[Any, PyTree[Array], Int[Array, "..."]], Float[Array, "B C"]]
    fold_in: Callable[[Any, Any], Any] | None = None


class Embeddings(NamedTuple):
    """``reps`` of every two-tower model; what retrieval accepts."""

    query: Float[Array, "Q d"]
    item: Float[Array, "I d"]


@runtime_checkable
class Towers(Protocol):
    """What has the two tables of ``Embeddings``, whatever else it holds."""

    @property
    def query(self) -> Float[Array, "Q d"]:
        """A row a query."""
        ...

    @property
    def item(self) -> Float[Array, "I d"]:
        """A row an item."""
        ...


def has_towers(reps: Any) -> TypeGuard[Towers]:
    """Whether representations are such; ``WithShare`` is if those it holds are."""
    return hasattr(reps, "query") and hasattr(reps, "item")


class Batch(NamedTuple):
    """Candidate lists to rank.

    Attributes:
      query: rows of ``reps``: users, sessions, (source, relation) pairs.
      item: rows of ``reps``, shared by the batch or listed per query; pairwise losses read
        column 0 as the positive.
      label: relevance or rating of every candidate.
      mask: False marks padding.
      log_q: log of the expected number of times each candidate was drawn into the list; for the
        positive of a list 0, or that less the log of how often it was (``sampling.corrected``).
        ``train.rank`` subtracts it from the scores, so that sums over drawn candidates estimate
        sums over all. None corrects nothing, as pairwise losses want it.
    """

    query: PyTree[Array]
    item: Int[Array, "C"] | Int[Array, "B C"]
    label: Float[Array, "B C"]
    mask: Bool[Array, "B C"]
    log_q: Float[Array, "C"] | Float[Array, "B C"] | None = None


@runtime_checkable
class Loss(Protocol):
    """``(scores, labels, where) -> scalar``: knows arrays, not models."""

    def __call__(
        self,
        scores: Float[Array, "B C"],
        labels: Float[Array, "B C"],
        where: Bool[Array, "B C"],
    ) -> Float[Array, ""]: ...


Term = Callable[[Params, Any, Batch], Float[Array, ""]]
"""One summand of the training objective: ``(params, reps, batch) -> scalar``."""

LossFn = Callable[[Params, Any, Batch, Key], tuple[Float[Array, ""], Metrics]]
"""What training differentiates: ``(params, graph, batch, key) -> (scalar, metrics)``."""
