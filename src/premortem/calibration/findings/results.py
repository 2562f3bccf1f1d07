"""What findings came to: statistic, verdict and power of each, as they are kept and printed."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from premortem.calibration.findings.dilution import Interval, on_the_models_scale
from premortem.calibration.findings.estimands import Contrast, Panel, over, statistic, summary
from premortem.calibration.findings.halves import Use, uses
from premortem.calibration.findings.places import Places, chosen, named
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.run import REMOVED, Asked, Job, Ran, job, run
from premortem.calibration.findings.schema import Finding, Kind, NotExpressibleError
from premortem.calibration.findings.verdicts import Judged, Verdict, Weakness, judge
from premortem.errors import InputError, Problem
from premortem.evidence import made_of, months, outcomes, units
from premortem.evidence.reading import data
from premortem.evidence.vintages import EVER, Vintage
from premortem.model.units import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from premortem.study.experiment import parameters_of
from premortem.theatre.folder import DEFAULT
from premortem.theatre.nowcast.violence import REGISTER

Floats = NDArray[np.float64]

FILE = "validation.json"
BEFORE = WEEKS_PER_QUARTER
"""Weeks by which a run may start later than the study and still be a test."""
LAST_YEAR = 52
"""Weeks at the end of a window in which a difference of growth is read."""
MIDSUMMER = 6
"""Month up to which a year counts as the first of a window that begins in it."""


class Record(BaseModel):
    """A part of the results: never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Published(Record):
    """An estimate with its 90 % interval, as published."""

    estimate: float
    low: float
    high: float


class Band(Record):
    """A median with its range of 90 %."""

    median: float
    low: float
    high: float


class Result(Record):
    """What one finding came to.

    ``target``: the published interval on the model's scale. ``missing``: the part that cannot be expressed, empty if all can.
    ``weakness``: why there is no power. ``halved``, ``doubled``: the verdict if the treated unit weighed half or double. ``total``: the
    relative change of the whole country beside a comparison of places. ``moved``: weeks by which the run starts later than the study.
    ``cited``: parameters whose prior cites a fact that states this effect. ``consistency``: why it is a check of consistency and no test,
    empty if it is a test.
    """

    id: str
    use: Use
    tier: int
    scope: str
    lean: str
    outcome: str
    statistic: str
    unit: str
    published: Published
    target: Band
    model: Band | None
    verdict: Verdict
    power: bool
    weakness: Weakness
    halved: Verdict
    doubled: Verdict
    missing: str
    total: Band | None
    moved: int
    cited: tuple[str, ...]
    consistency: tuple[str, ...]
    basis: str
    futures: int
    sources: tuple[str, ...]


class After(Record):
    """What a finding comes to once the training half is learned from."""

    id: str
    model: Band
    verdict: Verdict
    power: bool


class Informed(Record):
    """A number of the model that the training half is tied to: standard deviation after over before, shift in sds, and by what."""

    parameter: str
    place: int
    sd: float
    shift: float
    by: tuple[str, ...]


class Learned(Record):
    """What the smoother made of the training half: ``data`` are the findings it was given, ``chance`` how many ties chance makes."""

    data: tuple[str, ...]
    futures: int
    chance: float
    informed: tuple[Informed, ...]
    after: tuple[After, ...]


class Results(Record):
    """Results with what they were made of and when; ``model`` is a digest of code and data, ``findings`` of the findings themselves."""

    date: str
    model: str
    findings: str
    posterior: str
    futures: int
    seed: int
    results: tuple[Result, ...]
    learned: Learned | None = None


def stored() -> Results:
    """Return the stored results of the packaged findings.

    Raises
    ------
    InputError : this version has none.
    """
    if not (data() / FILE).is_file():
        raise InputError(
            Problem("stored", "this version has no stored results; run the findings: premortem validate --again")
        )
    return Results.model_validate_json((data() / FILE).read_text(encoding="utf-8"))


def stale() -> bool:
    """Whether the model, its data or the findings have changed since the stored results."""
    return made_of.FINDINGS.older or stored().findings != digest_of(packaged().values())


def judged_again(kept: Results) -> Results:
    """Return stored results with verdicts and power as the present rule gives them; what was simulated stays as it is."""

    def again(one: Result | After, futures: int) -> Judged:
        assert one.model is not None
        return judge(packaged()[one.id], Interval(one.model.low, one.model.median, one.model.high), futures)

    def result(one: Result) -> Result:
        if one.model is None:
            return one
        now = again(one, one.futures)
        words = {name: getattr(now, name) for name in ("verdict", "power", "weakness", "halved", "doubled")}
        return one.model_copy(update=words)

    learned = kept.learned
    if learned is not None:
        after = []
        for one in learned.after:
            now = again(one, learned.futures)
            after.append(one.model_copy(update={"verdict": now.verdict, "power": now.power}))
        learned = learned.model_copy(update={"after": tuple(after)})
    return kept.model_copy(update={"results": tuple(map(result, kept.results)), "learned": learned})


@dataclasses.dataclass(frozen=True)
class Tried:
    """Findings that were run: ``halves`` by id, and what each came to or the part that is missing."""

    findings: tuple[Finding, ...]
    halves: Mapping[str, Use]
    ran: Mapping[str, Ran | str]


def tried(
    findings: Iterable[Finding], asked: Asked, progress: Callable[[str], None] | None = None, half: str = ""
) -> Tried:
    """Run findings, or those of one half.

    Raises
    ------
    InputError : a dose of a finding is no prior.
    """
    every = list(findings)
    halves = uses(every)
    rows = tuple(one for one in every if halves[one.id] == (half or halves[one.id]))
    jobs: list[Job] = []
    ran: dict[str, Ran | str] = {}
    for one in rows:
        try:
            jobs.append(job(one))
        except NotExpressibleError as part:
            ran[one.id] = str(part)
    return Tried(rows, halves, ran | run(jobs, asked, progress))


def judged(what: Tried, asked: Asked) -> Results:
    """Return the results of findings that were run."""
    made = []
    for one in what.findings:
        found, use = what.ran[one.id], what.halves[one.id]
        try:
            made.append(_without(one, use, found) if isinstance(found, str) else _judged(found, use))
        except NotExpressibleError as part:
            made.append(_without(one, use, str(part)))
    return Results(
        date=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        model=made_of.FINDINGS.digest,
        findings=digest_of(what.findings),
        posterior=asked.posterior,
        futures=asked.futures,
        seed=asked.seed,
        results=tuple(made),
    )


def digest_of(findings: Iterable[Finding]) -> str:
    """Return a digest of findings."""
    return hashlib.sha256("\n".join(one.model_dump_json() for one in findings).encode()).hexdigest()


def values_of(ran: Ran) -> Floats:
    """Return the statistic of a finding [future]; of a sign the relative change whose sign counts.

    Raises
    ------
    NotExpressibleError : its unit does not follow from the outcome, or what it compares with is not there.
    """
    finding, places = ran.job.finding, chosen(ran.job.finding, ran.job.theatre, _futures(ran))
    kind = finding.estimand.kind
    found = _contrast(ran, ran.treated, places)
    lowered = None if ran.lowered is None else _contrast(ran, ran.lowered, places)
    amount: Floats | float = named(finding).amount or 1.0
    per_person, factor = False, 1.0
    rise: Floats | float = 0.0
    if kind == "per_unit":
        amount = _removed(ran) if finding.intervention.kind == "remove_leader" else amount
        if finding.intervention.kind != "remove_leader" and named(finding).amount is None:
            raise NotExpressibleError("run.amount: units of the intervention, for an effect per unit")
    if kind in {"difference", "per_unit"}:
        per_person, factor = _in_its_unit(finding, found.weeks)
    if kind == "elasticity" and not ran.step:
        raise NotExpressibleError("estimand.kind: an elasticity is of a lever of the nation, raised and lowered")
    if kind == "share_explained":
        rise = _rise(ran.job, places)
    taken: Kind = "relative" if kind == "sign" else kind
    return factor * statistic(
        taken, found, per_person=per_person, amount=amount, step=ran.step, lowered=lowered, rise=rise
    )


def _futures(ran: Ran) -> int:
    return len(ran.treated[ran.job.finding.outcome].values)


def _removed(ran: Ran) -> Floats:
    return _nation(ran.treated[REMOVED], ran.job.window) - _nation(ran.untreated[REMOVED], ran.job.window)


def _nation(panel: Panel, window: tuple[int, int]) -> Floats:
    return panel.over(window, np.ones((len(panel.values), panel.values.shape[2])))


def _contrast(ran: Ran, treated: Mapping[str, Panel], places: Places) -> Contrast:
    name, (first, last) = ran.job.finding.outcome, ran.job.window
    weeks: float = last - first + 1
    if (
        ran.job.finding.estimand.kind == "growth_difference"
    ):  # read in the last year, half a year before the end on average
        first, weeks = max(last - LAST_YEAR + 1, first), max(weeks - LAST_YEAR / 2, weeks / 2)
    window = (first, last)
    residents, per = ran.job.theatre.arrays["population"], named(ran.job.finding).per
    regional = treated[name].values.shape[2] > 1

    def read(panels: Mapping[str, Panel], mask: Floats) -> Floats:
        found = panels[name].over(window, mask)
        return over(found, _nation(panels[per], window)) if per else found

    def people(mask: Floats) -> Floats:
        return mask @ residents if regional else np.full(len(mask), residents.sum())

    found = Contrast(
        treated=read(treated, places.read),
        untreated=read(ran.untreated, places.read),
        weeks=weeks,
        people=people(places.read),
    )
    if places.against is None:
        return found
    return dataclasses.replace(
        found,
        compared=read(treated, places.against),
        compared_without=read(ran.untreated, places.against),
        compared_people=people(places.against),
    )


def _in_its_unit(finding: Finding, weeks: float) -> tuple[bool, float]:
    """Return whether a difference is one of rates by resident, and the factor to its unit.

    Amounts of the window, amounts a year, for each resident or in all: the first that has the dimension of the finding's unit.
    """
    registry = units.registry()
    outcome = outcomes.load()[finding.outcome]
    said = finding.unit.split("/officer")[0] + finding.unit.partition("/officer")[2]
    asked = registry.parse_units(said.replace("/removal", "").replace("/event", ""))
    window = registry.Quantity(weeks, "week")
    amount = registry.Quantity(1.0, outcome.unit)
    for per_person in (False, True):
        share = registry.Quantity(1.0, "person") if per_person else registry.Quantity(1.0, "count")
        for span in (registry.Quantity(1.0, "count"), window):
            found = amount / share / span
            if found.is_compatible_with(asked):
                return per_person, float(found.to(asked).magnitude)
    raise NotExpressibleError(f"unit: {finding.unit} does not follow from {outcome.unit} of {outcome.id}")


def _rise(one: Job, places: Places) -> Floats:
    """Return what homicides on record rose by [future] in the years of the window over those of the first, added up.

    Against other places: beyond what they would have risen by with the rate of these.
    """
    if one.finding.outcome != "homicides_mx":
        raise NotExpressibleError("outcome: a share of a recorded rise needs the record of homicides")
    counts, codes = _recorded(), one.theatre.by_state()[0]
    start, long = one.finding.start, round(one.finding.estimand.window[1] / WEEKS_PER_YEAR)
    first = start.year + (start.month > MIDSUMMER)
    years = range(first, first + long)
    if missing := {start.year, *years} - counts.keys():
        named = f"{min(counts)} to {max(counts)}, and not {min(missing)}"
        raise NotExpressibleError(f"estimand.window: the record of homicides by state has the years {named}")
    risen = np.array([sum(counts[year][code] - counts[start.year][code] for year in years) for code in codes])
    by_state = one.theatre.by_state()[1]
    here = np.minimum(places.read @ by_state, 1.0) @ risen
    if places.against is not None:
        there, residents = np.minimum(places.against @ by_state, 1.0), one.theatre.arrays["population"]
        here = here - there @ risen / (places.against @ residents) * (places.read @ residents)
    if (here <= 0).any():
        raise NotExpressibleError("estimand: what is to be explained did not rise on record")
    return np.asarray(here)


@cache
def _recorded() -> Mapping[int, Mapping[str, float]]:
    """Return homicides of the civil register by year and state."""
    return months.whole_years(Vintage(EVER).months(REGISTER))


def _judged(ran: Ran, use: Use) -> Result:
    finding = ran.job.finding
    values = values_of(ran)
    model = summary(finding.estimand.kind, values)
    if not np.isfinite(model.median):
        raise NotExpressibleError("outcome: it is zero without the intervention, so that nothing is relative to it")
    futures = int(np.isfinite(values).sum())
    judged = judge(finding, model, futures)
    return _result(
        finding,
        use,
        judged,
        model=_band(model),
        total=_total(ran),
        moved=ran.job.moved,
        futures=futures,
    )


def _total(ran: Ran) -> Band | None:
    """Return the relative change of the whole country, where places were compared."""
    finding, panel = ran.job.finding, ran.treated[ran.job.finding.outcome]
    if panel.values.shape[2] == 1 or (finding.estimand.kind == "sign" and finding.estimand.contrast == "paired"):
        return None
    after, before = (_nation(one[finding.outcome], ran.job.window) for one in (ran.treated, ran.untreated))
    return _band(summary("relative", after / np.where(before == 0, np.nan, before) - 1.0))


def _without(finding: Finding, use: Use, missing: str) -> Result:
    target = on_the_models_scale(finding)
    judged = Judged("not_expressible", "", target, "not_expressible", "not_expressible")
    return _result(finding, use, judged, missing=missing)


def _result(
    finding: Finding,
    use: Use,
    judged: Judged,
    *,
    model: Band | None = None,
    total: Band | None = None,
    moved: int = 0,
    futures: int = 0,
    missing: str = "",
) -> Result:
    cited = citing(finding)
    reasons = []
    if finding.scope == "analogue":
        reasons.append("analogue")
    if moved > BEFORE:
        reasons.append("moved")
    if cited:
        reasons.append("cited")
    first, last = finding.estimand.window
    return Result(
        id=finding.id,
        use=use,
        tier=finding.tier,
        scope=finding.scope,
        lean=finding.lean,
        outcome=finding.outcome,
        statistic=f"{finding.estimand.kind}, {finding.estimand.contrast}: {finding.outcome}, weeks {first}-{last}",
        unit=finding.unit,
        published=Published(estimate=finding.estimate, low=finding.low, high=finding.high),
        target=_band(judged.target),
        model=model,
        verdict=judged.verdict,
        power=not missing and judged.power,
        weakness=judged.weakness,
        halved=judged.halved,
        doubled=judged.doubled,
        missing=missing,
        total=total,
        moved=moved,
        cited=cited,
        consistency=tuple(reasons),
        basis="" if finding.run is None else finding.run.basis,
        futures=futures,
        sources=finding.sources,
    )


def citing(finding: Finding) -> tuple[str, ...]:
    """Return the parameters whose prior cites a fact that states this effect."""
    facts = set(finding.facts)
    return tuple(ident for ident, one in parameters_of(DEFAULT).items() if facts & set(one.facts))


def _band(one: Interval) -> Band:
    return Band(median=one.median, low=one.low, high=one.high)
