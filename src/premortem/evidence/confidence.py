"""How much confidence a comparison of plans deserves, outcome by outcome: a word by a written rule (docs/what_to_believe.md).

Three things can stand behind an outcome, and each counts one: forecasts of it beat every naive rival, published effects that were kept for
testing are met, and what decides it is measured. None of them is very low, one low, two moderate, three high.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from premortem.evidence import calibrated, made_of, parameters, skill
from premortem.evidence.reading import Entry, data
from premortem.evidence.skill import HONEST, Line

Word = Literal["very_low", "low", "moderate", "high"]
WORDS: tuple[Word, ...] = ("very_low", "low", "moderate", "high")

MOST = 0.75
"""Share of the rows of the hindcast in which the model must beat every naive rival, and in which its ranges must hold."""
MEASURED = 0.5
"""Least share of what parameters decide of an outcome that must be measured."""
OPEN = "open."
"""How inputs begin that a plan leaves open."""
DECIDES, VALIDATED = "decides.json", "validation.json"
AGENDA = ("violent_deaths_mx", "overdose_deaths", "civilians_killed_us")
"""Outcomes in which it is said what knowing an input would be worth."""

FORECAST: Mapping[str, tuple[str, ...]] = {
    "homicides_mx": ("homicide_victims", "homicides_registered"),
    "missing": ("missing",),
    "overdose_deaths": ("overdose_yearly",),
    "fentanyl_seized_gross": ("fentanyl_seized",),
    "methamphetamine_seized": ("methamphetamine_seized",),
    "cocaine_seized": ("cocaine_seized",),
    "heroin_seized": ("heroin_seized",),
}
"""Outcome -> the series of the record that count it, scored for the nation."""


@dataclass(frozen=True)
class Met:
    """Published effects on an outcome that were kept for testing and have power, and how many of them the model meets."""

    powered: int
    inside: int


@dataclass(frozen=True)
class Confidence:
    """A word, and of each of the three supports whether it is there and why."""

    word: Word
    forecast: bool
    findings: bool
    measured: bool
    reasons: tuple[str, str, str]

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "word": self.word,
            "forecast": self.forecast,
            "findings": self.findings,
            "measured": self.measured,
            "reasons": list(self.reasons),
            "of_another_version": list(made_of.older()),
        }


class Decides(Entry):
    """What decided each outcome in a stored study of a plan against the status quo: ``outcomes`` outcome -> input -> rank correlation.

    Only inputs beyond chance; ``scores`` input -> mean squared rank correlation over the headline outcomes, the strongest first; ``worth``
    of the very strongest: input -> outcome of `AGENDA` -> expected value of knowing it before choosing, with its 90 % interval.
    """

    run_on: str
    plan: str
    baseline: str
    begins: str
    futures: int
    years: int
    seed: int
    model: str = ""
    evidence: str
    code: str
    outcomes: dict[str, dict[str, float]]
    scores: dict[str, float]
    worth: dict[str, dict[str, tuple[float, float, float]]]


@cache
def decides() -> Decides:
    """Return the stored study."""
    return Decides.model_validate_json((data() / DECIDES).read_bytes())


def confidence(
    forecasts: tuple[Line, ...], tested: Met, inputs: Mapping[str, float], known: frozenset[str]
) -> Confidence:
    """Return the confidence in an outcome: the rule.

    Parameters
    ----------
    forecasts : scores of forecasts of it, of the nation; none if no series counts it.
    inputs : what decides it -> rank correlation.
    known : inputs that are measured: informed by the fit to the record, or with grade A or B.
    """
    forecast, why_forecast = _forecast(forecasts)
    findings, why_findings = tested.powered > 0 and 2 * tested.inside > tested.powered, _tested(tested)
    decided, why_decided = _measured(inputs, known)
    word = WORDS[forecast + findings + decided]
    return Confidence(word, forecast, findings, decided, (why_forecast, why_findings, why_decided))


def _forecast(lines: tuple[Line, ...]) -> tuple[bool, str]:
    if not lines:
        return False, "none can be scored: no series of the hindcast counts it"
    won = sum(line.ratio <= 1 for line in lines)
    held = sum(line.honest for line in lines)
    worst = max(lines, key=lambda line: line.ratio)
    said = (
        f"they beat every naive rival in {won} of {len(lines)} rows of the hindcast (at worst {worst.ratio:.2f} of the score of "
        f"{worst.rival.replace('_', ' ')}), and ranges of 90 % hold "
        f"{100 * HONEST[0]:.0f} to {100 * HONEST[1]:.0f} % of cases in {held}"
    )
    return min(won, held) >= MOST * len(lines), said


def _tested(tested: Met) -> str:
    if not tested.powered:
        return "none that was kept for testing has power"
    return f"of {tested.powered} that were kept for testing and have power, the model meets {tested.inside}"


def _measured(inputs: Mapping[str, float], known: frozenset[str]) -> tuple[bool, str]:
    """Return the share of squared rank correlations that measured parameters have; what a plan leaves open is no evidence either way."""
    squares = {name: rho**2 for name, rho in inputs.items() if not name.startswith(OPEN)}
    if not squares:
        return False, "no parameter decides beyond chance"
    share = sum(square for name, square in squares.items() if name in known) / sum(squares.values())
    return share >= MEASURED, f"{100 * share:.0f} % of what parameters decide is measured"


@cache
def of(outcome: str) -> Confidence:
    """Return the confidence in an outcome by what is stored with this version."""
    lines = tuple(
        line
        for line in skill.load().lines
        if line.target in FORECAST.get(outcome, ()) and line.places == "nation" and line.protocol == "all"
    )
    return confidence(lines, tested().get(outcome, Met(0, 0)), decides().outcomes.get(outcome, {}), measured())


@cache
def measured() -> frozenset[str]:
    """Return the inputs that are measured: informed by the newest packaged fit, or with a source of grade A or B."""
    fit = calibrated.find(calibrated.DEFAULT)
    graded = {ident for ident, one in parameters.load().items() if one.grade in {"A", "B"}}
    return frozenset(graded | (fit.informed if fit else frozenset()))


@cache
def tested() -> Mapping[str, Met]:
    """Return by outcome what the packaged results of `premortem validate` say: effects that happened in the theatre, kept for testing."""
    file = data() / VALIDATED
    results = json.loads(file.read_bytes())["results"] if file.is_file() else ()
    found: dict[str, list[bool]] = {}
    for one in results:
        if one["use"] == "test" and one["power"] and not one["consistency"]:
            found.setdefault(one["outcome"], []).append(one["verdict"] == "inside")
    return {outcome: Met(len(inside), sum(inside)) for outcome, inside in found.items()}
