"""What happens by state and time: the paired differences behind the maps, by week where a run keeps weeks, else by quarter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from premortem.evidence.outcomes import load as load_outcomes
from premortem.evidence.outcomes import mapped
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.report.figures.maps import Change, outlined
from premortem.report.material import Material
from premortem.study.reading import SUFFIXES
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.theatre import load as load_theatre

PER = 100_000.0  # residents
AGREE = 0.9  # of futures: where they agree on the sign of a difference


@dataclass(frozen=True)
class Course:
    """An outcome by state over time: plan minus baseline.

    ``values``: [future, state, step], of the futures finished under both; ``states``: their codes; ``weeks``: of a step, 1 or 13;
    ``flow``: whether values add up over time, else they are levels at the end of each step. ``rate``: [state] what a value is multiplied
    by to be read per 100,000 residents; ones where nothing says how many live there.
    """

    values: NDArray[np.float32]
    states: tuple[str, ...]
    weeks: int
    flow: bool
    rate: NDArray[np.float64]

    @property
    def steps(self) -> int:
        """Number of steps in time."""
        return int(self.values.shape[2])

    def medians(self) -> NDArray[np.float64]:
        """Return [step, state]."""
        futures, states, steps = self.values.shape
        columns = np.ascontiguousarray(self.values.reshape(futures, -1).T)  # as rows they sort in a tenth of the time
        found = np.asarray(np.median(columns, axis=1, overwrite_input=True), np.float64)
        medians: NDArray[np.float64] = found.reshape(states, steps).T
        return medians

    def agreed(self) -> NDArray[np.bool]:
        """Return where nine futures in ten agree on the sign, [step, state]."""
        agree: NDArray[np.bool] = np.maximum((self.values > 0).mean(axis=0), (self.values < 0).mean(axis=0)).T >= AGREE
        return agree

    def country(self) -> NDArray[np.float64]:
        """Return all states together, [future, step]."""
        whole: NDArray[np.float64] = self.values.sum(axis=1, dtype=np.float64)
        return whole

    def yearly(self) -> Course:
        """Return the same by year: flows added up, levels at its end."""
        per_year = WEEKS_PER_YEAR // self.weeks
        years = self.steps // per_year
        blocks = self.values[:, :, : years * per_year].reshape(*self.values.shape[:2], years, per_year)
        values = blocks.sum(axis=3) if self.flow else blocks[..., -1]
        return Course(values, self.states, WEEKS_PER_YEAR, self.flow, self.rate)

    def changes(self, divisor: float) -> list[Mapping[str, Change]]:
        """Return what a map says of each state, by step, per 100,000 residents; values are divided to the unit that is shown."""
        medians, agreed = (self.medians() * self.rate / divisor).tolist(), self.agreed().tolist()
        return [
            {state: Change(*pair) for state, *pair in zip(self.states, *row, strict=True)}
            for row in zip(medians, agreed, strict=True)
        ]


class States:
    """Differences by state of one study; what the baseline did is read once for several plans. Threads may share it."""

    def __init__(self, material: Material) -> None:
        self.material = material
        regions = [code.partition("_")[0] for code in material.provenance.regions]
        self.codes = tuple(dict.fromkeys(regions))
        self._belongs = np.array([[region == state for region in regions] for state in self.codes], np.float32)
        self._baseline: tuple[str, NDArray[np.float32]] | None = None
        self._reading = Lock()

    def outcomes(self) -> list[str]:
        """Return the mapped outcomes that the study keeps by region; none in a theatre of which there are no outlines to draw."""
        if not outlined(self.codes):
            return []
        return [id_ for id_ in mapped() if self._kept(id_, by_week=False) or self._kept(id_, by_week=True)]

    def course(self, plan: str, outcome: str, *, by_week: bool = True) -> Course | None:
        """Return an outcome under a plan, None where nothing is finished.

        Parameters
        ----------
        by_week : by week where the study keeps weeks; else, and else always, by quarter.

        Raises
        ------
        RunError : what the study keeps is damaged.
        """
        by_week = self._kept(outcome, by_week=True) and (by_week or not self._kept(outcome, by_week=False))
        name = _name(outcome, by_week=by_week)
        difference = self._read(name, plan)
        difference -= self._before(name)  # in place: memory for one array more takes longer than the arithmetic
        if not by_week:
            difference = difference.swapaxes(1, 2)
        fine = np.isfinite(difference).all(axis=(1, 2))
        if not fine.any():
            return None
        weeks = 1 if by_week else WEEKS_PER_QUARTER
        values = self._belongs @ (difference if fine.all() else difference[fine])
        return Course(values, self.codes, weeks, load_outcomes()[outcome].flow, self._rate)

    @cached_property
    def per_resident(self) -> bool:
        """Whether the theatre says how many live in each state, so that maps are per 100,000 residents."""
        return self.material.provenance.recipe.theatre is not None

    @cached_property
    def _rate(self) -> NDArray[np.float64]:
        theatre = self.material.provenance.recipe.theatre
        if theatre is None:
            return np.ones(len(self.codes))
        people = load_theatre(theatre.name, theatre.start, theatre.depth_miles).arrays["population"]
        return np.asarray(PER / (self._belongs @ people), np.float64)

    def _before(self, name: str) -> NDArray[np.float32]:
        if len(self.material.comparisons) == 1:  # nobody will ask again
            return self._read(name, self.material.baseline.id)
        with self._reading:
            if self._baseline is None or self._baseline[0] != name:
                self._baseline = name, self._read(name, self.material.baseline.id)
            return self._baseline[1]

    def _kept(self, outcome: str, *, by_week: bool) -> bool:
        courses = self.material.courses
        return courses is not None and _name(outcome, by_week=by_week) in courses

    def _read(self, name: str, plan: str) -> NDArray[np.float32]:
        found = self.material.course(name, plan)
        assert found is not None  # those that ask know that it is kept
        return found


def _name(outcome: str, *, by_week: bool) -> str:
    return outcome + SUFFIXES["mapped" if by_week else "regional"]
