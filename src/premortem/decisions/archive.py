"""An archive of the best of many tries, by epsilon-dominance: no two so alike that their difference matters to nobody.

Laumanns, Thiele, Deb and Zitzler 2002 (doi:10.1162/106365602760234108): a try is kept if no other lies in a better box, and each box of the
width that matters keeps one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def dominates(first: Floats, second: Floats) -> NDArray[np.bool_]:
    """Return whether the first is nowhere worse than the second and somewhere better; ``[..., objective]``, less is better."""
    return np.asarray((first <= second).all(axis=-1) & (first < second).any(axis=-1))


def archived(scores: Floats, candidates: Iterable[int] | None = None, epsilon: float = 1.0) -> Indices:
    """Return which tries an archive holds when all have come by in their order, in that order.

    Parameters
    ----------
    scores : ``[try, objective]``, less is better, in units of what matters (``epsilon`` of them is the width of a box).
    candidates : those that may be kept; all by default.

    Examples
    --------
    >>> archived(np.array([[2.0, 2.0], [0.0, 5.0], [1.5, 2.5], [9.0, 9.0]])).tolist()
    [1, 2]
    """
    kept: list[int] = []
    boxes = np.floor(scores / epsilon)
    for new in range(len(scores)) if candidates is None else candidates:
        if kept:
            held = boxes[kept]
            if dominates(held, boxes[new]).any():
                continue
            same = (held == boxes[new]).all(axis=-1)
            if same.any():
                old = kept[int(np.argmax(same))]
                if not _better_in_box(scores[new], scores[old], boxes[new] * epsilon):
                    continue
            gone = dominates(boxes[new], held) | same
            kept = [one for one, out in zip(kept, gone, strict=True) if not out]
        kept.append(int(new))
    return np.array(sorted(kept), np.int64)


def _better_in_box(new: Floats, old: Floats, corner: Floats) -> bool:
    """Return whether a try takes the place of one in the same box: it dominates it, or neither does and it is nearer to the best corner."""
    if dominates(new, old) or dominates(old, new):
        return bool(dominates(new, old))
    return float(((new - corner) ** 2).sum()) < float(((old - corner) ** 2).sum())
