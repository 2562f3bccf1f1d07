"""What would it be worth to know more before choosing? Value of information, from the futures of a study and no new runs.

The choice is between the plans of a study, by the average over futures. EVPI is what the choice would gain if everything were known
beforehand, luck too; EVPPI if a group of inputs were; EVSI if a study told something about them.

EVPPI follows Strong, Oakley and Brennan 2014 (doi:10.1177/0272989X13505910): a regression on the group, of what each plan is worth beyond
the plan chosen now, is what one would know of it. What the plan chosen by that regression gains is counted in futures that the regression
has not seen, so that chance finds no value where there is none. EVSI follows Jalal and Alarid-Escudero 2018
(doi:10.1177/0272989X17715627): each input's part of the regression is drawn in as far as the study leaves it unknown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from premortem import text
from premortem.decisions.frame import Frame, groups, sign
from premortem.decisions.regression import Fit, fit
from premortem.decisions.result import Result, Table, require_futures
from premortem.decisions.saying import Z90, amount, title, within
from premortem.errors import InputError, Problem, Where
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo

FEWEST = 100
"""Futures: with fewer, a fifth of them is too few to count a gain in."""
CHANCE = 0.05
"""Chance that any of the groups, or of the studies, is named where none is worth anything (Bonferroni)."""
SIZE_LIMIT = 100_000  # bytes of a file
PACKAGED = "data/proposed_studies.toml"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Benefit:
    """What a plan is worth in each future: ``unit``, and outcome -> worth of one unit of it (below zero: a cost)."""

    unit: str
    worth: Mapping[str, float]

    @staticmethod
    def of(outcome: str) -> Benefit:
        """Return one outcome as a benefit in its own unit.

        Raises
        ------
        InputError : it has no better direction.
        """
        info = outcome_table.load()[outcome]
        if not sign(info):
            raise InputError(Problem("direction", "an outcome without a better direction is no benefit", found=outcome))
        return Benefit(info.unit, {outcome: sign(info)})

    @staticmethod
    def weighed(weights: Mapping[str, float]) -> Benefit:
        """Return one measure by a reader's weights (`premortem.analysis.weights`), what one unit of each outcome is worth."""
        infos = outcome_table.load()
        return Benefit("of the measure", {id_: sign(infos[id_]) * weight for id_, weight in weights.items()})


@dataclass(frozen=True)
class Proposed:
    """A study that somebody could make: the inputs that it would inform, and the share of their prior variance it would take away."""

    id: str
    title: str
    informs: tuple[str, ...]
    share: tuple[float, float]
    basis: str


@dataclass(frozen=True)
class Worth:
    """A value of information with its 90 % interval.

    ``fitted``: the same from futures that the regression has seen, too high. ``clear``: it stands out from chance among all tried.
    """

    value: float
    low: float
    high: float
    fitted: float
    clear: bool

    def as_json(self) -> dict[str, float | bool]:
        """Return it for programs."""
        return {"value": self.value, "low": self.low, "high": self.high, "fitted": self.fitted, "clear": self.clear}


def voi(frame: Frame, benefit: Benefit, proposed: Sequence[Proposed]) -> Result:
    """Value perfect and partial information, and proposed studies.

    Raises
    ------
    InputError : too few futures or plans, or the study keeps no draws.
    """
    require_futures("voi", len(frame), FEWEST, "a fifth of fewer is too few to count a gain in")
    if len(frame.plans) < 2:
        raise InputError(
            Problem("too_few", "information is worth nothing without a choice", allowed="two plans or more")
        )
    frame.require_inputs()
    net = sum((w * frame.outcomes[id_] for id_, w in benefit.worth.items()), np.zeros((len(frame.plans), len(frame))))
    now = int(net.mean(axis=1).argmax())
    beyond = net - net[now]  # what each plan is worth beyond the one chosen now
    perfect = _counted(beyond.max(axis=0))
    inputs = frame.numbers()
    fits = {name: fit({one: inputs[one] for one in names}, beyond) for name, names in groups(list(inputs)).items()}
    partial = {name: value_of(one, beyond, len(fits)) for name, one in fits.items()}
    found, left_out = _sampled(proposed, inputs, beyond)
    info = _shown(benefit)
    ordered = dict(sorted(partial.items(), key=lambda item: -item[1].value))
    return Result(
        method="voi",
        inputs=frame.about()
        | {"unit": benefit.unit, "worth": dict(benefit.worth), "studies": [one.id for one in proposed]},
        result={
            "choice_now": frame.plans[now],
            "averages": {plan: float(value) for plan, value in zip(frame.plans, net.mean(axis=1), strict=True)},
            "evpi": perfect.as_json(),
            "evppi": {name: worth.as_json() for name, worth in ordered.items()},
            "evsi": found,
        },
        uncertainty={
            "interval": "90 %, from the spread of the gain over futures",
            "explained_in_unseen_futures": {
                name: dict(zip(frame.plans, map(float, one.explained(beyond)), strict=True))
                for name, one in fits.items()
            },
        },
        warnings=tuple(_warnings(frame, ordered, left_out)),
        words=tuple(_words(frame, info, frame.plans[now], perfect, ordered, found)),
        tables=tuple(_tables(info, perfect, ordered, found)),
    )


def value_of(one: Fit, beyond: Floats, tried: int = 1) -> Worth:
    """Return what the choice gains by knowing the inputs of a fit, counted in futures that the fit has not seen.

    Parameters
    ----------
    one : a fit of ``beyond``.
    beyond : ``[plan, future]``, what each plan is worth beyond the one chosen now, whose row is zero.
    tried : number of fits that are valued, among which this one is to stand out.
    """
    chosen = one.unseen.argmax(axis=0)
    gain = beyond[chosen, np.arange(beyond.shape[1])]
    return _counted(gain, float(one.seen.max(axis=0).mean() - one.seen.mean(axis=1).max()), tried)


def value_of_study(parts: Mapping[str, Floats], average: Floats, share: float) -> float:
    """Return what the choice gains on average by a study that takes away a share of the variance of each input.

    Parameters
    ----------
    parts : input -> ``[plan, future]``, what it adds to the average of each plan.
    average : ``[plan]``.
    """
    known = sum(parts.values(), np.zeros_like(next(iter(parts.values())))) * np.sqrt(share) + average[:, None]
    return float(known.max(axis=0).mean() - known.mean(axis=1).max())


def read_proposed(path: str | Path = "") -> tuple[Proposed, ...]:
    """Read proposed studies, the packaged ones if no file is named: ``[ID]`` with ``title``, ``informs``, ``share`` and ``basis``.

    Raises
    ------
    InputError : a file cannot be read, or an entry lacks something, names no input, or has a share outside 0 to 1.
    """
    if not str(path):
        found: dict[str, Any] = tomllib.loads(files("premortem").joinpath(PACKAGED).read_text(encoding="utf-8"))
    else:
        found = text.toml(path, SIZE_LIMIT)
    return tuple(_proposed(id_, entry, str(path)) for id_, entry in found.items())


def _proposed(id_: str, entry: Any, file: str) -> Proposed:
    keys = ("title", "informs", "share", "basis")
    if not isinstance(entry, dict) or set(entry) != set(keys):
        found = ", ".join(entry) if isinstance(entry, dict) else str(entry)
        raise InputError(Problem("study", "not a proposed study", Where(file, key=id_), found, ", ".join(keys)))
    share, informs = entry["share"], entry["informs"]
    numbers = isinstance(share, list) and len(share) == 2 and all(isinstance(one, int | float) for one in share)
    if not numbers or not 0 <= share[0] <= share[1] <= 1:
        raise InputError(
            Problem(
                "share",
                "not a range of shares",
                Where(file, key=f"{id_}.share"),
                str(share),
                "[low, high] within 0 and 1",
            )
        )
    if not isinstance(informs, list) or not informs or not all(isinstance(one, str) for one in informs):
        raise InputError(
            Problem("informs", "not a list of inputs", Where(file, key=f"{id_}.informs"), str(informs), '["ID", ...]')
        )
    return Proposed(id_, str(entry["title"]), tuple(informs), (float(share[0]), float(share[1])), str(entry["basis"]))


def _counted(gain: Floats, fitted: float | None = None, tried: int = 1) -> Worth:
    """Return an average gain with its interval; a value of information is never below zero, because it can be ignored."""
    mean, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
    return Worth(
        max(mean, 0.0),
        max(mean - Z90 * error, 0.0),
        max(mean + Z90 * error, 0.0),
        mean if fitted is None else fitted,
        mean > float(norm.isf(CHANCE / tried)) * error,
    )


def _sampled(
    proposed: Sequence[Proposed], inputs: Mapping[str, Floats], beyond: Floats
) -> tuple[dict[str, Any], list[str]]:
    """Return the value of each proposed study at both ends of its share, and the studies of which no input was drawn."""
    found: dict[str, Any] = {}
    left_out = []
    for study in proposed:
        drawn = {name: inputs[name] for name in study.informs if name in inputs}
        if not drawn:
            left_out.append(study.title)
            continue
        one = fit(drawn, beyond)
        most = value_of(one, beyond, len(proposed))  # of knowing its inputs for sure, which no study can exceed
        low, high = (min(value_of_study(one.parts, one.seen.mean(axis=1), share), most.value) for share in study.share)
        found[study.id] = {
            "title": study.title,
            "informs": list(drawn),
            "share": list(study.share),
            "low": low,
            "high": high,
            "at_most": most.as_json(),
            "basis": study.basis,
        }
    return dict(sorted(found.items(), key=lambda item: -item[1]["high"])), left_out


def _shown(benefit: Benefit) -> OutcomeInfo:
    """Return how numbers of a benefit are shown: as those of its outcome, or of a benefit in its unit."""
    if len(benefit.worth) == 1 and benefit.unit == outcome_table.load()[next(iter(benefit.worth))].unit:
        return outcome_table.load()[next(iter(benefit.worth))]
    first = next(iter(outcome_table.load().values()))
    return first.model_copy(
        update={"id": "net_benefit", "title": "The measure", "unit": benefit.unit, "direction": "up"}
    )


def _warnings(frame: Frame, partial: Mapping[str, Worth], left_out: Sequence[str]) -> Iterator[str]:
    yield "Perfect information here includes luck, which nobody can know beforehand: it is a bound, and no study reaches it."
    if not any(worth.clear for worth in partial.values()):
        yield "No group of inputs is worth knowing beyond what chance explains, at this number of futures."
    yield "What the plan leaves open is not found out but decided: its value is what stating it well would be worth."
    if left_out:
        yield f"No input of these studies was drawn here: {'; '.join(left_out)}."
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."


def _words(
    frame: Frame,
    info: OutcomeInfo,
    choice: str,
    perfect: Worth,
    partial: Mapping[str, Worth],
    found: Mapping[str, Any],
) -> Iterator[str]:
    what = title(info)
    yield f"By {what} on average, {choice} is chosen among {len(frame.plans)} plans."
    if not perfect.high:
        yield "It is best in every future: no information changes the choice."
        return
    most = amount(info, perfect.value, perfect.low, perfect.high)
    yield f"Knowing everything beforehand, luck too, would improve {what} by {most} on average."
    clear = [name for name, worth in partial.items() if worth.clear]
    for name in clear[:3]:
        worth = partial[name]
        yield f"Knowing {group_words(name)} would improve it by {amount(info, worth.value, worth.low, worth.high)}."
    if not clear:
        yield "No group of inputs changes the choice often enough to be worth knowing beyond chance."
    best = next(iter(found.values()), None)
    if best is not None and best["at_most"]["clear"]:
        yield f"Of {len(found)} studies one could make, the most is worth: {within(best['title'])}, {_range(info, best)}."
    elif found:
        yield f"None of {len(found)} studies one could make is worth anything to this choice beyond chance."


def group_words(name: str) -> str:
    """Return a group of inputs as a reader says it."""
    if name.startswith("plan: "):
        return f"what the plan leaves open on {name.removeprefix('plan: ').replace('_', ' ')}"
    return f"the inputs of {name.replace('_', ' ')}"


def _range(info: OutcomeInfo, study: Mapping[str, Any]) -> str:
    return amount(info, (study["low"] + study["high"]) / 2, study["low"], study["high"])


def _tables(
    info: OutcomeInfo,
    perfect: Worth,
    partial: Mapping[str, Worth],
    found: Mapping[str, Any],
) -> Iterator[Table]:
    rows = [("everything, luck too (EVPI)", amount(info, perfect.value, perfect.low, perfect.high))]
    shown = [(name, worth) for name, worth in partial.items() if worth.value > 0][:12]
    rows += [(group_words(name), amount(info, worth.value, worth.low, worth.high)) for name, worth in shown]
    yield Table(
        f"Worth of knowing beforehand, in {within(info.title)}", ("what", "gain of the choice, on average"), tuple(rows)
    )
    worthy = [study for study in found.values() if study["high"] > 0]
    if worthy:
        lines = [
            (study["title"], ", ".join(study["informs"]), _range(info, study), _most(info, study)) for study in worthy
        ]
        heads = ("study", "informs", "gain of the choice, on average", "if it told all (90 %)")
        note = "Between the low and the high end of what each would find out, which is a judgement (docs/deciding.md)."
        yield Table("Studies that one could make", heads, tuple(lines), note)


def _most(info: OutcomeInfo, study: Mapping[str, Any]) -> str:
    most = study["at_most"]
    return amount(info, most["value"], most["low"], most["high"])
