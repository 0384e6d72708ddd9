"""Sizes of arrays whose length depends on the data: few of them, so that few programs compile."""


def rounded_up(n: int, significant_bits: int, least: int) -> int:
    """Rounds ``n`` up to a number with ``significant_bits`` leading bits and zeros after them.

    One bit gives powers of two; three bits add at most a quarter of ``n``.

    Args:
      least: returned for every smaller number.

    >>> [rounded_up(n, significant_bits=3, least=8) for n in (0, 8, 9, 16, 17, 1000)]
    [8, 8, 10, 16, 20, 1024]
    """
    step = 1 << max(n.bit_length() - significant_bits, 0)
    return max(-(-n // step) * step, least)
