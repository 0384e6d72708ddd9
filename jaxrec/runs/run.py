"""A trained run: what it measured, and what it answers. The command line calls the same methods.

A long file, for it is one class whose methods are described where users look: in it.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Columns, read_pairs
from jaxrec.runs import checks
from jaxrec.runs.answer import new_users
from jaxrec.runs.answer.answers import Hide, neighbors, recommendations
from jaxrec.runs.answer.classifying import check_asked, classify_nodes
from jaxrec.runs.answer.completing import HideKnown, complete
from jaxrec.runs.answer.embedding import embed
from jaxrec.runs.answer.explaining import explain
from jaxrec.runs.answer.measuring import measure
from jaxrec.runs.answer.new_items import with_new_items
from jaxrec.runs.answer.next_friends import next_friends
from jaxrec.runs.answer.predicting import predict
from jaxrec.runs.answer.reranking import Ranker
from jaxrec.runs.answer.serving import Served, Trained, read_run
from jaxrec.runs.answer.unknown import Unknown
from jaxrec.runs.answer.vectors import Of, vectors
from jaxrec.runs.store import run_folder
from jaxrec.tasks import NodeData


class Run:
    """A trained run: what it measured, and what it answers, in the caller's ids.

    Attributes:
      folder: where its files lie.
    """

    def __init__(self, folder: Path, trained: Trained | None = None):
        """The run in ``folder``; ``trained`` is what was read from it already."""
        self.folder, self._read = folder, trained

    def __repr__(self) -> str:
        """The model and where it lies."""
        return f"Run({self.options.model!r}, {str(self.folder)!r})"

    @cached_property
    def options(self) -> Any:
        """The options that it was trained with, by name."""
        return run_folder.read_config(self.folder)[0]

    @cached_property
    def results(self) -> dict[str, Any]:
        """All of metrics.json: slices, baselines, seconds, versions, device.

        Raises:
          InputError: a run that is not finished.
        """
        path = self.folder / "metrics.json"
        if not path.is_file():
            raise InputError(
                f"{self.folder} is not finished; {run_folder.to_finish(self.folder, self.options)}"
            )
        return json.loads(path.read_text())

    @property
    def metrics(self) -> dict[str, float]:
        """What the model measured on the test slice, such as ``metrics["recall@20"]``."""
        return self.results["test"]

    def evaluate(
        self, k: Sequence[int] | None = None, test_users: int | None = None
    ) -> dict[str, pl.DataFrame]:
        """Measures what the run has not learned from, by name: test, perhaps valid, and friends.

        "friends" are those that a model ranks beside items, measured by held-out links.

        Args:
          k: lengths of lists; by default those of the run.
          test_users: measures a random sample of so many users; by default all.

        Returns:
          A row a system, the model first and then the baselines; a column a metric.

        Raises:
          InputError: a number below 1, or a run with ``fit_all``, which has seen all of its data.
        """
        ks = tuple(self.options.k if k is None else k)
        checks.check_ks(ks)
        checks.check_test_users(test_users)
        found = measure(self._trained, self.folder, ks, test_users)
        return {
            part: pl.DataFrame(
                [
                    {"system": name} | measured.mean
                    for name, measured in ({self.options.model: one.model} | one.baselines).items()
                ]
            )
            for part, one in found.items()
        }

    def recommend(
        self,
        users: Sequence[Any] | None = None,
        *,
        items: Sequence[Any] | None = None,
        histories: Any = None,
        k: int = 10,
        hide: Hide = "seen",
        strict: bool = False,
        rerank: "Run | None" = None,
        n_candidates: int = 100,
    ) -> pl.DataFrame:
        """The best ``k`` items for users of training, or for new ones by what they have.

        Args:
          users: ids; None with the next two missing means all users.
          items: what one new user has.
          histories: a table of users and items as ``Dataset.from_frame`` takes it: all that
            several new users have. Its times order each user's items for models that read an order.
          hide: items to leave out: those that a user interacted with ("seen"), only those from
            before the test slice ("train"), or "none".
          strict: refuse unknown ids; by default they are skipped, and the log counts them.
          rerank: a second run, which orders the best ``n_candidates`` of this one for users of
            training by its own scores.
          n_candidates: items of each user that ``rerank`` orders.

        Returns:
          Columns user (not with ``items``), item, rank from 1, score, and title where there are
          titles.

        Raises:
          InputError: no known id, a model that cannot answer new users, or a second run that does
            not recommend or knows other ids.
        """
        registry.check_verb(self.options, "recommend")
        if sum(given is not None for given in (users, items, histories)) > 1:
            raise InputError("give users, items or histories, one of them")
        if rerank is not None and (items is not None or histories is not None):
            raise InputError("rerank orders items for users of training; give users")
        how = k, hide, None, Unknown(strict)
        if items is not None:
            return new_users.recommendations_after(self._served, _words(items), *how)
        if histories is not None:
            timed = self._served.task.by_rows is not None
            frame = self._pairs(histories, "histories", timed)
            return new_users.recommendations_for(self._served, frame, *how)
        everyone = self._served.data.user_ids.sort()
        asked = everyone if users is None else pl.Series(_words(users))
        if rerank is not None:
            registry.check_verb(rerank.options, "recommend")
        ranker = None if rerank is None else Ranker(rerank._served, n_candidates)
        return recommendations(self._served, asked, *how, ranker)

    def recommend_friends(
        self,
        users: Sequence[Any] | None = None,
        *,
        k: int = 10,
        hide: Hide = "seen",
        strict: bool = False,
    ) -> pl.DataFrame:
        """The best ``k`` users to befriend next, of a model that ranks friends.

        Args:
          users: ids; None means all users.
          hide: "none" lists the friends that a user has, too.
          strict: refuse unknown ids; by default they are skipped, and the log counts them.

        Returns:
          Columns user, friend, rank from 1 and score.

        Raises:
          InputError: no known id, or a model that ranks no friends.
        """
        chosen = None if users is None else pl.Series(_words(users))
        return next_friends(self._trained, chosen, k, hide, Unknown(strict))

    def similar(self, items: Sequence[Any], k: int = 10, strict: bool = False) -> pl.DataFrame:
        """The nearest ``k`` items to each: columns similar_to, item, rank, score, perhaps title.

        Of a model of facts, entities near entities, in a column entity.
        """
        registry.check_verb(self.options, "similar")
        return neighbors(self._served, _words(items), k, None, Unknown(strict))

    def vectors(self, of: Of | None = None) -> pl.DataFrame:
        """The vectors of all items, users or entities: columns item (or user, entity) and vector.

        Args:
          of: by default items, or of a model of facts entities.

        Raises:
          InputError: a model without vectors of these.
        """
        return vectors(self._trained, of)

    def with_new_items(self, table: Any) -> "Run":
        """The run with items that training never saw, encoded by their features without training.

        They may be recommended, and asked about; metrics and files are still those of the run.

        Args:
          table: a file or a table with a column of ids and those of ``--item-features``.

        Raises:
          InputError: a model that has no features of items, or a table with other columns.
        """
        return Run(self.folder, with_new_items(self._trained, table))

    def embed(self, items: Sequence[str | Path], out: str | Path) -> int:
        """Writes vectors of a catalogue, a file a file of items; returns how many it wrote.

        Items of the run have the vectors that it has of them; others are encoded by their features
        alone. One file is in memory at a time, and finished ones are not done again.

        Args:
          items: files or patterns, with a column of ids and those of ``--item-features``.
          out: a folder, new or of the same run.

        Raises:
          InputError: a model that has no features of items, or files that cannot be read.
        """
        return embed(self._trained, [str(each) for each in items], Path(out))

    def predict(
        self,
        pairs: Any = None,
        strict: bool = False,
        *,
        nodes: Sequence[Any] | Literal["all"] | None = None,
    ) -> pl.DataFrame:
        """What the model predicts of pairs: ratings, or chances of a click; or classes of nodes.

        Args:
          pairs: a table of users and items as ``Dataset.from_frame`` takes it.
          strict: refuse unknown ids; by default their pairs are left out, and the log counts them.
          nodes: ids, of a run on nodes; by default all nodes that have no label, "all" for all.

        Returns:
          Columns user, item and prediction; or node, label and probability.

        Raises:
          InputError: no known pair or node, or a model that ranks and predicts nothing.
        """
        task, unknown = registry.task_of(self.options), Unknown(strict)
        if "predict" in task.verbs:
            check_asked(task, "pairs", pairs, "nodes", nodes)
        if task.data is NodeData:
            asked = nodes if nodes is None or nodes == "all" else _words(nodes)
            return classify_nodes(self._served, asked, unknown)
        frame = self._pairs(pairs, "pairs")
        users, items = (_words(frame[name].to_list()) for name in ("user", "item"))
        return predict(self._trained, users, items, unknown)

    def complete(
        self,
        head: Any = None,
        relation: Any = None,
        tail: Any = None,
        *,
        k: int = 10,
        hide: HideKnown = "known",
        strict: bool = False,
    ) -> pl.DataFrame:
        """The best entities for the missing end of a fact, of a model of facts.

        Args:
          head: an id, or a list of ids, whose tails are wanted; or else
          tail: the same, whose heads are wanted.
          relation: by default the run's only one.
          hide: entities to leave out: those that facts of any slice name ("known"), or "none".
          strict: refuse unknown ids; by default they are skipped, and the log counts them.

        Returns:
          Columns head, relation, tail, rank from 1 and score.

        Raises:
          InputError: neither or both ends, no known id, or a model of something else.
        """
        if (head is None) == (tail is None):
            raise InputError("give head or tail, one of them")
        given, ids = ("tail", tail) if head is None else ("head", head)
        several = isinstance(ids, Sequence) and not isinstance(ids, str)
        words = _words(ids if several else [ids])
        name = None if relation is None else str(relation)
        registry.check_verb(self.options, "complete")
        return complete(self._served, given, words, name, k, hide, Unknown(strict))

    def explain(self, user: Any, item: Any, k: int = 10) -> pl.DataFrame:
        """Why a user is recommended an item, of a model that reads facts: path, hops, weight.

        Of ``mutualrec``, ``diffnet``, ``graphrec`` and ``heterographrec`` the user's items and
        friends: through, id, weight.
        """
        return explain(self._trained, str(user), str(item), k)

    def save(self, folder: str | Path) -> "Run":
        """Copies the run's files to a new folder, and returns the run there.

        Raises:
          InputError: the folder exists.
        """
        path = Path(folder)
        if path.exists():
            raise InputError(f"{path} exists; choose another folder, or delete it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as beside:
            shutil.copytree(self.folder, Path(beside) / "run")
            (Path(beside) / "run").rename(path)  # There at once, or not at all.
        return Run(path)

    def _pairs(self, table: Any, name: str, timed: bool = False) -> pl.DataFrame:
        """Columns user, item (and time), called as in training or as is usual."""
        roles = ("user", "item", "time")
        named = {role: getattr(self.options, f"{role}_column", None) for role in roles}
        return read_pairs(table, Columns(**named if timed else named | {"time": ""}), name)

    @cached_property
    def _trained(self) -> Trained:
        return read_run(self.folder) if self._read is None else self._read

    @cached_property
    def _served(self) -> Served:
        return self._trained.encoded()


def _words(ids: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(ids, str):
        raise InputError(f"ids are {ids!r}, one text; give a list of ids")
    return tuple(str(each) for each in ids)
