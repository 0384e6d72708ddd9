"""Options of recommend, similar, predict, explain and export; field docstrings are the help."""

import dataclasses
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional

from jaxrec.tasks.option_groups import OTHER, MostUsed, NewUsers


@dataclasses.dataclass(frozen=True)
class RecommendOptions:
    """Recommends items to users of a trained run, by default none that they interacted with.

    Columns: user, item, rank, score, and title where the data has one. Printed as a table, or as
    CSV in UTF-8 when the output is piped.
    """

    GROUP = OTHER
    run: MostUsed[Positional[str]]
    """Run folder."""
    users: MostUsed[tuple[str, ...]] = ()
    """User ids as they are in your data."""
    users_file: MostUsed[str | None] = None
    """File with one user id per line."""
    all: MostUsed[bool] = False
    """Every user."""
    friends: MostUsed[bool] = False
    """Recommend friends in place of items: users that they are not linked to, in columns user,
    friend, rank, score (models that rank friends: mutualrec)."""
    k: MostUsed[int] = 10
    """Items per user."""
    items: NewUsers[tuple[str, ...]] = ()
    """Items of a new user, who needs no id and no training (models marked 'new users' in jaxrec
    models)."""
    histories: NewUsers[str | None] = None
    """Table of new users and their items, one row per interaction, in any format of --data; ratings
    are not read. Every user in it gets a list by these items alone, which it leaves out (models
    marked 'new users' in jaxrec models)."""
    user_column: NewUsers[str | None] = None
    """Column of users in --histories; by default the same as when the run was trained."""
    item_column: NewUsers[str | None] = None
    """Column of items in --histories; by default the same as when the run was trained."""
    time_column: NewUsers[str | None] = None
    """Column of times in --histories, by which the tasks next_item and item_to_item order each
    user's items; by default the same as when the run was trained, or found by its name. '' takes
    the order of the rows."""
    header: NewUsers[bool] = True
    """Whether the first line of --histories names its columns."""
    new_items: str | None = None
    """File of items that training never saw, with a column of ids and the columns that
    --item-features had: they are encoded by these without training, and may be listed (pinsage)."""
    hide: Literal["seen", "train", "none"] = "seen"
    """Items left out of a user's list: all that they interacted with, in any slice or rated below
    --min-rating ('seen'); what came before the test slice ('train'), so that lists can be scored
    against it by any tool; or none."""
    index: str | None = None
    """File of jaxrec export RUN --index, in which items are searched; by default all are scored."""
    rerank: str | None = None
    """Run folder of a second model, which orders the best --n-candidates of this one by its own
    scores; the two know users and items by the same ids."""
    n_candidates: int = 100
    """Items of each user that --rerank orders."""
    out: MostUsed[str | None] = None
    """File to write instead of printing: .csv, .parquet or .jsonl. Ids that the run does not know
    are written beside it, to a file ending in .unknown.csv."""
    strict: bool = False
    """Refuse ids that the run does not know, instead of skipping them."""


@dataclasses.dataclass(frozen=True)
class SimilarOptions:
    """Finds the items nearest to given items of a trained run.

    By cosine of their vectors; of a model without vectors (filter_r, gf_cf, ease, item_knn,
    concept_knn), what it recommends to a user who has that item alone.
    """

    run: Positional[str]
    """Run folder."""
    items: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["--entities"])]
    """Item ids as they are in your data; of a model of facts or links, entities."""
    k: int = 10
    """Neighbors per item."""
    new_items: str | None = None
    """File of items that training never saw, with a column of ids and the columns that
    --item-features had: they are encoded by these without training, may be asked about
    and are listed (pinsage)."""
    index: str | None = None
    """File of jaxrec export RUN --index ... --answers similar, in which they are searched; by
    default all items are compared."""
    out: str | None = None
    """File to write instead of printing: .csv, .parquet or .jsonl."""
    strict: bool = False
    """Refuse ids that the run does not know, instead of skipping them. With --out, skipped ids are
    written beside it, to a file ending in .unknown.csv."""


@dataclasses.dataclass(frozen=True)
class ExplainOptions:
    """Shows through which facts, or earlier items, an item came to a user, heaviest first.

    For runs of kgcn, kgnn_ls and ripplenet. Columns: path, hops (its facts), weight; weights of
    all paths of one length sum to one, or less where some end before. A fact reads
    head -[relation]-> tail, or tail <-[relation]- head where a path goes back.

    For all models of sessions: earlier items (hops 0), by how much the item's score above the mean
    falls without each, and of kg_sequential what each fact about them (hops 1) adds to the score.

    For mutualrec, diffnet, graphrec and heterographrec: the user's items and friends, each by its
    weight in the user's vector. Columns: through (item or friend), id, weight.

    jaxrec explain RUN --user ID --item ID
    """

    run: Positional[str]
    """Run folder."""
    user: str
    """User id as it is in your data."""
    item: str
    """Item id as it is in your data."""
    k: int = 10
    """Paths to show."""
    out: str | None = None
    """File to write instead of printing: .csv, .parquet or .jsonl."""


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """Writes a run for fast answers: an index of its items, or programs that need no jaxrec; or its
    vectors for other uses.

    jaxrec export RUN --index hnsw
    jaxrec export RUN --vectors items.parquet
    jaxrec recommend RUN --all --index RUN/recommend.hnsw
    """

    run: Positional[str]
    """Run folder."""
    index: Literal["hnsw", "ivfpq"] | None = None
    """Index the items of a model that has vectors (extra 'ann'): a graph, which is fast and finds
    nearly all, or codes of an eighth of the vectors' size, from 9,984 items on."""
    answers: Literal["recommend", "similar"] = "recommend"
    """Which command the index is for."""
    recall: float = 0.95
    """Recall of the exact lists that the index must reach; decides how long a search is."""
    k: int = 100
    """Length of those lists; at most the number of items."""
    vectors: str | None = None
    """File for the vectors of all items, with their ids: .parquet, .csv (lists of numbers), or .npy
    with the ids beside it. --item-features reads it. Inner products order items as lists do: of a
    run with --temperature, vectors have length 1."""
    new_items: str | None = None
    """File of items that training never saw, with a column of ids and the columns that
    --item-features had: they are encoded by these without training, and --vectors have
    theirs, too (pinsage)."""
    of: Literal["item", "user", "entity"] | None = None
    """What --vectors are of; by default of items, or of entities where the model has these."""
    out: str | None = None
    """File for the index; by default in the run folder, such as recommend.hnsw."""
    stablehlo: str | None = None
    """New folder for encode and score as StableHLO (extra 'export'), with their arrays; JAX alone
    runs them, on CPU, CUDA and TPU."""


@dataclasses.dataclass(frozen=True)
class EmbedOptions:
    """Writes the vectors of a catalogue by its features, a file of vectors for each file of items.

    One file is in memory at a time. A second call with the same --out goes on behind the files that
    are finished. For runs of pinsage with --item-features.

    jaxrec embed RUN --items 'parts/*.parquet' --out vectors
    """

    run: Positional[str]
    """Run folder."""
    items: tuple[str, ...]
    """Files of items, or patterns such as 'parts/*.parquet': each with a column of ids and the
    columns of --item-features. Items of the run have the vectors that it has of them, others are
    encoded by their features alone."""
    out: str
    """Folder for the vectors, new or of the same run: NAME.parquet with columns item and vector."""


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    """Predicts pairs of users and items: ratings, or the chance that the user clicks the item. Of a
    model of nodes, the class of each node.

    Prints columns user, item and prediction, or node, label and probability; CSV in UTF-8 when the
    output is piped.

    jaxrec predict runs/films --pairs pairs.csv --out predictions.csv
    jaxrec predict runs/papers --out classes.csv
    """

    run: Positional[str]
    """Run folder, of --task rating, clicks or nodes."""
    pairs: str | None = None
    """A CSV, TSV, Parquet or JSON lines file with a column of users and one of items."""
    nodes: tuple[str, ...] = ()
    """Node ids as they are in your data, of a run on nodes; by default all that have no label."""
    nodes_file: str | None = None
    """File with one node id per line."""
    all: bool = False
    """Every node, those with a label, too."""
    user_column: str | None = None
    """Column of user ids in --pairs; by default as in training, or guessed."""
    item_column: str | None = None
    """Column of item ids in --pairs."""
    header: bool = True
    """Whether the first line of --pairs names its columns."""
    strict: bool = False
    """Refuse ids that the run does not know; by default their pairs, or the nodes, are left out and
    counted."""
    out: str | None = None
    """File to write to: .csv, .parquet or .jsonl."""
