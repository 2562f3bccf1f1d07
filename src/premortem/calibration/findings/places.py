"""Where something is done, where its effect is read and with what it is compared: from words to regions, future by future."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.findings.schema import Finding, NotExpressibleError, Run
from premortem.evidence import outcomes
from premortem.theatre import Theatre

NATION, BORDER, NEIGHBOURS, OTHERS = WORDS = ("nation", "border", "neighbours", "others")
COMPARED = frozenset({"did", "rd"})
"""Contrasts that ask for units of comparison."""
CODE = re.compile(r"\b[A-Z]{2}-[A-Z]{3}\b")

Mask = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Places:
    """Regions [future, region], 1 or 0: where it is ``done``, where it is ``read``, and ``against`` what; None where against nothing."""

    done: Mask
    read: Mask
    against: Mask | None


def known(theatre: Theatre) -> tuple[str, ...]:
    """Return what a place may be called: states of the theatre, and the words for several."""
    return (*dict.fromkeys(region.state for region in theatre.regions), *WORDS)


def named(finding: Finding) -> Run:
    """Return how a finding is run: as it says, or at the states that its intervention names by code."""
    if finding.run is not None:
        return finding.run
    codes = tuple(CODE.findall(getattr(finding.intervention, "regions", "")))
    return Run(places=codes, basis="as the finding names them")


def chosen(finding: Finding, theatre: Theatre, futures: int) -> Places:
    """Return the places of a finding. Without any it is the nation.

    Raises
    ------
    NotExpressibleError : words that mean places around others leave none in some future.
    """
    run = named(finding)
    everywhere = np.ones((futures, len(theatre.regions)))
    done = _of(run.places, theatre, everywhere) if run.places else everywhere
    if run.in_turn:
        done = _in_turn(done[0], theatre, futures)
    _require(done, "places", run.places)
    if not outcomes.load()[finding.outcome].regional:
        return Places(done, np.ones((futures, 1)), None)
    read = _of(run.read, theatre, done) if run.read else done
    _require(read, "read", run.read)
    compared = run.against or ((OTHERS,) if finding.estimand.contrast in COMPARED and (read == 0).any() else ())
    touched = read if (done == 1).all() else np.maximum(done, read)
    if not compared:
        return Places(done, read, None)
    against = _of(compared, theatre, touched)
    _require(against, "against", compared)
    return Places(done, read, against)


def _require(mask: Mask, key: str, words: Sequence[str]) -> None:
    if not mask.any(axis=1).all():
        raise NotExpressibleError(
            f"run.{key}: {', '.join(words)} is no place of the theatre here: nothing lies around the whole"
        )


def _of(words: Sequence[str], theatre: Theatre, around: Mask) -> Mask:
    """Return regions [future, region] of some words; ``around`` is what ``neighbours`` and ``others`` lie around."""
    facing = theatre.facing.sum(0)
    on_the_line = {region.state for region, miles in zip(theatre.regions, facing, strict=True) if miles > 0}
    fixed = [
        NATION in words or region.state in words or (BORDER in words and region.state in on_the_line)
        for region in theatre.regions
    ]
    mask = np.broadcast_to(np.array(fixed, np.float64), around.shape)
    if NEIGHBOURS in words:
        touching = around @ theatre.arrays["adjacency"] @ theatre.arrays["same_state"] > 0
        mask = np.maximum(mask, touching * (1.0 - around))
    if OTHERS in words:
        mask = np.maximum(mask, 1.0 - around)
    return np.asarray(mask)


def _in_turn(regions: Mask, theatre: Theatre, futures: int) -> Mask:
    """Return one of the states of some regions in each future, [future, region]: as often as members of organisations live there."""
    by_state = theatre.by_state()[1]
    members = (theatre.arrays["members"].sum(0) * regions) @ by_state
    if not members.any():
        raise NotExpressibleError("run.in_turn: no members of organisations live in the places")
    up_to = np.cumsum(members) / members.sum()
    return np.asarray(by_state.T[np.searchsorted(up_to, (np.arange(futures) + 0.5) / futures)])
