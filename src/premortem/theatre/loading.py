"""From a theatre's folder to its arrays: people, organisations, violence and forces by region."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from premortem.evidence import parameters
from premortem.evidence.parameters import Parameter
from premortem.evidence.priors import parse as parse_prior
from premortem.model.index_sets import DRUGS, EVENTS
from premortem.model.units import DAYS_PER_WEEK, DAYS_PER_YEAR, NEVER
from premortem.theatre import nowcast, records
from premortem.theatre.folder import DEFAULT, Folder
from premortem.theatre.geography import Floats, Geography, split
from premortem.theatre.line import Line
from premortem.theatre.records import EFFECTS, OF_STARTS, SUCCESSION, TRANSFER, Events
from premortem.theatre.theatre import Theatre


def load(
    name: str | Path = DEFAULT, start: str = "", depth_miles: float | None = None, events: Events = "known"
) -> Theatre:
    """Return a theatre.

    Parameters
    ----------
    name : a packaged theatre, or a folder that holds one.
    start : one of its starts, its default if empty; or a month, ``2019-03``, where the theatre has rules for a start of any month.
    events : what is scripted after the start: only what was ``known`` on its day to come, or all that ``happened`` since, for hindcasts.
    depth_miles : where the states on the line are split into zone and interior, from 0 to the deepest row of its table; by default the
        theatre's own ``zone_depth_miles``.

    Raises
    ------
    InputError
        If the theatre, the start or the depth does not exist, or a file of the theatre is wrong (each fault with file and line).
    """
    folder = Folder.find(str(name))
    return _load(folder, folder.digest(), start, None if depth_miles is None else float(depth_miles), events)


@lru_cache(maxsize=64)
def _load(folder: Folder, digest: str, start: str, depth_miles: float | None, events: Events) -> Theatre:
    return _Loading(nowcast.prepared(folder, start), digest, start, depth_miles, events).theatre()


@dataclass(frozen=True)
class _Loading:
    folder: Folder
    digest: str
    start_asked: str
    depth_asked: float | None
    events: Events

    @property
    def depth(self) -> float:
        return self.settings.zone_depth_miles if self.depth_asked is None else self.depth_asked

    @cached_property
    def settings(self) -> records.Settings:
        file = "theatre.toml"
        return self.folder.build(records.Settings, self.folder.toml(file), self.folder.where(file))

    @cached_property
    def start(self) -> str:
        start = self.start_asked or self.settings.default_start
        starts: list[str] = list(self.settings.starts)
        if start not in starts and (rules := nowcast.read(self.folder)) is not None:
            starts.append("or a month, {} to {}".format(*nowcast.reach(rules)))
        self.folder.known("start", start, starts, "theatre.toml")
        return start

    @property
    def chosen(self) -> records.Start:
        return self.settings.starts[self.start]

    @property
    def as_of(self) -> datetime.date:
        return self.chosen.as_of or self.chosen.date

    @property
    def tables(self) -> str:
        """The start whose tables of organisations hold."""
        return self.chosen.organisations or self.start

    @cached_property
    def places(self) -> tuple[records.Place, ...]:
        return self.folder.table("places.csv", records.Place)

    @cached_property
    def geography(self) -> Geography:
        codes = [place.code for place in self.places]
        depths = self.folder.table("depths.csv", records.Depth)
        touching = self.folder.table("adjacency.csv", records.Touch)
        for row in depths:
            self.folder.known("place", row.code, codes, "depths.csv")
        for pair in touching:
            for code in (pair.a, pair.b):
                self.folder.known("place", code, codes, "adjacency.csv")
        return split(self.places, depths, touching, self.depth)

    @cached_property
    def at_start(self) -> dict[str, records.PlaceAtStart]:
        rows = {
            row.code: row for row in self.folder.table("starts.csv", records.PlaceAtStart) if row.start == self.start
        }
        for place in self.places:
            self.folder.known("place", place.code, rows, "starts.csv")
        return rows

    @cached_property
    def organisations(self) -> tuple[records.Organisation, ...]:
        named = self.folder.entries("organisations.toml", "organisation", records.Organisation)
        spares = [
            records.Organisation(
                id=f"spare_{i + 1}", name=f"spare {i + 1}", spare=True, ally_strength={}, evidence=(), grade={}
            )
            for i in range(self.settings.spare_slots)
        ]
        return (*named, *spares)

    def by_state(self, column: str) -> dict[str, float]:
        return {code: float(getattr(row, column)) for code, row in self.at_start.items()}

    def spread(self, column: str) -> Floats:
        return self.geography.spread(self.by_state(column))

    def federal(self, column: str) -> Floats:
        """Federal forces: as people live, but for the northern guard, which stands near the line."""
        guard = self.by_state("northern_guard")
        rest = {code: max(n - guard[code], 0.0) for code, n in self.by_state(column).items()}
        return self.geography.spread(rest) + self.northern_guard

    @cached_property
    def northern_guard(self) -> Floats:
        regions = self.geography.regions
        near = min(1.0, self.depth / self.settings.line_forces_depth_miles)
        split_states = {region.state for region in regions if region.zone}
        part = np.array([(near if r.zone else 1 - near) if r.state in split_states else 1.0 for r in regions])
        return part * self.geography.of_states(self.by_state("northern_guard"))

    def members(self) -> Floats:
        ids = [organisation.id for organisation in self.organisations]
        by_state = [dict.fromkeys(self.at_start, 0.0) for _ in ids]
        for row in self.folder.table("members.csv", records.Members):
            self.folder.known("organisation", row.organisation, ids, "members.csv")
            self.folder.known("place", row.code, self.at_start, "members.csv")
            if row.start == self.tables:
                by_state[ids.index(row.organisation)][row.code] += row.members
        for o, organisation in enumerate(self.organisations):
            if self.tables in organisation.members:
                by_state[o] = self.pool(organisation.members[self.tables])
        since = np.ones(len(ids))
        for ident, factor in self.chosen.members_factor.items():
            self.folder.known("organisation", ident, ids, "theatre.toml")
            since[ids.index(ident)] = factor
        found: Floats = since[:, None] * np.array([self.geography.spread(states) for states in by_state])
        return found

    def pool(self, total: float) -> dict[str, float]:
        """Spread a pool over states by the root of people times organised homicides, those that the model solves its start with.

        Both numbers are medians of parameters of rivalry: the base that has nothing to do with organisations, and the least that has.
        """
        rows, ledger = self.at_start.values(), parameters.load()
        base, least = (
            ledger[f"rivalry.{name}"].distribution.median().item() for name in ("base_factor", "organised_floor")
        )
        organised = [max(r.homicides - base * r.homicides_base, least * r.homicides) for r in rows]
        weight = [float(np.sqrt(r.population * n)) for r, n in zip(rows, organised, strict=True)]
        return {r.code: total * w / sum(weight) for r, w in zip(rows, weight, strict=True)}

    def production(self) -> Floats:
        """Where drugs come from [region, drug]: sites lie in open country, so they follow area inside a state."""
        area = self.geography.area / (self.geography.same_state @ self.geography.area)
        weight = np.zeros((len(area), len(DRUGS)))
        for row in self.folder.table("production.csv", records.Production):
            self.folder.known("place", row.code, self.at_start, "production.csv")
            here = np.array([region.state == row.code for region in self.geography.regions]) * area
            by_drug = {"fentanyl": row.laboratories, "methamphetamine": row.laboratories}
            by_drug |= {"cocaine": row.cocaine, "heroin": row.heroin}
            weight += np.outer(here, [by_drug[drug] for drug in DRUGS])
        return np.asarray(weight / np.maximum(weight.sum(axis=0), np.finfo(float).tiny))

    def fuel(self) -> Floats:
        """Where fuel is stolen [region]: inside a state as people live; everywhere alike if no state is named."""
        weights = dict.fromkeys(self.at_start, 0.0)
        weights |= {row.code: row.fuel for row in self.folder.table("production.csv", records.Production)}
        total = sum(weights.values())
        shares = {code: weight / total if total else 1.0 / len(weights) for code, weight in weights.items()}
        return self.geography.spread(shares)

    def rival_weight(self) -> Floats:
        ids = [organisation.id for organisation in self.organisations]
        weight = np.zeros((len(ids), len(ids)))
        for row in self.folder.table("ties.csv", records.Tie):
            for ident in (row.a, row.b):
                self.folder.known("organisation", ident, ids, "ties.csv")
            if row.start == self.tables and row.a != row.b:
                a, b = ids.index(row.a), ids.index(row.b)
                weight[a, b] = weight[b, a] = max(row.rival_weight, weight[a, b])
        return weight

    def organisation_arrays(self) -> dict[str, Floats]:
        slots, date = self.organisations, self.chosen.date

        def each(values: list[float]) -> Floats:
            return np.array(values, dtype=float)

        return {
            "members": self.members(),
            "rival_weight": self.rival_weight(),
            "ally_strength": each([o.ally_strength.get(self.tables, 0.0) for o in slots]),
            "concentration": each([o.concentration for o in slots]),
            "pooled": each([o.pooled for o in slots]),
            "spare": each([o.spare for o in slots]),
            "designated": each([o.designated is not None and o.designated <= date for o in slots]),
            "succession": self.succession(),
            "last_transfer": np.array(self.last_transfer()),
        }

    def wars(self) -> Floats:
        """Return what of each region's level is a war under way in its state, a logarithm."""
        states = sorted({region.state for region in self.geography.regions})
        for state in self.chosen.wars:
            self.folder.known("state", state, states, "theatre.toml")
        return self.geography.of_states({state: self.chosen.wars.get(state, 0.0) for state in states})

    @cached_property
    def line(self) -> Line:
        return Line(self.folder, self.settings, self.geography, self.start)

    def arrays(self) -> dict[str, Floats]:
        geography = self.geography
        return {
            "population": self.spread("population"),
            "area": geography.area,
            "border_miles": self.line.miles_by_region.sum(axis=0),
            "zone": np.array([float(region.zone) for region in geography.regions]),
            "adjacency": geography.adjacency,
            "same_state": geography.same_state,
            **self.organisation_arrays(),
            "homicides_spread": self.geography.of_states(self.by_state("homicides_spread")),
            "wars": self.wars(),
            "homicides_spread_national": np.array(self.chosen.homicides_spread_national),
            **{name: self.spread(name) for name in ("homicides", "homicides_before", "homicides_base", "missing")},
            "missing_spread": np.array(self.chosen.missing_spread),
            **{name: np.array(getattr(self.chosen, name)) for name in ("national_growth", "national_growth_sd")},
            "production": self.production(),
            "fuel": self.fuel(),
            "firearms_seized": np.array(self.chosen.firearms_seized),
            "federal_forces": self.federal("federal_forces"),
            "northern_guard": self.northern_guard,
            "state_police": self.spread("state_police"),
            **self.line.crossing_arrays(),
            **self.line.home_arrays(),
            **self.overdoses(),
            **self.market(),
            **{f"calendar.{name}": weeks for name, weeks in self.calendar().items()},
        }

    def overdoses(self) -> dict[str, Floats]:
        rows = [r for r in self.folder.table("overdoses.csv", records.Overdoses) if r.start == self.start]
        return {
            "overdoses.years": np.array([row.years for row in rows], dtype=float),
            "overdoses.deaths": np.array([row.deaths_a_year for row in rows], dtype=float),
            "overdoses.spread": np.array([row.deaths_spread for row in rows], dtype=float),
            "overdoses.growth": np.array(rows[-1].deaths_growth if rows else 0.0),
            "overdoses.fell": np.array(self.chosen.supply_fell),
        }

    def market(self) -> dict[str, Floats]:
        """Return the fields of ``World.market``: how the start differs from the epoch, and what is recorded after it."""
        deaths = self.folder.table("overdoses.csv", records.Overdoses)
        others = {
            row.start: row.others_a_year for row in deaths if row.years >= 1.0
        }  # the last whole year before each start
        now, epoch = (_year(date) for date in (self.chosen.date, self.settings.epoch))
        record = self.folder.table("content.csv", records.Content)
        years, content = (np.array([getattr(row, name) for row in record]) for name in ("year", "fentanyl"))
        level = np.ones(len(DRUGS))
        points, after = np.zeros(0), np.zeros(0)
        if record:
            public = np.array([row.known_on <= self.as_of for row in record])
            public[0] = True  # before the first, content stands still
            at_start = np.exp(np.interp(now, years[public], np.log(content[public])))
            level[DRUGS.index("fentanyl")] = at_start / np.exp(np.interp(epoch, years, np.log(content)))
            later = (years > now) & (public if self.events == "known" else True)
            if later.any():
                points = np.append(0.0, (years[later] - now) * DAYS_PER_YEAR / DAYS_PER_WEEK)
                after = np.append(1.0, content[later] / at_start)
        starts = self.settings.starts
        for id_ in others:
            self.folder.known("start", id_, starts, "overdoses.csv")
        base = next((others[id_] for id_ in others if starts[id_].date == self.settings.epoch), 0.0)
        return {
            "market.level": level,
            "market.others": np.array(others.get(self.start, base) / base if base else 1.0),
            "market.weeks": points,
            "market.content": after,
        }

    def parameters(self) -> dict[str, Parameter]:
        """Return the parameters of parameters.toml, ``["mechanism.name"]``: what it states takes the place of the ledger's."""
        file = "parameters.toml"
        found: dict[str, Parameter] = {}
        for id_, values in (self.folder.toml(file) if self.folder.has(file) else {}).items():
            ledger, where = parameters.load(), self.folder.where(file, key=id_)
            of_all, _, one = id_.rpartition(".")
            if id_ not in ledger and of_all in ledger and ledger[of_all].shape == "org":
                self.folder.known("organisation", one, [organisation.id for organisation in self.organisations], file)
                common = ledger[of_all].model_dump() | {"axis": "org", "shape": "", "element": one}
            else:
                self.folder.known("parameter", id_, ledger, file)
                common = ledger[id_].model_dump()
            found[id_] = self.folder.build(Parameter, common | values, where)
            parse_prior(found[id_].prior, where)
        return found

    @cached_property
    def dated_events(self) -> tuple[records.Event, ...]:
        return self.folder.table("events.csv", records.Event) if self.folder.has("events.csv") else ()

    def succession(self) -> Floats:
        """Return weeks from the loss of a head whose succession was known to be open, [o]; ``NEVER`` for the others."""
        ids = [organisation.id for organisation in self.organisations]
        weeks = np.full(len(ids), NEVER)
        for event in self.dated_events:
            if event.effect == SUCCESSION:
                self.folder.known("organisation", event.organisation, ids, "events.csv")
                if self.is_past(event):
                    weeks[ids.index(event.organisation)] = self.weeks_since(event)
        return weeks

    def last_transfer(self) -> float:
        """Return weeks from the last transfer of prisoners that was known; ``NEVER`` if none was."""
        past = [self.weeks_since(e) for e in self.dated_events if e.effect == TRANSFER and self.is_past(e)]
        return min(past, default=NEVER)

    def is_past(self, event: records.Event) -> bool:
        """Whether an event was before the start, and known at it."""
        return event.date < self.chosen.date and event.known_on <= self.as_of

    def weeks_since(self, event: records.Event) -> float:
        """Return weeks from an event to the start."""
        return (self.chosen.date - event.date).days / DAYS_PER_WEEK

    def calendar(self) -> dict[str, Floats]:
        """Return the fields of ``World.calendar``: as many weeks as there are events of a kind at any start, ``NEVER`` for the others."""
        weeks: dict[str, list[float]] = {field: [] for field in EFFECTS.values()}
        kinds: list[str] = []
        for event in self.dated_events:
            if event.effect in OF_STARTS:
                continue
            comes = event.date >= self.chosen.date and (event.known_on <= self.as_of or self.events == "happened")
            after = (event.date - self.chosen.date).days / DAYS_PER_WEEK
            weeks[EFFECTS[event.effect]].append(after if comes else NEVER)
            if event.effect in EVENTS:
                kinds.append(event.effect)
        found = {field: np.array(days) for field, days in weeks.items()}
        of_kind = np.array([[kind == one for one in EVENTS] for kind in kinds]).reshape(-1, len(EVENTS))
        return found | {"mx_shocks": np.where(of_kind, found["mx_shocks"][:, None], NEVER)}

    def ranges(self) -> dict[str, tuple[Floats, Floats]]:
        people = self.geography.of_states(self.by_state("population"))
        return {
            "population": (people * self.geography.share_low, people * self.geography.share_high),
            "homicides": (self.spread("homicides_low"), self.spread("homicides_high")),
            "federal_forces": (self.federal("federal_forces_low"), self.federal("federal_forces_high")),
            "state_police": (self.spread("state_police_low"), self.spread("state_police_high")),
        }

    def theatre(self) -> Theatre:
        settings, chosen = self.settings, self.chosen
        arrays, ranges = self.arrays(), self.ranges()
        for array in [*arrays.values(), *(side for pair in ranges.values() for side in pair)]:
            array.flags.writeable = False
        return Theatre(
            name=self.folder.name,
            title=settings.title,
            start=self.start,
            date=chosen.date,
            epoch=settings.epoch,
            depth_miles=self.depth,
            regions=self.geography.regions,
            organisations=self.organisations,
            crossings=tuple(crossing.crossing for crossing in self.line.crossings),
            sectors=self.line.sectors,
            sides=settings.sides,
            home_forces=settings.home,
            facing=self.line.facing,
            depths=self.folder.table("depths.csv", records.Depth),
            northern_guard=settings.northern_guard,
            quantities=settings.quantity,
            arrays=MappingProxyType(arrays),
            ranges=MappingProxyType(ranges),
            parameters=MappingProxyType(self.parameters()),
            newest_homicides=chosen.newest_homicides,
            levers=MappingProxyType(chosen.levers),
            arrest_step=chosen.arrest_step,
            folder_digest=self.digest,
        )


def _year(date: datetime.date) -> float:
    """Return a date as a year with a fraction."""
    first = datetime.date(date.year, 1, 1)
    return date.year + (date - first).days / DAYS_PER_YEAR
