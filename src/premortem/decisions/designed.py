"""Sensitivity from designs that a study was run by: Sobol' indices and elementary effects through SALib, knowledge and luck from twins.

Sobol' 2001 (doi:10.1016/S0378-4754(00)00270-6) and Saltelli 2002 (doi:10.1016/S0010-4655(02)00280-1); Morris 1991
(doi:10.1080/00401706.1991.10484804). Rows that are compared share their luck. Blocks with a failed run are left out whole.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.decisions.given_data import Effect
from premortem.decisions.result import require_futures
from premortem.decisions.saying import Z90
from premortem.errors import InputError, Problem
from premortem.study.design import MORRIS_LEVELS, MORRIS_RANGE, Design

FEWEST_BLOCKS = {"saltelli": 64, "morris": 10, "twins": 100}
"""Base samples, paths or pairs: with fewer the intervals cover everything."""
CONFIDENCE = 0.9

Floats = NDArray[np.float64]


def whole_blocks(design: Design, futures: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the futures that are there belong to a block of which all are there."""
    block = futures // design.block
    size = np.bincount(block, minlength=design.base)
    return np.asarray(size[block] == design.block)


def sobol(design: Design, target: Floats) -> dict[str, dict[str, Effect]]:
    """Return first-order and total effects of all that a Saltelli design compares, with 90 % intervals over resamples.

    Parameters
    ----------
    target : ``[row]``, of whole blocks.

    Raises
    ------
    InputError : too few base samples, or SALib is not installed.
    """
    _require(design, target)
    names = design.compared
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found = _salib("sobol").analyze(
        problem, target, calc_second_order=not design.groups, conf_level=CONFIDENCE, seed=design.seed
    )
    return {
        name: {
            "first": _around(found["S1"][i], found["S1_conf"][i]),
            "total": _around(found["ST"][i], found["ST_conf"][i]),
        }
        for i, name in enumerate(names)
    }


def morris(design: Design, rows: NDArray[np.int64], target: Floats) -> dict[str, dict[str, Any]]:
    """Return the average size and the spread of elementary effects of every uncertainty of a Morris design.

    Parameters
    ----------
    rows : numbers of the rows, of whole blocks.
    target : ``[row]``.

    Raises
    ------
    InputError : too few paths, or SALib is not installed.
    """
    _require(design, target)
    low, high = MORRIS_RANGE
    uniforms = design.uniforms(rows)
    table = np.stack([uniforms[name] for name in design.names], axis=1)
    problem = {"num_vars": len(design.names), "names": list(design.names), "bounds": [[low, high]] * len(design.names)}
    found = _salib("morris").analyze(
        problem, table, target, conf_level=CONFIDENCE, num_levels=MORRIS_LEVELS, seed=design.seed
    )
    return {
        name: {
            "size": _around(found["mu_star"][i], found["mu_star_conf"][i]),
            "average": float(found["mu"][i]),
            "spread": float(found["sigma"][i]),
        }
        for i, name in enumerate(map(str, found["names"]))
    }


def knowledge(design: Design, target: Floats) -> Effect:
    """Return the share of variance that knowledge of all numbers that a twin design spreads would take away; the rest is luck.

    The correlation within pairs (Fisher 1925), with the 90 % interval of Fisher's transformation.

    Raises
    ------
    InputError : too few pairs.
    """
    _require(design, target)
    first, second = target[::2], target[1::2]
    middle, spread = target.mean(), target.var()
    share = float(((first - middle) * (second - middle)).mean() / spread) if spread > 0 else 0.0
    bounded = float(np.clip(share, -0.999999, 0.999999))
    half = Z90 / np.sqrt(len(first) - 1.5)
    return Effect(share, float(np.tanh(np.arctanh(bounded) - half)), float(np.tanh(np.arctanh(bounded) + half)))


def pawn(inputs: dict[str, Floats], target: Floats, seed: int = 1) -> dict[str, float]:
    """Return the median PAWN index of each input (Pianosi and Wagener 2018, doi:10.1016/j.envsoft.2018.07.019).

    Raises
    ------
    InputError : SALib is not installed.
    """
    problem, table = _given(inputs)
    found = _salib("pawn").analyze(problem, table, target, S=10, seed=seed)
    return {name: float(found["median"][i]) for i, name in enumerate(inputs)}


def _given(inputs: dict[str, Floats]) -> tuple[dict[str, Any], Floats]:
    table = np.stack(list(inputs.values()), axis=1)
    bounds = [[float(values.min()), float(values.max())] for values in inputs.values()]
    return {"num_vars": len(inputs), "names": list(inputs), "bounds": bounds}, table


def _around(value: float, half: float) -> Effect:
    return Effect(float(value), float(value - half), float(value + half))


def _require(design: Design, target: Floats) -> None:
    blocks, fewest = len(target) // design.block, FEWEST_BLOCKS[design.kind]
    if blocks < fewest:
        require_futures(
            "sensitivity",
            len(target),
            fewest * design.block,
            f"{blocks} whole blocks of the {design.kind} design; {fewest} are the least",
        )


def _salib(method: str) -> Any:
    try:
        return import_module(f"SALib.analyze.{method}")
    except ImportError:
        raise InputError(
            Problem("missing_library", "sensitivity needs SALib; install it with: pip install 'premortem[sensitivity]'")
        ) from None
