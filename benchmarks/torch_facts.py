"""ComplEx about all entities in PyTorch, written from the formulas."""

from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from jaxtyping import Int

from benchmarks.fact_loop import N3, RATE, Loop
from benchmarks.steps import N_THREADS
from jaxrec.data import Triples
from jaxrec.sampling import FactQueries

torch.set_num_threads(N_THREADS)


def of_questions(
    questions: FactQueries, start: dict[str, Any], row: Int[np.ndarray, "S B"]
) -> Loop:
    """The equal loop: answers of a batch as a dense matrix of labels."""
    indptr, indices = questions.answers.indptr, questions.answers.indices
    n = np.diff(indptr)[row]
    batches = []
    for rows, counts in zip(row, n, strict=True):
        place = np.repeat(np.arange(len(rows)), counts)
        answer = np.concatenate([indices[indptr[r] : indptr[r + 1]] for r in rows])
        asked = questions.entity[rows], questions.relation[rows], place, answer
        batches.append([torch.from_numpy(np.asarray(part)).long() for part in asked])

    def loss(entity, relation, batch):
        head, about, place, answer = batch
        e, r = entity[head], relation[about]
        scores = _turned(e, r) @ entity.T
        label = torch.zeros_like(scores).index_put_((place, answer), torch.ones(()))
        counts = label.sum(dim=1)
        fit = -(label * scores.log_softmax(dim=1)).sum() / counts.sum()
        of_answers = _cubes(entity)[answer].sum()
        of_queries = (counts * (_cubes(e) + _cubes(r))).sum()
        return fit + N3 * (of_answers + of_queries) / (3 * counts.sum())

    return _loop(start, batches, loss, int(n.sum()))


def of_rows(train: Triples, start: dict[str, Any], batch: int, n_steps: int) -> Loop:
    """The usual loop: a fact a row."""
    both = train.both_ways()
    some = np.random.default_rng(0).permutation(len(both))[: batch * n_steps]
    parts = (part[some].reshape(n_steps, -1) for part in (both.head, both.relation, both.tail))
    batches = list(zip(*(torch.from_numpy(part).long() for part in parts), strict=True))

    def loss(entity, relation, batch):
        head, about, answer = batch
        e, r, a = entity[head], relation[about], entity[answer]
        fit = torch.nn.functional.cross_entropy(_turned(e, r) @ entity.T, answer)
        return fit + N3 * sum(_cubes(x).mean() for x in (e, r, a)) / 3

    return _loop(start, batches, loss, batch * n_steps)


def _turned(e, r):
    (a, b), (x, y) = e.chunk(2, dim=1), r.chunk(2, dim=1)
    return torch.cat([a * x - b * y, a * y + b * x], dim=1)


def _cubes(rows):
    real, imaginary = rows.chunk(2, dim=1)
    return torch.sum((real**2 + imaginary**2) ** 1.5, dim=1)


def _loop(start, batches, loss_of, n_answers: int) -> Loop:
    tables = [torch.nn.Parameter(torch.tensor(start[name])) for name in ("entity", "relation")]
    optimizer, losses = torch.optim.Adam(tables, lr=RATE, fused=True), []

    def run():
        losses.clear()
        for batch in batches:
            loss = loss_of(*tables, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    read = lambda: {"loss": np.mean(losses), "table": tables[0].detach().numpy()}
    return Loop(run, read, n_answers)
