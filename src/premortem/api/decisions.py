"""Decisions: what a study means for who has to choose, method by method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from premortem.errors import InputError, Problem
from premortem.study.cases import READINGS, Reading

if TYPE_CHECKING:
    from premortem.api.studies import Study
    from premortem.decisions.frame import Frame
    from premortem.decisions.result import Result


@dataclass(frozen=True)
class Decisions:
    """One plan of a study against its baseline, or all of them, for a decision. `Study.decisions` makes it.

    Every method returns a `Result`: ``method``, ``inputs``, ``result``, ``uncertainty``, ``warnings`` (``.as_json()``), and the same in
    ``words`` and ``tables``. docs/deciding.md says what each asks and how to read it.

    Attributes
    ----------
    study : the study.
    plan : id of the plan that is judged.
    baseline : id of the plan that it is compared with.
    readings : under which it is read.
    """

    study: Study
    plan: str
    baseline: str
    readings: tuple[Reading, ...]

    def robustness(
        self,
        outcomes: Sequence[str] = (),
        *,
        thresholds: Mapping[str, float] | None = None,
        weights: Mapping[str, float] | str | Path | None = None,
    ) -> Result:
        """Judge every plan of the study by ten metrics of robustness: docs/deciding.md.

        Parameters
        ----------
        outcomes : ids; the headline outcomes with a better direction by default.
        thresholds : outcome -> level from which on a future is good enough; the baseline's average by default.
        weights : outcome -> weight, or a file of them; none by default: no outcome is added to another.

        Raises
        ------
        InputError : fewer than 40 futures or two plans, an unknown outcome, or a wrong file of weights.
        """
        from premortem.decisions.result import together
        from premortem.decisions.robustness import read_weights, robustness

        given = read_weights(weights) if isinstance(weights, str | Path) else weights
        frames = self._frames(outcomes, every_plan=True)
        return together(
            {name: robustness(frame, thresholds=thresholds, weights=given) for name, frame in frames.items()}
        )

    def conditions(self, outcome: str, *, where: str = "") -> Result:
        """Split the difference of an outcome by what decides it most, or by a condition.

        Parameters
        ----------
        outcome : id.
        where : a condition in the language of plans, over what was drawn and over outcomes under the plan; else a tree is learnt.

        Raises
        ------
        InputError : fewer than 100 futures (10 on either side of a condition), no draws, or an unknown outcome or condition.
        """
        from premortem.decisions import conditions
        from premortem.decisions import where as futures_where

        frames = self._frames([outcome])
        if not where:
            return conditions.conditions(frames, self.plan, outcome)
        kept = self.study.store.provenance.outcomes
        condition = futures_where.parse(where, next(iter(frames.values())), kept)
        named = dict.fromkeys([outcome, *futures_where.outcomes_of(condition)])
        return conditions.conditional(self._frames(list(named)), self.plan, outcome, condition)

    def _frames(self, outcomes: Sequence[str], *, every_plan: bool = False) -> dict[Reading, Frame]:
        from premortem.decisions import frame

        plans = () if every_plan else (self.plan,)
        return {
            reading: frame.read(
                self.study.store, outcomes=outcomes, plans=plans, against=self.baseline, reading=reading
            )
            for reading in self.readings
        }


def decisions(study: Study, plan: str = "", against: str = "", readings: Sequence[str] = ()) -> Decisions:
    """Return the decisions of a study: `Study.decisions`."""
    against = study.named(against) if against else study.baseline
    judged = study.named(plan) if plan else next((name for name in study.plans if name != against), against)
    unknown = [name for name in readings if name not in READINGS]
    if unknown:
        raise InputError(Problem("reading", "no such reading", found=", ".join(unknown), allowed=", ".join(READINGS)))
    there: tuple[Reading, ...] = READINGS if study.store.provenance.stoppable else READINGS[:1]
    chosen = tuple(name for name in there if not readings or name in readings)
    return Decisions(study, judged, against, chosen or there)
