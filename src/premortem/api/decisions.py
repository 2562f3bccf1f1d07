"""Decisions: what a study means for who has to choose, method by method."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from premortem.api.arguments import Progress, checked
from premortem.decisions.result import Result
from premortem.errors import InputError, Problem
from premortem.study.cases import READINGS, Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from premortem.api.studies import Study
    from premortem.decisions.frame import Frame
    from premortem.report.pictures import Figure

    Floats = NDArray[np.float64]


@checked
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
        weights : outcome -> what one unit of it is worth, or a file of them (docs/studies.md); none by default: outcomes stay apart.

        Raises
        ------
        InputError : fewer than 40 futures or two plans, an unknown outcome, a threshold that is no finite number, or a wrong file
            of weights.
        """
        from premortem.decisions.result import require_level, together
        from premortem.decisions.robustness import robustness

        for id_, level in (thresholds or {}).items():
            require_level(level, id_)
        given = _weights(weights, self.study.store.provenance.outcomes) if weights is not None else None
        frames = self._frames(outcomes or list(given or ()), every_plan=True)
        return together(
            {name: robustness(frame, thresholds=thresholds, weights=given) for name, frame in frames.items()}
        )

    def conditions(self, outcome: str, *, where: str | None = None) -> Result:
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
        if where is None:
            return conditions.conditions(frames, self.plan, outcome)
        kept = self.study.store.provenance.outcomes
        condition = futures_where.parse(where, next(iter(frames.values())), kept)
        named = dict.fromkeys([outcome, *futures_where.outcomes_of(condition)])
        return conditions.conditional(self._frames(list(named)), self.plan, outcome, condition)

    def discover(self, outcome: str = "", *, when: str | None = None) -> Result:
        """Find in which futures something happens: boxes of what was drawn, tried on futures that they were not learnt from.

        Parameters
        ----------
        outcome : the cases are the futures in which the plan is worse on it than the baseline by a difference that matters; without it
            and without ``when``, the first harm that the study keeps (`premortem.decisions.discover.harm_of`).
        when : any other condition over outcomes, as ``difference.us_killed > 100``, in place of ``outcome``.

        Raises
        ------
        InputError : both are given, or neither and the study keeps no harm, fewer than 150 futures, or fewer than 30 futures
            of either kind under every reading.
        """
        from premortem.decisions import where as futures_where
        from premortem.decisions.discover import by_default, cases_of, discover, harm_of

        kept = self.study.store.provenance.outcomes
        if outcome and when is not None:
            both = f"{outcome}, and {when}"
            raise InputError(Problem("cases", "an outcome and a condition: leave out one of them", found=both))
        if when is None:
            harm = "" if outcome else harm_of(kept)
            outcome = outcome or harm
            frames = self._frames([outcome])
            cases = {name: cases_of(frame, outcome, self.plan) for name, frame in frames.items()}
            found = self._each(frames, lambda name, frame: discover(frame, *cases[name], self.plan))
            return by_default(found, harm, self.plan, self.baseline) if harm else found
        condition = futures_where.parse(when, next(iter(self._frames([]).values())), kept)
        frames = self._frames(futures_where.outcomes_of(condition) or list(kept[:1]))
        held = {name: futures_where.holds(condition, frame, self.plan) for name, frame in frames.items()}

        def run(reading: Reading, frame: Frame) -> Result:
            found = discover(frame, held[reading], f"it holds that {when}", self.plan)
            divided = futures_where.warnings(condition, frame, self.plan)
            return dataclasses.replace(found, warnings=(*found.warnings, *divided))

        return self._each(frames, run)

    def voi(
        self,
        outcome: str = "",
        *,
        weights: Mapping[str, float] | str | Path | None = None,
        studies: str | Path = "",
    ) -> Result:
        """Value information before a choice between all plans of the study: EVPI, EVPPI by group of inputs, EVSI of studies to make.

        Parameters
        ----------
        outcome : plans are chosen by its average, and information is valued in its unit.
        weights : outcome -> what one unit of it is worth, or a file of them, in place of one outcome.
        studies : a file of studies that one could make; the packaged ones by default.

        Raises
        ------
        InputError : neither or both of outcome and weights, fewer than 100 futures or two plans, no draws, or a wrong file.
        """
        from premortem.decisions.voi import Benefit, read_proposed, voi

        if bool(outcome) == (weights is not None):
            raise InputError(Problem("weights", "say by what to choose: an outcome, or weights of several (--weights)"))
        proposed = read_proposed(studies)
        if weights is not None:
            benefit = Benefit.weighed(_weights(weights, self.study.store.provenance.outcomes))
            frames = self._frames(list(benefit.worth), every_plan=True)
        else:
            frames = self._frames([outcome], every_plan=True)
            benefit = Benefit.of(outcome)
        return self._each(frames, lambda _, frame: voi(frame, benefit, proposed))

    def sensitivity(self, outcome: str) -> Result:
        """Say what the difference of an outcome hangs on: by input, by group, and luck apart where the study's design allows it.

        Parameters
        ----------
        outcome : id.

        Raises
        ------
        InputError : too few futures (200, or blocks of a design), no draws, a difference without spread, or SALib is missing.
        """
        from premortem.decisions.sensitivity import design_of, sensitivity

        design = design_of(self.study.store.provenance)
        return self._each(self._frames([outcome]), lambda _, frame: sensitivity(frame, self.plan, outcome, design))

    def pathways(self, outcome: str, *, level: float | None = None) -> Result:
        """Date when each plan stops meeting a target, say what would still meet it then, and score warnings.

        Parameters
        ----------
        outcome : id of the outcome that the target is about.
        level : its level, in a year (flows) or at any time (levels); by default no worse than the baseline by a difference that matters.

        Raises
        ------
        InputError : fewer than 100 futures or 2 years, a study without weeks, an outcome without a better direction, or a level that is no
            finite number.
        """
        from premortem.decisions.frame import default_outcomes
        from premortem.decisions.pathways import Target, pathways

        store, target = self.study.store, Target(outcome, level)
        watched = default_outcomes(store.provenance.outcomes)
        frames = self._frames([outcome], every_plan=True)
        return self._each(frames, lambda _, frame: pathways(store, frame, self.plan, target, watched))

    def timeline(self, outcomes: Sequence[str] = ()) -> Result:
        """Say from which week on each outcome differs from the baseline's, in the order in which they do.

        Parameters
        ----------
        outcomes : ids; the headline outcomes with a better direction by default.

        Raises
        ------
        InputError : fewer than 20 futures, or a study without weeks.
        """
        from premortem.decisions.timeline import timeline

        store = self.study.store
        return self._each(self._frames(outcomes), lambda _, frame: timeline(store, frame, self.plan))

    def attribute(
        self,
        outcomes: Sequence[str],
        *,
        elements: Sequence[str] = (),
        futures: int = 40,
        orders: int = 4,
        workers: int = 0,
        progress: Progress | None = None,
    ) -> Result:
        """Say what each element of the plan contributes to the difference of outcomes: the one method that runs anything new.

        Parameters
        ----------
        outcomes : ids.
        elements : paths of the elements to leave out (``zone``, ``task_force.west``); all of the plan by default.
        futures : how many of the study's futures, from the first.
        orders : in which elements are put together; of up to three elements all are taken.
        workers : worker processes; 0: threads of this process.
        progress : called with the status and the store, at the start and after every few futures.

        Raises
        ------
        InputError : the plan has no such element or none at all, fewer than 10 futures or 2 orders, more futures than the study has, or a
            design that is not monte_carlo.
        RunError : futures could not be computed.
        StoppedError : by Ctrl-C.
        """
        from premortem.analysis import wedges
        from premortem.api.studies import executor
        from premortem.decisions import attribute
        from premortem.decisions.result import require_futures, require_known

        attribute.require_possible(futures, orders)
        store = self.study.store
        loaded, against = (wedges.plan_of(store, name) for name in (self.plan, self.baseline))
        known = wedges.elements(loaded)
        require_known("element", elements, known, "in the plan that it remains a plan without")
        chosen = tuple(path for path in known if not elements or path in elements)
        if not chosen:
            raise InputError(
                Problem("element", "the plan has no element that it remains a plan without", found=self.plan)
            )
        drawn = attribute.orders(chosen, orders)
        sets = attribute.needed(drawn)
        frames = self._frames(outcomes)
        for frame in frames.values():
            require_futures("attribute", len(frame), futures, "as many as asked for (--futures)")

        def run(reading: Reading, frame: Frame) -> Result:
            given, base = wedges.simulate(
                loaded,
                against,
                store.provenance,
                [frozenset(chosen) - there for there in sets],
                list(frame.outcomes),
                reading=reading,
                futures=futures,
                executor=executor(workers),
                progress=progress,
            )
            values = {there: given[frozenset(chosen) - there] for there in sets}
            runs = (len(sets) + 1) * futures
            about = {"reading": reading, "years": frame.years, "outcomes": list(outcomes), "new_runs": runs}
            return attribute.attribute(self.plan, self.baseline, drawn, values, base, about)

        return self._each(frames, run)

    def attribute_mechanisms(
        self,
        outcomes: Sequence[str],
        *,
        mechanisms: Sequence[str] = (),
        futures: int = 40,
        orders: int = 4,
        progress: Callable[[int, int], None] | None = None,
    ) -> Result:
        """Say what the response of each mechanism of the model to the plan contributes to the difference of outcomes.

        Parameters
        ----------
        outcomes : ids.
        mechanisms : whose response is switched off and on; all of the model by default. The others respond in every run.
        futures : how many of the study's futures, from the first.
        orders : in which responses are switched on; of up to three mechanisms all are taken.
        progress : called with the number of runs done and of all.

        Raises
        ------
        InputError : no such mechanism, fewer than 10 futures or 2 orders, more futures than the study has, or a baseline with branches of
            its own.
        """
        from premortem.analysis import responses
        from premortem.decisions import attribute
        from premortem.decisions.result import require_futures, require_known

        attribute.require_possible(futures, orders)
        store = self.study.store
        known = store.provenance.recipe.mechanisms
        require_known("mechanism", mechanisms, known, "in the model")
        chosen = tuple(name for name in sorted(known) if not mechanisms or name in mechanisms)
        drawn = attribute.orders(chosen, orders)
        sets = attribute.needed(drawn)
        frames = self._frames(outcomes)
        for frame in frames.values():
            require_futures("attribute", len(frame), futures, "as many as asked for (--futures)")

        def run(reading: Reading, frame: Frame) -> Result:
            made = responses.of_study(store, self.plan, self.baseline, reading, frame.futures[:futures])
            others = frozenset(made.mechanisms) - set(chosen)
            wanted = [there | others for there in sets]
            given, base = responses.outcomes_by_set(made, wanted, list(frame.outcomes), progress)
            values = {there: given[there | others] for there in sets}
            runs = len({*wanted, frozenset[str]()}) * futures  # where no mechanism responds it is the baseline
            about = {"reading": reading, "years": frame.years, "outcomes": list(outcomes), "new_runs": runs}
            result = attribute.attribute(self.plan, self.baseline, drawn, values, base, about, attribute.MECHANISMS)
            stored = [frame.values(id_, self.baseline)[:futures] for id_ in base]
            return _with_warning(result, responses.made_otherwise(list(base.values()), stored))

        return self._each(frames, run)

    def trace(self, future: int, outcomes: Sequence[str] = (), *, language: str = "en") -> Result:
        """Say what the plan changes in one future, week by week: what parts first, through which mechanisms, what that moves next.

        It says where the future lies in the study, too. It is simulated anew, with each mechanism in turn going on as under the
        baseline: about a minute, most of it to compile.

        Parameters
        ----------
        future : its number in the study.
        outcomes : trace only what carries these; by default everything that parts, to the headline outcomes with a better direction.
        language : of words and tables, ``en`` or ``es``.

        Raises
        ------
        InputError : the study has no such future or it failed, an unknown outcome or language, or a baseline with branches of its own.
        RunError : a run of the future failed.
        """
        from premortem.analysis import responses
        from premortem.decisions import trace
        from premortem.wording.languages import messages

        store, reading, t = self.study.store, self.readings[0], messages(language)
        frame = self._frames(outcomes)[reading]
        if future not in frame.futures:
            raise InputError(
                Problem(
                    "future",
                    "no such future, finished under both plans",
                    found=str(future),
                    allowed=f"a number from {frame.futures.min()} to {frame.futures.max()}",
                )
            )
        made = responses.of_study(store, self.plan, self.baseline, reading, np.array([future]))
        result = responses.one_by_one(made, 0)
        base, ours, *without = (
            {id_: np.asarray(x[lane], np.float64) for id_, x in result.weekly.items()}
            for lane in range(len(made.mechanisms) + 2)
        )
        one = trace.Future(future, frame.years, base, ours, dict(zip(made.mechanisms, without, strict=True)))
        about = {
            "reading": reading,
            "outcomes": list(frame.outcomes),
            "language": language,
            "new_runs": len(without) + 2,
        }
        computed = store.provenance.mechanism_of
        place = list(frame.futures).index(future)
        found = trace.trace(
            one,
            self.plan,
            self.baseline,
            computed,
            list(frame.outcomes),
            about,
            t,
            only=bool(outcomes),
            places={id_: trace.Place.of(frame.difference(id_, self.plan), place) for id_ in frame.outcomes},
            among=len(frame),
        )
        again = [trace.over(weekly, id_) for weekly in (base, ours) for id_ in frame.outcomes]
        stored = [frame.values(id_, name)[place] for name in (self.baseline, self.plan) for id_ in frame.outcomes]
        return _with_warning(found, responses.made_otherwise([np.array(again)], [np.array(stored)]))

    def redteam(
        self,
        outcomes: Sequence[str] = (),
        *,
        menu: Sequence[str] = (),
        sides: Sequence[str] = (),
        aims: Sequence[str] = (),
        freedom: float = 0.5,
        futures: int = 40,
        fresh: int = 60,
        rounds: int = 5,
        workers: int = 0,
        progress: Progress | None = None,
    ) -> Result:
        """Let organisations and governments answer the plans of the study, and say what is left of the plan's gains: it runs much anew.

        Parameters
        ----------
        outcomes : ids; the headline outcomes with a better direction by default.
        menu : plans of the study that can be chosen; all by default, up to 12.
        sides : who answers: ``organisations``, ``mexico``; all by default.
        aims : outcomes that the sides want high or low, in place of the first of each in ``data/red_team.toml``.
        freedom : share of what is not known of the sides' conduct that is their choice, from 0 to `redteam.MOST_FREEDOM`.
        futures : of the study, from the first, in which answers are looked for; 20 or more.
        fresh : futures of another seed in which what was found is counted; 20 or more.
        rounds : of the game between plans and answers, at least 1.
        workers : worker processes; 0: threads of this process.
        progress : called with the status and the store, at the start and after every few futures.

        Raises
        ------
        InputError : an unknown plan, side, aim or outcome, a number out of its bounds, more futures than the study has, or a design that is
            not monte_carlo.
        RunError : futures could not be computed.
        StoppedError : by Ctrl-C.
        """
        from premortem.analysis import answers, wedges
        from premortem.api.studies import executor
        from premortem.decisions import redteam, survival
        from premortem.decisions.result import require_futures

        store, frames = self.study.store, self._frames(outcomes)
        setting = redteam.setting(
            self.plan,
            self.baseline,
            [self.study.named(name) for name in menu] or self.study.plans,
            sides=sides,
            aims=aims,
            freedom=freedom,
            rounds=rounds,
            outcomes=list(next(iter(frames.values())).outcomes),
        )
        for count, option in ((futures, "--futures"), (fresh, "--fresh")):
            redteam.require_enough(count, option)
        for frame in frames.values():
            require_futures("redteam", len(frame), futures, "as many as asked for (--futures)")
        answers.require_possible(store.provenance)
        loaded = {name: wedges.plan_of(store, name) for name in setting.menu}

        def run(reading: Reading, frame: Frame) -> Result:
            def evaluate(plays: Sequence[redteam.Play], wanted: Sequence[str], anew: bool) -> Mapping[str, Floats]:
                return answers.simulate(
                    [(loaded[name], policy) for name, policy in plays],
                    store.provenance,
                    wanted,
                    sides=setting.sides,
                    freedom=freedom,
                    reading=reading,
                    futures=fresh if anew else futures,
                    fresh=anew,
                    executor=executor(workers),
                    progress=progress,
                )

            searched = redteam.search(setting, evaluate)
            found = redteam.confirm(setting, searched, evaluate)
            about = {
                "reading": reading,
                "years": frame.years,
                "futures_searched": futures,
                "outcomes": list(setting.outcomes),
            }
            return survival.result_of(setting, searched, found, about)

        return self._each(frames, run)

    @staticmethod
    def plot(result: Result) -> Figure:
        """Return the picture of a result: a notebook shows it; ``.chart`` is the Altair chart."""
        from premortem.report.deciding_figures import figure

        return figure(result)

    def _each(self, frames: Mapping[Reading, Frame], method: Callable[[Reading, Frame], Result]) -> Result:
        from premortem.decisions import asking

        return asking.each(frames, method)

    def _frames(self, outcomes: Sequence[str], *, every_plan: bool = False) -> dict[Reading, Frame]:
        from premortem.decisions import asking

        plans = () if every_plan else (self.plan,)
        return asking.frames(self.study.store, self.readings, outcomes, plans, self.baseline)


def _with_warning(result: Result, otherwise: bool) -> Result:
    """Return a result of new runs with a warning where they are others than those of the study."""
    from premortem.analysis.responses import OTHERWISE

    return dataclasses.replace(result, warnings=(*result.warnings, OTHERWISE)) if otherwise else result


def _weights(given: Mapping[str, float] | str | Path, kept: Sequence[str]) -> Mapping[str, float]:
    """Return weights, checked, of outcomes that the study keeps."""
    from premortem.analysis import weights
    from premortem.decisions.result import require_known

    if isinstance(given, str | Path):
        given = weights.read(given)
    weights.require_sound(given)
    require_known("outcome", list(given), kept, "in the study")
    return given


def decisions(study: Study, plan: str = "", against: str = "", readings: Sequence[str] = ()) -> Decisions:
    """Return the decisions of a study: `Study.decisions`."""
    from premortem.decisions.frame import readings as told_apart

    against = study.named(against) if against else study.baseline
    judged = study.named(plan) if plan else next((name for name in study.plans if name != against), against)
    if plan and judged == against:
        raise InputError(Problem("plan", "a plan compared with itself differs in nothing", found=judged))
    unknown = [name for name in readings if name not in READINGS]
    if unknown:
        raise InputError(Problem("reading", "no such reading", found=", ".join(unknown), allowed=", ".join(READINGS)))
    there = told_apart(study.store)
    chosen = tuple(name for name in there if not readings or name in readings)
    return Decisions(study, judged, against, chosen or there)
