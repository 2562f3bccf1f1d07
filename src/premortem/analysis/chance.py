"""What chance explains among many inputs tried, and the range of what one input accounts for: the same in every face of a result."""

from __future__ import annotations

import math
from collections.abc import Collection

from premortem.analysis.screen import Screen, beyond_chance

Z90 = 1.6448536269514722
"""Of a normal law: standard deviations to either side that hold nine in ten."""
RANKS = 1.06
"""Variance of a transformed rank correlation, times the futures less three."""
FEWEST = 4  # futures from which on there is such a variance


def among_all(screens: Collection[Screen]) -> float:
    """Return how large a rank correlation chance explains among all inputs tried on all outcomes together."""
    return max((beyond_chance(sum(one.tried for one in screens), each.futures) for each in screens), default=1.0)


def share_range(correlation: float, futures: int) -> tuple[float, float]:
    """Return the interval of 90 % of a squared rank correlation over so many futures.

    By Fisher's transformation, with the variance of rank correlations by Fieller, Hartley and Pearson (Biometrika 44, 1957).

    >>> [round(end, 2) for end in share_range(0.5, 403)]
    [0.19, 0.31]
    """
    if futures < FEWEST:
        return 0.0, 1.0
    if abs(correlation) >= 1:
        return 1.0, 1.0
    middle, width = math.atanh(correlation), Z90 * math.sqrt(RANKS / (futures + 1 - FEWEST))
    ends = math.tanh(middle - width), math.tanh(middle + width)
    low, high = sorted(end**2 for end in ends)
    return (0.0 if ends[0] < 0 < ends[1] else low), high
