"""Sizes of arrays whose length depends on the data: few of them, so that few programs compile."""


def rounded_up(n: int, n_digits: int, least: int) -> int:
    """The next number that is ``n_digits`` binary digits and zeros behind.

    With one digit it is a power of two; with three it is at most a quarter more than ``n``.

    Args:
      least: what is returned for all that is smaller.

    >>> [rounded_up(n, n_digits=3, least=8) for n in (0, 8, 9, 16, 17, 1000)]
    [8, 8, 10, 16, 20, 1024]
    """
    step = 1 << max(n.bit_length() - n_digits, 0)
    return max(-(-n // step) * step, least)
