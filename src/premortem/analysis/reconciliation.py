"""Whether the model starts where the evidence is: stocks and yearly flows of the status quo against ranges of the ledger.

A row is data (``data/reconciliation.toml``): where the model's number comes from, and the facts that say where it must lie. Stocks that
the theatre holds are read from its arrays, stocks that mechanisms open and flows of the first year from a small ensemble of the status
quo, as medians over its futures. A range is never typed here: it is made of facts by id, in their units.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from premortem import theatre
from premortem.analysis.ensemble import status_quo
from premortem.errors import DataError, Problem
from premortem.evidence import load as load_evidence
from premortem.evidence import outcomes, parameters, reading
from premortem.evidence.ledger import Fact
from premortem.evidence.units import registry
from premortem.model.index_sets import (
    DRUGS,
    HOME_SERVICES,
    INCOMES,
    MODES,
    OUTLAYS,
    PARTIES,
    VENDORS,
    WEAPON_LOSSES,
    WEAPONS,
)
from premortem.theatre import Theatre
from premortem.theatre.folder import DEFAULT

FILE = "reconciliation.toml"
YEARS = 1
TAIL = 0.05
ROUNDING = 1e-4
"""Of the model's number: the theatre's tables hold whole people in each of many regions, whose sum may miss the total by some."""

Floats = NDArray[np.float64]

# Index letters and units of the theatre's arrays, by the names under which rows read them.
ARRAYS: Mapping[str, tuple[str, str]] = {
    "population": ("r", "person"),
    "population_2020": ("r", "person"),
    "area": ("r", "mile**2"),
    "border_miles": ("r", "mile"),
    "members": ("or", "person"),
    "homicides": ("r", "person/year"),
    "federal_forces": ("r", "person"),
    "northern_guard": ("r", "person"),
    "state_police": ("r", "person"),
    "crossings.seized": ("kd", "kg/year"),
    "crossings.vehicles": ("k", "vehicle/year"),
    "crossings.trucks": ("k", "vehicle/year"),
    "home.agents": ("q", "person"),
    "home.people": ("us", "person"),
}


class Amount(reading.Entry):
    """One number of the model. Exactly one of the five says what is read; ``at`` keeps some members of its index sets, all if empty.

    Attributes
    ----------
    theatre : an array of the theatre, summed.
    opening : an account, as mechanisms open it.
    account : an account, its change over the first year.
    outcome : an outcome, over the first year.
    parameter : a parameter, as drawn.
    """

    theatre: str = ""
    opening: str = ""
    account: str = ""
    outcome: str = ""
    parameter: str = ""
    at: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(map(bool, (self.theatre, self.opening, self.account, self.outcome, self.parameter))) != 1:
            raise ValueError("needs exactly one of theatre, opening, account, outcome, parameter")
        if self.at and (self.outcome or self.parameter):
            raise ValueError("an outcome and a parameter have no members to choose from")
        return self

    @property
    def simulated(self) -> bool:
        """Whether it takes an ensemble."""
        return not self.theatre


class Row(reading.Entry):
    """One quantity: the sum of ``model`` over that of ``over``, in ``unit``, and the range that it must lie in.

    ``combine`` makes one range of several facts: the hull of alternatives or of years around the start, their sum, or their product.
    ``months``: fact -> how long it counted, where it is not by year. ``starts``: those the facts speak of, all if empty.
    ``depth_miles``: of the zone, where the facts speak of one depth. ``note`` says where definitions differ.
    """

    quantity: str
    unit: str
    model: tuple[Amount, ...] = Field(min_length=1)
    over: tuple[Amount, ...] = ()
    facts: tuple[str, ...] = Field(min_length=1)
    combine: Literal["hull", "sum", "product"] = "hull"
    months: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    starts: tuple[str, ...] = ()
    depth_miles: float | None = None
    note: str = ""

    @property
    def simulated(self) -> bool:
        """Whether it takes an ensemble of the status quo."""
        return any(amount.simulated for amount in (*self.model, *self.over))


@dataclasses.dataclass(frozen=True)
class Line:
    """A quantity as the model has it and the range of the evidence.

    ``model`` is the median over futures, ``model_low`` and ``model_high`` its 5 and 95 % quantiles; all equal where nothing is drawn.
    """

    quantity: str
    unit: str
    model: float
    model_low: float
    model_high: float
    low: float
    high: float
    facts: tuple[str, ...]
    note: str = ""

    @property
    def inside(self) -> bool:
        """Whether the model's number lies in the range of the evidence, but for the rounding of tables."""
        rounding = ROUNDING * abs(self.model)
        return self.low - rounding <= self.model <= self.high + rounding

    @staticmethod
    def exact(quantity: str, unit: str, model: float, wanted: float) -> Line:
        """Return what must be one number by its definition."""
        return Line(quantity, unit, model, model, model, wanted, wanted, ())

    def as_json(self) -> dict[str, Any]:
        """Return the line for programs, unrounded."""
        return dataclasses.asdict(self) | {"facts": list(self.facts), "inside": self.inside}


@dataclasses.dataclass(frozen=True)
class Year:
    """The first year of the status quo in some futures.

    ``opening`` and ``accounts``: account -> [future, ...] balance at the start, and change; ``outcomes``: outcome -> [future, week];
    ``draws``: parameter -> [future]. ``labels`` and ``units`` of each account.
    """

    opening: Mapping[str, Floats]
    accounts: Mapping[str, Floats]
    outcomes: Mapping[str, Floats]
    draws: Mapping[str, Floats]
    labels: Mapping[str, str]
    units: Mapping[str, str]


def rows() -> tuple[Row, ...]:
    """Return the packaged rows.

    Raises
    ------
    DataError
        If the file is wrong, with every fault.
    """
    return reading.listed(Row, FILE, "row", "quantity")


def check(world: Theatre) -> list[Line]:
    """Return every quantity of a theatre's start next to the evidence; nothing for a theatre that the ledger does not describe."""
    if world.name != DEFAULT:
        return []
    asked = [row for row in rows() if not row.starts or world.start in row.starts]
    year = simulate(world.start) if any(row.simulated for row in asked) else None
    return [line(row, world, year) for row in asked]


def line(row: Row, world: Theatre, year: Year | None) -> Line:
    """Return one row for a theatre and an ensemble, which rows that read the theatre alone do not need."""
    if row.depth_miles is not None and row.depth_miles != world.depth_miles:
        world = theatre.load(world.name, world.start, row.depth_miles)
    above = _total(row.model, world, year)
    below = _total(row.over, world, year) if row.over else registry().Quantity(np.ones(1), "ratio")
    try:
        values = np.atleast_1d((above / below).to(row.unit).magnitude)
        low, high = _range(row)
    except Exception as error:
        raise DataError(Problem("units", f"{row.quantity}: {error}")) from error
    median, least, most = np.quantile(values, [0.5, TAIL, 1 - TAIL]).tolist()
    return Line(row.quantity, row.unit, median, least, most, low, high, row.facts, row.note)


def simulate(start: str) -> Year:
    """Simulate the status quo for a year from a start, in an ensemble."""
    from premortem.arrays import jax
    from premortem.engine import compilation
    from premortem.engine.week import begin

    ran = status_quo(DEFAULT, start, YEARS)
    setup, accounts = ran.inputs.setup, ran.model.accounts

    def opening(controls: Any, drawn: Any) -> dict[str, jax.Array]:
        orders = jax.tree.map(lambda x: x[0, 0], controls.orders)
        return begin(ran.model, dataclasses.replace(setup, controls=controls, parameters=drawn), orders)[0].opening

    opened = jax.jit(jax.vmap(opening), compiler_options=compilation.COMPILER_OPTIONS)(setup.controls, setup.parameters)

    def kept(arrays: Mapping[str, Any]) -> dict[str, Floats]:
        return {name: ran.kept(array) for name, array in arrays.items()}

    return Year(
        kept(opened),
        kept(ran.result.accounts),
        kept(ran.result.weekly),
        kept(ran.inputs.draws),
        {name: account.labels for name, account in accounts.items()},
        {name: account.unit for name, account in accounts.items()},
    )


def _total(amounts: Iterable[Amount], world: Theatre, year: Year | None) -> Any:
    """Return the sum of some amounts as a quantity with a unit, ``[future]`` or ``[1]``."""
    return sum(_quantity(amount, world, year) for amount in amounts)


def _quantity(amount: Amount, world: Theatre, year: Year | None) -> Any:
    quantity = registry().Quantity
    if amount.theatre:
        labels, unit = ARRAYS[amount.theatre]
        return quantity(_sum(_array(world, amount.theatre)[None], labels, amount.at, world), unit)
    assert year is not None
    if amount.parameter:
        return quantity(year.draws[amount.parameter], parameters.load()[amount.parameter].unit)
    if amount.outcome:
        info, values = outcomes.load()[amount.outcome], year.outcomes[amount.outcome]
        if info.summary in {"mean", "end"}:
            return quantity(values.mean(axis=1), info.unit)
        return _a_year(values.sum(axis=1), info.unit.removesuffix("/year"), values.shape[1])
    balances, name = (year.opening, amount.opening) if amount.opening else (year.accounts, amount.account)
    total = _sum(balances[name], year.labels[name], amount.at, world)
    if amount.opening:
        return quantity(total, year.units[name])
    return _a_year(total, year.units[name], next(iter(year.outcomes.values())).shape[1])


def _a_year(amount: Floats, unit: str, weeks: int) -> Any:
    return registry().Quantity(amount, unit) / registry().Quantity(weeks, "week").to("year")


def _array(world: Theatre, name: str) -> Floats:
    if name != "population_2020":
        return world.arrays[name]
    here = world.arrays["population"]
    census = {row["iso"]: float(row["population_2020"]) for row in load_evidence().tables["geo.mx_states"].rows}
    return np.array([census[region.state] for region in world.regions]) * here / (world.arrays["same_state"] @ here)


def _sum(values: Floats, labels: str, at: Sequence[str], world: Theatre) -> Floats:
    """Return the sum over all axes but the first, of the members named: any of those of one index set, all index sets together."""
    unknown = [name for name in at if not any(name in _members(letter, world) for letter in labels)]
    if unknown:
        raise DataError(
            Problem("unknown_member", f"no such member of the index sets {labels!r}", found=", ".join(unknown))
        )
    for axis, letter in enumerate(labels, start=1):
        members = _members(letter, world)
        named = [members[name] for name in at if name in members]
        if named:
            kept = sorted({place for places in named for place in places})
            values = values.take(kept, axis=axis)
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))


def _members(letter: str, world: Theatre) -> Mapping[str, Sequence[int]]:
    """Return names of members and of groups of members of an index set, with their places."""
    plain: Mapping[str, Sequence[str]] = {
        "a": PARTIES,
        "d": DRUGS,
        "o": [organisation.id for organisation in world.organisations],
        "q": world.sectors,
        "s": world.sides,
        "u": HOME_SERVICES,
        "w": WEAPONS,
        "i": (*world.sides, *VENDORS, "workshops"),
        "h": WEAPON_LOSSES,
        "g": INCOMES,
        "z": OUTLAYS,
    }
    if letter in plain:
        return {name: [place] for place, name in enumerate(plain[letter])}
    names: list[tuple[str, ...]] = []
    if letter == "r":
        names = [(region.code, region.state, *(["zone"] if region.zone else [])) for region in world.regions]
    elif letter == "k":
        modes = world.arrays["crossings.mode"].argmax(axis=1)
        names = [(crossing, MODES[mode]) for crossing, mode in zip(world.crossings, modes, strict=True)]
    found: dict[str, list[int]] = {}
    for place, all_names in enumerate(names):
        for name in all_names:
            found.setdefault(name, []).append(place)
    return found


def _range(row: Row) -> tuple[float, float]:
    """Return the range of a row's facts in the row's unit."""
    facts = load_evidence().facts
    missing = [id_ for id_ in row.facts if id_ not in facts or facts[id_].value is None or facts[id_].grade == "M"]
    if missing:
        raise DataError(Problem("no_range", "not a fact with a number to rest on", found=", ".join(missing)))
    low, high = ([_bound(row, facts[id_], side) for id_ in row.facts] for side in ("low", "high"))
    if row.combine == "hull":
        return min(low), max(high)
    if row.combine == "sum":
        return sum(low), sum(high)
    return math.prod(low), math.prod(high)


def _bound(row: Row, fact: Fact, side: str) -> float:
    bound = registry().Quantity(getattr(fact, side), fact.unit)
    if fact.id in row.months:
        bound = bound / registry().Quantity(row.months[fact.id], "month")
    if row.combine == "product" and bound.dimensionless:
        return float(bound.to("ratio").magnitude)
    return float(bound.to(row.unit).magnitude)
