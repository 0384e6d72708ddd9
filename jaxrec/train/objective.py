"""The training objective: a weighted sum of terms that share one encode."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Batch, Loss, LossFn, Model, Params, Term


def objective(model: Model, **terms: tuple[float | Float[Array, ""], Term]) -> LossFn:
    """Sums ``weight * term`` over named terms; the graph is encoded once for all of them.

    ``objective(model, rank=(1.0, rank(model, bpr)), l2=(1e-4, l2_rows))`` returns
    ``(params, graph, batch, key) -> (loss, metrics)`` with every term, unweighted, in the metrics.
    """

    def loss_fn(params, graph, batch, key):
        reps = model.encode(params, graph, key=key)
        values = {name: term(params, reps, batch) for name, (_, term) in terms.items()}
        loss = sum((weight * values[name] for name, (weight, _) in terms.items()), jnp.zeros(()))
        return loss, {"loss": loss} | values

    return loss_fn


def rank(model: Model, loss: Loss) -> Term:
    """The term that scores the batch's candidates and asks ``loss`` how well they are ranked.

    ``batch.log_q``, where there is one, is subtracted from the scores: a softmax over candidates
    that were drawn unequally then estimates the softmax over all. Bengio & Senecal, Adaptive
    importance sampling, IEEE TNN 2008; Yi et al., Sampling-bias-corrected neural modeling, RecSys
    2019, section 4.
    """

    def term(params: Params, reps, batch: Batch) -> Float[Array, ""]:
        del params  # Scores read representations alone.
        scores = model.score(reps, batch.query, batch.item)
        if batch.log_q is not None:
            scores = scores - jnp.broadcast_to(batch.log_q, scores.shape)
        return loss(scores, batch.label, batch.mask)

    return term


def l2_rows(params: Params, reps, batch: Batch) -> Float[Array, ""]:
    """Half the squared norm of the batch's own rows of ``user`` and ``item``, per query.

    ``(|e_u|^2 + sum_c |e_c|^2) / 2`` averaged over queries, on layer-0 tables as the reference
    code of LightGCN does; on propagated rows its numbers cannot be reproduced. Candidates that the
    batch shares count once a batch, not once a query, so that more of them do not shrink the
    tables more. A table that the model does not have counts for nothing.
    """
    del reps  # On tables, not on what was propagated.
    valid = jnp.any(batch.mask, axis=-1)  # [B]
    squared = jnp.zeros(())
    if "user" in params:
        users = jnp.sum(params["user"][batch.query] ** 2, axis=-1)  # [B]
        squared += jnp.sum(users, where=valid)
    if "item" in params:
        items = jnp.sum(params["item"][batch.item] ** 2, axis=-1)  # [C] or [B, C]
        shared = batch.item.ndim == 1
        squared += jnp.sum(items, where=jnp.any(batch.mask, axis=0) if shared else batch.mask)
    return squared / (2 * jnp.maximum(jnp.sum(valid), 1))


def l2_params(*names: str) -> Term:
    """Builds the term of half the squared norm of the parameters of these names, by default of all.

    ``l2_params("layer_0")`` is weight decay of the first layer alone, as GCN has it.
    """

    def term(params: Params, reps, batch: Batch) -> Float[Array, ""]:
        del reps, batch  # Whatever is asked.
        chosen = {name: params[name] for name in names} if names else params
        squared = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(chosen)]
        return sum(squared, jnp.zeros(())) / 2

    return term
