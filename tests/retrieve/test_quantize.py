"""Codes against a search by hand, and what they lose."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.retrieve import distortion, quantize

pytest.importorskip("faiss")
RNG = np.random.default_rng(0)
N, DIM = 10_000, 12
CENTRES = RNG.standard_normal((40, DIM))
ROWS = (CENTRES[RNG.integers(0, 40, N)] + 0.1 * RNG.standard_normal((N, DIM))).astype(np.float32)


@pytest.fixture(scope="module")
def codes():
    return quantize(ROWS, 2)  # 48 bytes to 2.


def test_every_piece_is_written_by_its_nearest_row(codes):
    for piece in range(2):
        rows = ROWS[:200, 6 * piece : 6 * (piece + 1)]
        far = np.sum((rows[:, None] - codes.book[piece]) ** 2, axis=2)  # [200, 256]
        own = far[np.arange(200), codes.code[:200, piece]]
        np.testing.assert_allclose(own, far.min(axis=1), rtol=1e-4, atol=1e-5)


def test_decoding_reads_the_books(codes):
    row = np.concatenate([codes.book[piece, codes.code[7, piece]] for piece in range(2)])
    np.testing.assert_array_equal(codes.decoded[7], row)
    assert codes.decoded.shape == ROWS.shape and codes.compression == 24


@pytest.mark.integration
def test_more_bytes_lose_less_and_codes_keep_clusters(codes):
    rough, fine = distortion(ROWS, codes.decoded), distortion(ROWS, quantize(ROWS, 6).decoded)
    noise = 0.01 * DIM / np.mean(np.sum((ROWS - ROWS.mean(axis=0)) ** 2, axis=1))
    assert fine < rough < 1.5 * noise  # Centers are kept, part of the noise is not.


def test_nothing_lost_is_zero_and_the_mean_alone_one():
    assert distortion(ROWS, ROWS) == 0
    mean = np.broadcast_to(ROWS.mean(axis=0), ROWS.shape)
    assert distortion(ROWS, mean) == pytest.approx(1)


def test_what_cannot_be_quantized_is_refused():
    with pytest.raises(InputError, match="9,984 vectors at least and there are 50"):
        quantize(ROWS[:50], 2)
    with pytest.raises(InputError, match="n_bytes is 5; give a divisor of the width 12"):
        quantize(ROWS, 5)
    broken = ROWS.copy()
    broken[3, 1] = np.inf
    with pytest.raises(InputError, match="1 of 10000 vectors are not finite"):
        quantize(broken, 2)
