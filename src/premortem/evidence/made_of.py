"""Results that are kept with a version: of which model and data they were made, and whether these are still this version's.

Scores, verdicts and studies that take long are stored with a digest. What is older is said wherever it is printed; it is not thrown away.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from premortem.evidence import calibrated
from premortem.evidence.reading import data

ROOMS, FOLDERS = ("engine", "evidence", "model", "plan", "theatre"), ("evidence", "parameters", "plans", "theatres")
FILES = ("levers.toml", "observables.toml", "open_fields.toml", "outcomes.toml")
"""Data beside the folders that move what the model says."""
SEAMS = tuple(f"study/{name}.py" for name in ("cases", "declared", "design", "experiment", "recipes", "spec"))
"""What makes a plan, a theatre and draws into what is simulated. That other modules of a study move no number is tested."""


@cache
def model_digest(*also: str) -> str:
    """Return a digest of the modules and data that decide what the model says, and of other files of the package that a result rests on."""
    package, found = Path(__file__).parents[1], hashlib.sha256()
    rooms = ((room, "*.py") for room in ROOMS)
    folders = ((f"data/{folder}", "*") for folder in FOLDERS)
    files = [sorted(path for path in (package / room).rglob(end) if path.is_file()) for room, end in (*rooms, *folders)]
    named = [package / name for name in (*(f"data/{name}" for name in FILES), *SEAMS, *also)]
    for file in (*(path for room in files for path in room), *named):
        found.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Kept:
    """A stored result: the ``file`` below the package's data, what it is ``called``, and files of the package it rests on besides."""

    file: str
    called: str
    also: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What this version would store with it."""
        return model_digest(*self.also)

    @property
    def stored(self) -> str:
        """What is stored with it; empty where nothing is."""
        content: dict[str, Any] = json.loads((data() / self.file).read_bytes())
        return str(content.get("made_of", content).get("model", ""))

    @property
    def older(self) -> bool:
        """Whether it was made by another model or of other data than this version's."""
        return self.stored != self.digest


def _modules(room: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{room}/{name}.py" for name in names)


_FITS = tuple(f"data/posterior/{cut}.json" for cut in calibrated.packaged())
"""Studies follow the fit to the record where it has seen nothing after their start; hindcast and findings stay on the priors."""

_RUNS, _PREDICTIONS = _modules("study", "chunks", "tables"), ("data/hypotheses.toml", "analysis/hypotheses.py")
_FIT = (
    *_modules("calibration", "posterior", "prior_runs", "record", "sbc", "smoother", "targets"),
    "data/record.toml",
)
_AHEAD = _modules("calibration", "ahead", "baselines", "targets")
_HINDCAST = _AHEAD + _modules("calibration", "hindcast", "metrics", "scoreboard")
_FINDINGS = ("dilution", "estimands", "halves", "interventions", "learning", "places", "reading", "run")

HINDCAST, FINDINGS, EXERCISE, DECIDES = KEPT = (
    Kept("hindcast.json", "hindcast", _HINDCAST),
    Kept(
        "validation.json",
        "findings",
        (*_AHEAD, "calibration/smoother.py", *_modules("calibration/findings", *_FINDINGS)),
    ),
    Kept("exercise.json", "predictions", (*_PREDICTIONS, *_modules("analysis", "drawn", "screen"), *_RUNS, *_FITS)),
    Kept(
        "decides.json",
        "what decides",
        (
            *_PREDICTIONS,
            *_modules("analysis", "compare", "decisive", "drawn", "inputs", "screen"),
            *_modules("decisions", "frame", "regression", "voi"),
            *_RUNS,
            *_FITS,
        ),
    ),
)


def fit(cut: str) -> Kept:
    """Return the packaged fit of a cut as a stored result."""
    return Kept(f"posterior/{cut}.json", "fit to the record", _FIT)


def hindcast_fitted() -> Kept:
    """Return the hindcast with a fit at each origin as a stored result; no confidence rests on it."""
    fits = (f"data/{calibrated.PAST}/{cut}.json" for cut in calibrated.packaged(calibrated.PAST))
    return Kept("hindcast_fitted.json", "hindcast with fits", (*dict.fromkeys(_HINDCAST + _FIT), *fits))


@cache
def older() -> tuple[str, ...]:
    """Return what of the stored results was made by another version: of scores, verdicts and studies, not of the fit."""
    return tuple(one.called for one in KEPT if one.older)


def since(*results: Kept) -> str:
    """Return the sentence for pages on results of another version, with a blank line after it; empty if all are this version's."""
    found = [one.called for one in results if one.older]
    if not found:
        return ""
    return f"**Results of another version.** The model or its data has changed since these were run: {', '.join(found)}.\n\n"
