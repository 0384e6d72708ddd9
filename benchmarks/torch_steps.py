"""LightGCN's step and forward pass in PyTorch and PyG, as they are commonly written.

Written from the formulas; ``steps.py`` says what a graph and a program are. PyG is measured without
its optional compiled packages, which pip does not install with it.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch.nn.functional import softplus  # pyright: ignore[reportMissingImports]

from benchmarks.steps import N_THREADS, SETTINGS, Problem, Program, forward, scipy_graph
from jaxrec.data import Interactions

with warnings.catch_warnings():  # Torch says once that compressed rows are in beta.
    warnings.simplefilter("ignore")
    torch.eye(1).to_sparse_csr()
torch.set_num_threads(N_THREADS)
torch.sparse.check_sparse_tensor_invariants.disable()  # Its default, which torch warns of.


def coo(train: Interactions) -> Any:
    """The normalized adjacency in coordinates, coalesced."""
    matrix = scipy_graph(train).tocoo()
    index = torch.from_numpy(np.stack(matrix.coords)).long()
    weight = torch.from_numpy(matrix.data)
    return torch.sparse_coo_tensor(index, weight, matrix.shape).coalesce()


def csr(train: Interactions) -> Any:
    """The normalized adjacency in compressed rows, as torch converts it: 64-bit indices."""
    return coo(train).to_sparse_csr()


def narrow_csr(train: Interactions) -> Any:
    """The same with 32-bit indices, which both kernels prefer."""
    matrix = scipy_graph(train)
    indptr, indices = torch.from_numpy(matrix.indptr), torch.from_numpy(matrix.indices)
    return torch.sparse_csr_tensor(indptr, indices, torch.from_numpy(matrix.data), matrix.shape)


def pyg_edges(train: Interactions) -> Any:
    """PyG's ``edge_index``, both directions, without weights: its LightGCN normalizes in calls."""
    from torch_geometric.utils import to_undirected  # pyright: ignore[reportMissingImports]

    pairs = np.stack([train.user, train.item + train.n_users])
    return to_undirected(torch.from_numpy(pairs).long())


def pyg_csr(train: Interactions) -> Any:
    """The same as a torch matrix of ones, which PyG takes in place of ``edge_index``."""
    from torch_geometric.utils import to_torch_csr_tensor  # pyright: ignore[reportMissingImports]

    n_nodes = train.n_users + train.n_items
    return to_torch_csr_tensor(pyg_edges(train), size=(n_nodes, n_nodes))


def product(adjacency: Any, x: Any) -> Any:
    """The product everybody writes; MKL's, when the adjacency is in compressed rows."""
    return torch.sparse.mm(adjacency, x)


def reduce_product(adjacency: Any, x: Any) -> Any:
    """Torch's own kernel for compressed rows on CPU, made for message passing."""
    return torch.sparse.mm(adjacency, x, "sum")


def plain_steps(adjacency: Any, problem: Problem) -> Program:
    """LightGCN as its PyTorch code is known: two tables, layers stacked, autograd throughout."""
    user = torch.nn.Parameter(torch.from_numpy(problem.user).clone())
    item = torch.nn.Parameter(torch.from_numpy(problem.item).clone())
    query, positive, negative = torch.from_numpy(problem.batch).long().T

    def encode():
        layers = [torch.cat([user, item])]
        for _ in range(SETTINGS.n_layers):
            layers.append(product(adjacency, layers[-1]))
        return torch.stack(layers, dim=1).mean(dim=1)

    def loss():
        users, items = torch.split(encode(), [len(user), len(item)])
        liked = (users[query] * items[positive]).sum(dim=1)
        other = (users[query] * items[negative]).sum(dim=1)
        rows = user[query], item[positive], item[negative]
        squared = sum(row.norm().pow(2) for row in rows) / len(query)
        return softplus(other - liked).mean() + SETTINGS.l2 * squared / 2

    return _steps(problem, [user, item], encode, loss)


def symmetric_steps(multiply: Callable, adjacency: Any, problem: Problem) -> Program:
    """The best form known to us: one table, a backward pass that is the forward, fused Adam.

    Autograd does take compressed rows, but then every layer multiplies by a transpose.
    """

    class Diffuse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # pyright: ignore[reportIncompatibleMethodOverride]
            del ctx  # Nothing is kept: the adjacency is symmetric.
            return _diffused(multiply, adjacency, x)

        @staticmethod
        def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
            del ctx
            return _diffused(multiply, adjacency, gradient)

    table, ids = _table(problem), _node_ids(problem)
    table = torch.nn.Parameter(table)

    def loss():
        query, positive, negative = Diffuse.apply(table)[ids]
        other = (query * (negative - positive)).sum(dim=1)
        squared = table[ids].square().sum() / ids.shape[1]
        return softplus(other).mean() + SETTINGS.l2 * squared / 2

    return _steps(problem, [table], lambda: Diffuse.apply(table), loss, fused=True)


def pyg_steps(adjacency: Any, problem: Problem, normalize: bool = True) -> Program:
    """PyG's ``LightGCN`` and its ``recommendation_loss``.

    Args:
      normalize: as PyG has it, in every layer of every call; False does it here, once.
    """
    from torch_geometric.nn import LightGCN  # pyright: ignore[reportMissingImports]
    from torch_geometric.nn.conv.gcn_conv import gcn_norm  # pyright: ignore[reportMissingImports]

    table, ids = _table(problem), _node_ids(problem)
    if not normalize:
        adjacency, _ = gcn_norm(adjacency, num_nodes=len(table), add_self_loops=False)
    model = LightGCN(len(table), SETTINGS.dim, SETTINGS.n_layers, normalize=normalize)
    model.embedding.weight.data = table
    pairs = torch.cat([ids[[0, 1]], ids[[0, 2]]], dim=1)  # [2, 2 B]

    def loss():
        liked, other = model(adjacency, pairs).chunk(2)
        half = SETTINGS.l2 / 2  # PyG's squared norm is not halved.
        return model.recommendation_loss(liked, other, node_id=ids.flatten(), lambda_reg=half)

    return _steps(problem, [model.embedding.weight], lambda: model.get_embedding(adjacency), loss)


def torch_forward(multiply: Callable, adjacency: Any, problem: Problem) -> Program:
    """The joined table diffused, without autograd."""
    table = _table(problem)
    return forward(lambda: _diffused(multiply, adjacency, table).numpy(), problem)


def _diffused(multiply, adjacency, x):
    scale = 1 / (SETTINGS.n_layers + 1)
    total, layer = x * scale, x
    for _ in range(SETTINGS.n_layers):
        layer = multiply(adjacency, layer)
        total.add_(layer, alpha=scale)
    return total


def _steps(problem, parameters, encode, loss_fn, **adam) -> Program:
    optimizer = torch.optim.Adam(parameters, lr=SETTINGS.learning_rate, **adam)
    losses = []

    def run():
        losses.clear()
        for _ in range(problem.n_steps):
            loss = loss_fn()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    @torch.no_grad()
    def read():
        moments = [optimizer.state[parameter]["exp_avg"] for parameter in parameters]
        joined = {"reps": encode(), "table": torch.cat(parameters), "moment": torch.cat(moments)}
        arrays = {name: tensor.numpy() for name, tensor in joined.items()}
        return arrays | {"loss": np.array(np.mean(losses))}

    return Program(run, read)


def _table(problem: Problem):
    return torch.from_numpy(np.concatenate([problem.user, problem.item]))


def _node_ids(problem: Problem):
    return torch.from_numpy(problem.batch + np.array([0, 1, 1]) * len(problem.user)).long().T
