"""What the registry says of a model: what builds it, what it reads, and how it is trained."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import optax

from jaxrec.base import Embeddings, LossFn, Model, Term
from jaxrec.data import ItemFeatures
from jaxrec.graph import Paths
from jaxrec.models import SocialAttention
from jaxrec.tasks import CLICKS, RANKING, Task

Read = Literal["interactions", "facts", "features", "titles", "nodes"]


class Link(NamedTuple):
    """A relation that a model reads, of ``--relation NAME=FILE`` or of the data set.

    Attributes:
      also: other names that the data set may have it by; the first that is there counts.
    """

    name: str
    source: Literal["user", "item"] = "user"
    target: Literal["user", "item"] = "user"
    directed: bool = True
    also: tuple[str, ...] = ()


class OnClients(NamedTuple):
    """How clients train a model of ratings (``federated.rating_clients``).

    Attributes:
      graphs: ``(train, sizes) -> graph`` of the clients of a bucket.
      shares: what a model of these options reads of all clients' ratings beside gradients; "" for
        nothing.
    """

    graphs: Callable[..., Any]
    shares: Callable[[Any], str]


class Entry(NamedTuple):
    """A model: what builds it, what it reads, and how it is trained.

    Its options are the keywords of ``factory``, ``graph`` and ``terms`` that have a default; what
    their docstrings say of them is the help.

    Attributes:
      factory: ``(n_users, n_items, **options) -> Model``; with ``from_graph`` the graph comes
        first, ``(graph, n_users, n_items, **options)``, for ``init`` to read. Of models of facts
        the numbers are those of entities and relations, of models of nodes those of features and
        classes.
      graph: ``(Source, **options) -> what encode reads``; None for a model without graph.
      reads: "interactions"; "facts" for a knowledge graph, which the data must hold, alone or of
        items; "features" of items, where there are any; "titles" among them, which must be there,
        or vectors in their place; "nodes" for a graph of labeled nodes, alone.
      tasks: the kinds of question that it answers, the usual one first. The chance of a click is
        learned, so that an entry without training does not answer "clicks".
      links: relations of users and items that it reads as well, in ``Source.relations``.
      terms: ``(**options) -> {name: (weight, Term)}`` of training, beside ranking and L2.
      on_batches: ``(**options) -> (LossFn -> LossFn)``, the loss on what a batch needs of the graph
        in place of all of it (``train.on_hops``).
      optimizer: ``(learning rate or schedule) -> optax optimizer``.
      defaults: options whose default is another for this model.
      trained: False where ``init`` does all the work.
      from_graph: whether the factory takes the graph.
      propagates: whether ``graph`` places what it makes in a formulation that can be chosen.
      by_rows: whether a mesh may split its tables by rows.
      learns_on: ``graph -> graph``, what training reads of it; None for all.
      memory: ``(n_users, n_items, **options) -> bytes`` that ``init`` takes, where that may be too
        many.
      explain: ``(reps, user, item) -> Paths`` of rows, what the score comes from.
      attends: ``(params, graph, **options) -> models.SocialAttention``, the weights of a user's
        items and friends.
      friends: ``reps -> Embeddings`` whose query and item are both rows of users: an inner product
        scores the second as the next friend of the first.
      facts_of: ``(reps, session, item, options) -> [L, A]``, what facts about the items of a
        session add to a score, by position and attribute of ``graph.ItemFacts``.
      with_new_items: ``(graph, ItemFeatures) -> graph`` with items behind its own that training
        never saw, of a model that encodes items by their features.
      settings: options that a run chooses from where the person names none (``runs.fit.choosing``);
        the first is used where there is nothing to choose on.
      on_clients: how clients train it; None where they cannot.
      same_params: whether parameters are the same under all settings, and only scores differ.
    """

    factory: Callable[..., Model]
    graph: Callable[..., Any] | None = None
    tasks: tuple[Task, ...] = (RANKING, CLICKS)
    terms: Callable[..., dict[str, tuple[float, Term]]] | None = None
    reads: tuple[Read, ...] = ("interactions",)
    links: tuple[Link, ...] = ()
    on_batches: Callable[..., Callable[[LossFn], LossFn]] | None = None
    optimizer: Callable[[Any], optax.GradientTransformation] = optax.adam
    defaults: Mapping[str, Any] = MappingProxyType({})
    trained: bool = True
    from_graph: bool = False
    propagates: bool = False
    by_rows: bool = False
    learns_on: Callable[[Any], Any] | None = None
    memory: Callable[..., int] | None = None
    explain: Callable[..., Paths] | None = None
    attends: Callable[..., SocialAttention] | None = None
    friends: Callable[[Any], Embeddings] | None = None
    facts_of: Callable[..., Any] | None = None
    with_new_items: Callable[[Any, ItemFeatures], Any] | None = None
    settings: tuple[dict[str, float], ...] = ()
    same_params: bool = False
    on_clients: OnClients | None = None

    @property
    def knows(self) -> bool:
        """Whether the model reads a knowledge graph beside interactions."""
        return "facts" in self.reads and "interactions" in self.reads
