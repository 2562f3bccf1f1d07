"""What a fit to the record leaves of the priors: a map of the scores of a few parameters, all others as they are.

A score is the standard normal number behind a draw. The map is ``mean + root @ score`` with a symmetric root, the one that moves scores
least, so that a future keeps its place among futures: with and without a fit the same futures are compared, and what the record says
nothing about keeps its bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from premortem import text
from premortem.errors import InputError, Problem, Where
from premortem.evidence.parameters import Parameter
from premortem.evidence.reading import Entry, data

SIZE_LIMIT = 5_000_000  # bytes
FOLDER = "posterior"
PAST = "hindcast_fits"
"""Folder of the fits, one a cut, that the stored hindcast with fits follows (`scripts/hindcast_fitted.py`); nothing else does."""
NONE, DEFAULT = "none", "default"
EDGE = 2.0**-53
INFORMED = 0.95
"""Of a score's standard deviation after the fit: what lies below is informed, not only touched."""

Floats = NDArray[np.float64]


Score = Annotated[float, Field(ge=-100, le=100)]
"""A standard normal number, or what one is multiplied by: beyond a hundred, scores would not be finite."""


class Touched(Entry):
    """One number that the record informs: a parameter, or one entry of a vector (``index`` in its flattened axes).

    ``prior`` and ``posterior`` are mean and standard deviation in its ``unit``; ``score`` those of its score, 0 and 1 before the fit.
    ``informed_by`` [datum] -> correlation over the prior's futures, the strongest first.
    """

    parameter: str
    index: int = Field(default=0, ge=0)
    name: str
    unit: str
    prior: tuple[float, float]
    posterior: tuple[float, float]
    score: tuple[float, float]
    informed_by: dict[str, float]


class Ranks(Entry):
    """Simulation-based calibration: where truths drawn from the prior lie in their posteriors (premortem.calibration.sbc).

    ``truths`` futures taken as the truth, ``ranks`` how many elements of them were looked up, ``in50`` and ``in90`` shares inside the
    central ranges, ``histogram`` shares in ten bins of rank.
    """

    truths: int
    ranks: int
    in50: float
    in90: float
    histogram: tuple[float, ...]

    @property
    def passed(self) -> bool:
        """Whether both shares lie where docs/calibration.md asks for them."""
        return 0.45 <= self.in50 <= 0.55 and 0.87 <= self.in90 <= 0.93


class Posterior(Entry):
    """A fit to what was known on the first day of a month.

    ``cut`` that month, ``start`` and ``years`` of the prior's futures, ``members`` their number. ``made_of``: digests of evidence, theatre
    and code. ``priors``: digest of the priors of what is touched; the map is of no use for others. ``mean`` [touched] and ``root``
    [touched, touched] of the scores. ``by_chance``: ties that independent numbers would show. ``heat``: parameter -> its median before the
    fit and the estimate from all months before the cut, for comparison.
    """

    cut: str
    start: str
    years: int
    members: int
    made_of: dict[str, str]
    priors: str
    touched: tuple[Touched, ...]
    mean: tuple[Score, ...]
    root: tuple[tuple[Score, ...], ...]
    by_chance: float
    sbc: dict[Literal["inputs", "informed", "record"], Ranks]
    heat: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _square(self) -> Self:
        if any(len(row) != len(self.touched) for row in (self.mean, self.root, *self.root)):
            raise ValueError("mean and root have a number for each that is touched")
        return self

    @property
    def parameters(self) -> tuple[str, ...]:
        """Ids of the parameters that are touched, whole or in part."""
        return tuple(dict.fromkeys(one.parameter for one in self.touched))

    @property
    def informed(self) -> frozenset[str]:
        """Ids of the parameters of which the record says something: a score's standard deviation falls below `INFORMED`."""
        return frozenset(one.parameter for one in self.touched if one.score[1] < INFORMED)

    @property
    def digest(self) -> str:
        """A hash of all that it holds."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def applied(self, uniforms: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the numbers in (0, 1) behind draws, [future, ...] by parameter, with those of what is touched moved."""
        from scipy.special import ndtr, ndtri

        moved = {ident: uniforms[ident].copy() for ident in self.parameters}
        flat = {ident: values.reshape(len(values), -1) for ident, values in moved.items()}
        for one in self.touched:
            if one.index >= flat[one.parameter].shape[1]:
                allowed = f"0 to {flat[one.parameter].shape[1] - 1}"
                raise InputError(
                    Problem("posterior", f"no such entry of {one.parameter}", found=str(one.index), allowed=allowed)
                )
        scores = np.column_stack([ndtri(flat[one.parameter][:, one.index]) for one in self.touched])
        after = np.clip(ndtr(scores @ np.array(self.root) + np.array(self.mean)), EDGE, 1.0 - EDGE)
        for column, one in enumerate(self.touched):
            flat[one.parameter][:, one.index] = after[:, column]
        return {**uniforms, **moved}

    def of_the_same_priors(self, known: Mapping[str, Parameter]) -> bool:
        """Return whether the priors of what is touched are those that were fitted."""
        return self.priors == digest_of(known, self.parameters)

    def require_same_priors(self, known: Mapping[str, Parameter]) -> None:
        """Check that the priors of what is touched are those that were fitted.

        Raises
        ------
        InputError
            They have changed since: the record has to be fitted anew.
        """
        if not self.of_the_same_priors(known):
            raise InputError(
                Problem(
                    "posterior",
                    f"the fit to {self.cut} was made of other priors than this version has; fit again: "
                    f"premortem calibrate fit --cut {self.cut}",
                )
            )


def digest_of(known: Mapping[str, Parameter], ids: Iterable[str]) -> str:
    """Return a hash of the priors of some parameters; one that is gone has none."""
    found = [
        (ident, known[ident].prior, known[ident].stream) if ident in known else (ident,) for ident in sorted(set(ids))
    ]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def packaged(folder: str = FOLDER) -> tuple[str, ...]:
    """Return the cuts of the packaged fits in a folder of the data, the newest last."""
    names = (item.name for item in (data() / folder).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def find(name: str) -> Posterior | None:
    """Return a fit: the newest packaged one (``default``), the packaged one of a cut, one in a file; nothing for ``none``.

    Raises
    ------
    InputError
        There is no such fit, or the file is not one.
    """
    if name in {NONE, ""}:
        return None
    known = packaged()
    if name == DEFAULT and known:
        return read(data() / FOLDER / f"{known[-1]}.json")
    if name in known:
        return read(data() / FOLDER / f"{name}.json")
    if not text.is_file(name):
        allowed = ", ".join([NONE, DEFAULT, *known, "a file of `premortem calibrate fit`"])
        raise InputError(Problem("posterior", "no such fit to the record", found=name, allowed=allowed))
    return read(Path(name))


def read(file: Path | Traversable) -> Posterior:
    """Read a fit from a file.

    Raises
    ------
    InputError
        It is not one.
    """
    return _read(text.read_bytes(file, SIZE_LIMIT) if isinstance(file, Path) else file.read_bytes(), str(file))


@cache
def _read(content: bytes, name: str) -> Posterior:
    try:
        return Posterior.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise InputError(
            Problem("posterior", f"not a fit to the record: {first['msg'].lower()}", Where(name, key=key))
        ) from None
