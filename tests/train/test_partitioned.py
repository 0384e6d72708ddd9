"""Training bucket by bucket against training on the whole."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.evaluate import measure_facts
from jaxrec.losses import softmax
from jaxrec.models import norms, twhin
from jaxrec.sampling import bucket, shared_entities, split_facts
from jaxrec.train import epoch, objective, on_host, partitioned, rank, row_adagrad, step

E, R, DIM, B = 60, 2, 8, 16


def circle(n_entities: int) -> Triples:
    """Everyone's neighbor on a circle, and the next but one."""
    head = np.tile(np.arange(n_entities), 2).astype(np.int32)
    relation = np.repeat(np.arange(2), n_entities).astype(np.int32)
    return Triples(head, relation, (head + 1 + relation) % n_entities, n_entities, 2)


FACTS = circle(E)
MODEL = twhin(E, R, DIM, reciprocal=True)
TERMS = {"rank": (1.0, rank(MODEL, softmax)), "l2": (1e-3, norms(2.0))}
STEP = step(objective(MODEL, **TERMS), row_adagrad(0.5))
SAMPLE = partial(shared_entities, n_relations=R, batch_size=B, n=8)


def first_state(key):
    return STEP.init(MODEL.init(key), jax.random.fold_in(key, 0))  # Of its own: runs consume it.


def test_one_partition_is_training_on_the_whole_to_the_last_bit(key):
    n_steps = -(-len(FACTS) // B)
    facts = jax.tree.map(jnp.asarray, bucket(FACTS))
    whole = epoch(STEP, SAMPLE, n_steps)
    run = partitioned(STEP, SAMPLE, split_facts(FACTS, 1), B)
    expected, state = first_state(key), on_host(first_state(key))
    for _ in range(3):
        expected, means = whole(expected, None, facts)
        state, metrics = run(state)
        np.testing.assert_allclose(metrics["loss"], means["loss"], rtol=1e-6)
    for name in ("entity", "relation"):
        np.testing.assert_array_equal(state.params[name], expected.params[name])
    total = state.opt_state[0].total, expected.opt_state[0].total
    jax.tree.map(np.testing.assert_array_equal, *total)
    assert state.step == expected.step == 3 * n_steps


@pytest.mark.parametrize("n", [1, 3, 20])
def test_an_epoch_has_as_many_steps_however_facts_are_split(n, key):
    run = partitioned(STEP, SAMPLE, split_facts(FACTS, n), B)
    state = on_host(first_state(key))
    for n_epochs in range(1, 4):
        state, _ = run(state)
        assert state.step == n_epochs * -(-len(FACTS) // B)


@pytest.mark.parametrize("n", [2, 4])
def test_a_step_in_a_bucket_is_the_step_on_the_whole_with_the_same_facts(n, key):
    part = split_facts(FACTS, n)[1]
    batch = SAMPLE(key, jax.tree.map(jnp.asarray, part.bucket))
    rows = jnp.asarray(part.rows)
    entity, relation = batch.query
    named = batch._replace(query=(rows[entity], relation), item=rows[batch.item])
    whole = first_state(key)
    take = lambda path, leaf: leaf[rows] if jax.tree_util.DictKey("entity") in path else leaf
    local = jax.tree_util.tree_map_with_path(take, whole)
    update = jax.jit(STEP.update)
    expected, _ = update(whole, None, named)
    found, _ = update(local, None, batch)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
    close(found.params["relation"], expected.params["relation"])
    close(found.params["entity"], expected.params["entity"][rows])
    rest = np.setdiff1d(np.arange(E), part.rows)
    np.testing.assert_array_equal(expected.params["entity"][rest], whole.params["entity"][rest])


@pytest.mark.parametrize("n", [4, 16])
def test_the_device_holds_two_partitions_of_the_table_at_a_time(n, key):
    state, seen = on_host(first_state(key)), []
    held = lambda local: seen.append(len(local.params["entity"]))
    partitioned(STEP, SAMPLE, split_facts(FACTS, n), B, on_bucket=held)(state)
    assert len(seen) <= n * n and max(seen) <= 2 * -(-E // n)


def test_a_table_ten_times_the_memory_cap_trains(key):
    facts = circle(2_000)
    model = twhin(2_000, R, 64, init_scale=0.5)
    pieces = step(objective(model, rank=(1.0, rank(model, softmax))), row_adagrad(0.5))
    state = on_host(pieces.init(model.init(key), jax.random.fold_in(key, 0)))
    table = state.params["entity"].nbytes
    most = []

    def on_bucket(local):
        del local
        most.append(sum(array.nbytes for array in jax.live_arrays() if array.ndim == 2))

    before = sum(array.nbytes for array in jax.live_arrays() if array.ndim == 2)
    run = partitioned(pieces, SAMPLE, split_facts(facts, 20), B, on_bucket)
    losses = []
    for _ in range(2):
        state, metrics = run(state)
        losses.append(float(metrics["loss"]))
    assert losses[1] < losses[0]
    assert max(most) - before <= table / 10 + 2**16  # Two of 20 partitions, and small change.


@pytest.mark.parametrize("n", [1, 4])
def test_who_is_near_on_a_circle_is_learnt_with_any_number_of_partitions(n, key):
    run = partitioned(STEP, SAMPLE, split_facts(FACTS, n), B)
    state = on_host(first_state(key))
    for _ in range(100):
        state, _ = run(state)
    params = jax.tree.map(jnp.asarray, state.params)
    found = measure_facts(MODEL, MODEL.encode(params, None), FACTS)
    # Its product tells near from far, but neither forth from back nor one place from two.
    assert found["both"]["hits@10"] > 0.9  # By chance 10 of 59.


def test_partitions_dealt_anew_go_by_the_state_alone(key):
    dealt = []

    def deal(rng):
        dealt.append(split_facts(FACTS, 3, rng=rng))
        return dealt[-1]

    run = partitioned(STEP, SAMPLE, deal, B)
    ends = []
    for _ in range(2):
        state = on_host(first_state(key))
        for _ in range(2):
            state, _ = run(state)
        ends.append(state.params)
    jax.tree.map(np.testing.assert_array_equal, *ends)
    first, second, again, _ = (sorted(deal[0].rows.tolist()) for deal in dealt)
    assert first == again != second


def test_a_state_on_the_device_is_refused_before_any_step(key):
    seen = []
    run = partitioned(STEP, SAMPLE, split_facts(FACTS, 2), B, on_bucket=seen.append)
    state = first_state(key)
    with pytest.raises(InputError, match=r"state.params\['entity'\] .*; give train.on_host"):
        run(state)
    fixed = on_host(state)
    fixed.opt_state[0].total["entity"].flags.writeable = False
    with pytest.raises(InputError, match=r"state.opt_state\[0\].total\['entity'\] is no NumPy"):
        run(fixed)
    assert not seen
    run(on_host(state))
    assert seen


def test_batches_of_nothing_are_refused():
    with pytest.raises(InputError, match="batch_size is 0; give 1 or more"):
        partitioned(STEP, SAMPLE, split_facts(FACTS, 2), batch_size=0)
