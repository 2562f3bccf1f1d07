"""A finding: a published effect of something that was done, or happened, at a place and time. The typed form of `data/findings/*.toml`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from premortem.evidence.ledger import Source
from premortem.evidence.reading import Entry, Grade


class NotExpressibleError(Exception):
    """The model cannot do or read what a finding asks; the message says which part is missing."""


MISSING = "missing:"
"""How an outcome begins that the model does not print."""

Dose = float | str
"""A number, or a prior such as ``uniform(0.1, 0.3)`` where the number is a translation of ours; see `premortem.evidence.priors`."""


class RemoveLeader(Entry):
    """Leaders of an organisation are arrested or killed."""

    kind: Literal["remove_leader"]
    mode: Literal["either", "arrest", "death"]
    rank: Literal["top", "middle"]
    organisation: str
    count: int = Field(ge=1)
    against: Literal["", "arrest"] = ""


class Split(Entry):
    """A share of an organisation leaves it and becomes another."""

    kind: Literal["split"]
    organisation: str
    share: Dose


class Deploy(Entry):
    """People of a service are sent somewhere with tasks."""

    kind: Literal["deploy"]
    service: str
    people: Dose
    tasks: str
    regions: str = ""


class Effort(Entry):
    """A government works harder, less or in another way against organisations. ``change`` is a factor where it is a number."""

    kind: Literal["effort"]
    actor: Literal["MX", "state"]
    what: str
    change: Dose
    regions: str = ""


class SupplyShock(Entry):
    """A share of a drug's supply is denied somewhere along its way, for some weeks."""

    kind: Literal["supply_shock"]
    drug: str
    at: Literal["crop", "precursor", "origin", "route", "market"]
    share_denied: Dose | None = None
    cause: str = ""
    weeks: float | None = Field(default=None, gt=0)
    other_sources: str = ""


class ArmsAccess(Entry):
    """Arms of a class become easier or harder to buy on a side of the border."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["arms_access"]
    arms_class: Literal["long_gun", "handgun", "heavy", "any"] = Field(alias="class")
    side: str
    change: Dose


class Border(Entry):
    """The border is fenced, watched or its crossing penalised."""

    kind: Literal["border"]
    what: Literal["fence", "agents", "consequences"]
    change: Dose
    regions: str = ""


class Lever(Entry):
    """A lever of the model is pulled to a level. Without a level it is not known what the change means in the lever's unit."""

    kind: Literal["lever"]
    name: str
    level: Dose | None = None
    change: str = ""
    weeks: float | None = Field(default=None, gt=0)


class Rule(Entry):
    """A law, rule or status comes into force."""

    kind: Literal["rule"]
    what: str
    regions: str = ""
    host: str = ""
    detained: int | None = Field(default=None, ge=0)


class Truce(Entry):
    """Organisations stop fighting each other, or one of them does."""

    kind: Literal["truce"]
    parties: str
    broker: str
    terms: str


class Strike(Entry):
    """Strikes from the air."""

    kind: Literal["strike"]
    targets: str
    regions: str
    consent: str = ""


class Deport(Entry):
    """People are removed to another country."""

    kind: Literal["deport"]
    people: Dose
    origin: str


class CivilWorks(Entry):
    """Public works or services."""

    kind: Literal["civil_works"]
    what: str
    people: Dose


class Shock(Entry):
    """Something changes that nobody in the model decides."""

    kind: Literal["shock"]
    what: Literal["jobs", "price", "remittances", "violence", "demand", "trade", "inequality"]
    change: Dose
    regions: str = ""


class ModelRun(Entry):
    """A scenario of a published model."""

    kind: Literal["model_run"]
    model: str
    scenario: str


Intervention = Annotated[
    RemoveLeader
    | Split
    | Deploy
    | Effort
    | SupplyShock
    | ArmsAccess
    | Border
    | Lever
    | Rule
    | Truce
    | Strike
    | Deport
    | CivilWorks
    | Shock
    | ModelRun,
    Field(discriminator="kind"),
]


Kind = Literal[
    "relative",
    "difference",
    "growth_difference",
    "elasticity",
    "per_unit",
    "ratio",
    "share_explained",
    "sign",
]
"""Kinds of statistic."""
UNITS: Mapping[Kind, str] = {
    "relative": "share",
    "share_explained": "share",
    "ratio": "ratio",
    "elasticity": "elasticity",
    "growth_difference": "1/year",
    "sign": "sign",
}
"""Units of kinds that do not depend on the outcome; the others' follow from the outcome's, or the finding cannot be expressed."""


class Estimand(Entry):
    """The statistic of the study. ``window``: weeks from the start of the intervention, both ends inside."""

    kind: Kind
    contrast: Literal["paired", "event", "its", "did", "dose", "rd"]
    treated: str
    control: str
    window: tuple[int, int]

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if not 1 <= self.window[0] <= self.window[1]:
            raise ValueError(f"window needs 1 <= first <= last, has {self.window[0]}, {self.window[1]}")
        return self


class Dilution(Entry):
    """Weight of the treated unit in a unit of the model: log-uniform between ``low`` and ``high``, uniform where ``low`` is 0."""

    model_config = ConfigDict(populate_by_name=True)

    of: str = Field(alias="from")
    to: str
    low: float = Field(ge=0, le=1)
    high: float = Field(gt=0, le=1)
    basis: str

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"needs low <= high, has {self.low:g}, {self.high:g}")
        return self


class Run(Entry):
    """How the model does what was done, where that is a translation of ours; ``basis`` says why.

    ``places``: where it is done, and ``read`` where the outcome is read (by default the same): states by their ISO codes, or ``nation``,
    ``border`` (the states on the line), ``neighbours`` (of the places), ``others``. ``in_turn``: in one of the states in each future,
    as often as members of organisations live there. ``against``: where the outcome is compared, by default ``others`` if the contrast
    asks for a comparison. ``dose``: people in all, level, factor, share denied, miles, agents a year, log change of a cost. ``weeks``:
    how long it lasts, by default to the end. ``amount``: of the intervention, in its units, for an effect per unit. ``lever``: what is
    moved instead, where the model has what was done under another name; its dose is a level. ``per``: an outcome of the nation by which
    the outcome is divided.
    """

    places: tuple[str, ...] = ()
    in_turn: bool = False
    read: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    dose: Dose | None = None
    weeks: int | None = Field(default=None, ge=1)
    amount: float | None = Field(default=None, gt=0)
    lever: str = ""
    per: str = ""
    basis: str = Field(min_length=1)


class Finding(Entry):
    """A published effect.

    ``outcome``: id of an outcome of the model, or ``missing:<name>``. ``estimate``, ``low``, ``high``: 90 % interval in ``unit``.
    ``interval``: where the ends come from. ``lean``: what it says of force or of civil measures; printed, never read by a verdict.
    ``facts``: entries of the ledger that state the same effect. ``scope``: ``analogue`` happened elsewhere and is reported apart.
    """

    id: str = Field(pattern=r"^find\.[a-z_0-9]+\.[a-z_0-9]+$")
    tier: Literal[1, 2]
    scope: Literal["theatre", "analogue"]
    place: str
    start: datetime.date
    weeks: float = Field(gt=0)
    population: str
    outcome: str
    estimate: float
    low: float
    high: float
    level: Literal[90]
    unit: str
    interval: Literal["published", "bounded", "range", "judgement", "sign"]
    design: str
    lean: Literal["force_helps", "force_harms", "force_null", "civil_helps", "civil_harms", "civil_null", "shock"]
    grade: Grade
    sources: tuple[str, ...] = Field(min_length=1)
    facts: tuple[str, ...] = ()
    note: str = ""
    intervention: Intervention
    estimand: Estimand
    dilution: Dilution
    run: Run | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.low <= self.estimate <= self.high:
            raise ValueError(f"needs low <= estimate <= high, has {self.low:g}, {self.estimate:g}, {self.high:g}")
        if len({self.unit == "sign", self.interval == "sign", self.estimand.kind == "sign"}) > 1:
            raise ValueError("unit, interval and estimand.kind are all sign, or none of them is")
        if self.unit == "sign" and (self.estimate not in {-1.0, 0.0, 1.0} or max(abs(self.low), abs(self.high)) > 1):
            raise ValueError("a sign is -1, 0 or 1, between -1 and 1")
        if (only := UNITS.get(self.estimand.kind)) and self.unit != only:
            raise ValueError(f"unit of estimand.kind = {self.estimand.kind!r} is {only!r}, has {self.unit!r}")
        if not only and self.unit in UNITS.values():
            raise ValueError(
                f"unit of estimand.kind = {self.estimand.kind!r} follows from the outcome's, has {self.unit!r}"
            )
        if self.unit == "share" and self.low <= -1:
            raise ValueError("a relative change is above -1")
        if self.unit == "ratio" and self.low <= 0:
            raise ValueError("a ratio is above 0")
        return self

    @property
    def nothing(self) -> float:
        """What the statistic is where nothing happens."""
        return 1.0 if self.unit == "ratio" else 0.0


class FindingFile(Entry):
    """A file of findings. ``source``: those that the ledger does not have yet."""

    source: tuple[Source, ...] = ()
    finding: tuple[Finding, ...] = Field(min_length=1)


def json_schema_text() -> str:
    """Return the JSON Schema (draft 7) of a file of findings as it is published."""
    made: dict[str, Any] = FindingFile.model_json_schema(ref_template="#/definitions/{model}", by_alias=True)
    definitions = made.pop("$defs")
    definitions["Finding"]["properties"]["start"] |= {"description": "First day; a TOML date."}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Premortem findings"}
    return json.dumps({**head, **made, **head, "definitions": definitions}, indent=1, ensure_ascii=False) + "\n"
