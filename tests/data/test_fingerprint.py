from dataclasses import replace

import numpy as np
import pytest

from jaxrec.data import block_model, fingerprint

MET = block_model(20, 30, 2, p_in=0.5, p_out=0.1)
RATED = replace(
    MET, rating=np.arange(len(MET), dtype=np.float32), time=np.arange(len(MET), dtype=np.int64)
)


@pytest.mark.parametrize("met", [MET, RATED])
def test_order_does_not_matter(met):
    order = np.random.default_rng(0).permutation(len(met))
    assert fingerprint(met.take(order)) == fingerprint(met)


def test_any_change_matters():
    swapped = RATED.time.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    others = [
        MET,
        replace(MET, n_items=31),
        MET.take(np.arange(1, len(MET))),
        MET.take(np.r_[0, np.arange(len(MET))]),
        replace(MET, item=np.roll(MET.item, 1)),
        replace(MET, time=RATED.time),
        replace(MET, rating=RATED.rating),
        RATED,
        replace(RATED, time=swapped),
        replace(RATED, rating=-RATED.rating),
    ]
    assert len({fingerprint(met)["sha256"] for met in others}) == len(others)


def test_it_states_the_sizes():
    named = fingerprint(MET)
    assert (named["users"], named["items"], named["interactions"]) == (20, 30, len(MET))
    assert len(named["sha256"]) == 16 and int(named["sha256"], 16) >= 0


def test_zero_has_no_sign():
    zero = np.zeros(len(MET), np.float32)
    assert fingerprint(replace(MET, rating=zero)) == fingerprint(replace(MET, rating=-zero))
