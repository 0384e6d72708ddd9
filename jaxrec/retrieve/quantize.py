"""Product quantization: vectors as codes of a few bytes, by FAISS (the extra ``ann``).

Jégou, Douze & Schmid, Product quantization for nearest neighbor search, TPAMI 2011,
https://doi.org/10.1109/TPAMI.2010.57
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from jaxrec.base import InputError
from jaxrec.retrieve.ann import TRAINABLE, faiss


class Quantized(NamedTuple):
    """Vectors as codes.

    Attributes:
      code: of every vector, a row of ``book`` for each piece.
      book: 256 vectors for each of the P pieces that a vector is cut into.
    """

    code: UInt8[np.ndarray, "N P"]
    book: Float[np.ndarray, "P 256 w"]

    @property
    def decoded(self) -> Float[np.ndarray, "N d"]:
        """The vectors that the codes stand for."""
        pieces = self.book[np.arange(len(self.book)), self.code]  # [N, P, w]
        return pieces.reshape(len(self.code), -1)

    @property
    def compression(self) -> float:
        """Bytes of the vectors in float32 over bytes of their codes; books are apart."""
        return 4 * self.book.shape[0] * self.book.shape[2] / self.code.shape[1]


def quantize(vectors: Float[np.ndarray, "N d"], n_bytes: int) -> Quantized:
    """Learns books by k-means, piece by piece, and writes each vector by its nearest rows.

    Args:
      n_bytes: pieces, a divisor of the width; ``d / 6`` compresses 24 times.

    Raises:
      InputError: no FAISS, fewer than 9,984 vectors, some not finite, or no divisor.
    """
    package = faiss()
    n, dim = vectors.shape
    if n < TRAINABLE:
        raise InputError(
            f"books are learnt from {TRAINABLE:,} vectors at least and there are {n:,}; "
            "keep these as they are"
        )
    if n_bytes < 1 or dim % n_bytes:
        raise InputError(f"n_bytes is {n_bytes}; give a divisor of the width {dim}")
    if not np.isfinite(vectors).all():
        bad = int(np.sum(~np.isfinite(vectors).all(axis=1)))
        raise InputError(f"{bad} of {n} vectors are not finite; leave them out")
    codec = package.ProductQuantizer(dim, n_bytes, 8)
    rows = np.ascontiguousarray(vectors, np.float32)
    codec.train(rows)
    book = package.vector_to_array(codec.centroids).reshape(n_bytes, 256, dim // n_bytes)
    return Quantized(codec.compute_codes(rows), book)


def distortion(vectors: Float[np.ndarray, "N d"], decoded: Float[np.ndarray, "N d"]) -> float:
    """The share of the vectors' variance that is lost: ``sum |x - y|^2 / sum |x - mean|^2``.

    >>> distortion(np.array([[0.0], [2.0]]), np.array([[0.5], [2.0]]))
    0.125
    """
    lost = np.sum((vectors - decoded) ** 2)
    return float(lost / np.sum((vectors - vectors.mean(axis=0)) ** 2))
