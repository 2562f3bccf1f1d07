"""The line between the two countries: sectors, crossings, and what stands on the home side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from premortem.model.index_sets import DRUGS, HOME_SERVICES, MODES
from premortem.theatre import records
from premortem.theatre.folder import Folder
from premortem.theatre.geography import Floats, Geography


@dataclass(frozen=True)
class Line:
    """The arrays of the line, from sectors.csv, line.csv, ports.csv, crossings.csv and drugs.csv."""

    folder: Folder
    settings: records.Settings
    geography: Geography
    start: str

    @cached_property
    def sector_rows(self) -> tuple[records.Sector, ...]:
        """The sectors."""
        return self.folder.table("sectors.csv", records.Sector)

    @property
    def sectors(self) -> tuple[str, ...]:
        """Names of the sectors."""
        return tuple(row.sector for row in self.sector_rows)

    @cached_property
    def crossings(self) -> tuple[records.Crossing, ...]:
        """The crossings."""
        return self.folder.table("crossings.csv", records.Crossing)

    @property
    def sides(self) -> tuple[str, ...]:
        """Names of the home sides."""
        return self.settings.sides

    def _zone(self, code: str, file: str) -> int:
        zones = {region.state: i for i, region in enumerate(self.geography.regions) if region.zone}
        self.folder.known("place on the line", code, zones, file)
        return zones[code]

    def _side(self, side: str, file: str) -> int:
        self.folder.known("side", side, self.sides, file)
        return self.sides.index(side)

    def _sector(self, sector: str, file: str) -> int:
        self.folder.known("sector", sector, self.sectors, file)
        return self.sectors.index(sector)

    @cached_property
    def _miles(self) -> tuple[Floats, Floats]:
        by_region = np.zeros((len(self.sectors), len(self.geography.regions)))
        by_side = np.zeros((len(self.sectors), len(self.sides)))
        for row in self.folder.table("line.csv", records.Stretch):
            sector = self._sector(row.sector, "line.csv")
            by_region[sector, self._zone(row.code, "line.csv")] += row.miles
            by_side[sector, self._side(row.side, "line.csv")] += row.miles
        return by_region, by_side

    @property
    def miles_by_region(self) -> Floats:
        """Miles of line by sector and region ``[q, r]``; a sector faces zones only."""
        return self._miles[0]

    @property
    def facing(self) -> Floats:
        """Miles of line between a side and a zone ``[side, region]``."""
        facing = np.zeros((len(self.sides), len(self.geography.regions)))
        for row in self.folder.table("line.csv", records.Stretch):
            facing[self._side(row.side, "line.csv"), self._zone(row.code, "line.csv")] += row.miles
        return facing

    def home_arrays(self) -> dict[str, Floats]:
        """Return the fields of ``World.home``."""
        by_region, by_side = self._miles
        agents = np.array([row.agents for row in self.sector_rows], dtype=float)
        sector_side = _shares(by_side, axis=1)
        people = np.zeros((len(HOME_SERVICES), len(self.sides)))
        for force in self.settings.home:
            self.folder.known("service", force.service, HOME_SERVICES, "theatre.toml")
            total = force.people or 0.0
            here = np.zeros(len(self.sides))
            if force.spread == "agents":
                here = agents @ sector_side
            elif force.spread == "miles":
                here = total * _shares(by_side.sum(axis=0), axis=0)
            for side, share in force.share.items():
                here[self._side(side, "theatre.toml")] += share * total
            people[HOME_SERVICES.index(force.service)] += here
        return {
            "home.miles": by_region.sum(axis=1),
            "home.sector_side": sector_side,
            "home.sector_region": _shares(by_region, axis=1),
            "home.agents": agents,
            "home.people": people,
        }

    def crossing_arrays(self) -> dict[str, Floats]:
        """Return the fields of ``World.crossings``."""
        k = len(self.crossings)
        mode, sector = np.zeros((k, len(MODES))), np.zeros((k, len(self.sectors)))
        region, side = np.zeros((k, len(self.geography.regions))), np.zeros((k, len(self.sides)))
        vehicles, trucks = np.zeros(k), np.zeros(k)
        port_region, port_side, port_traffic = self._ports()
        file = "crossings.csv"
        for i, row in enumerate(self.crossings):
            self.folder.known("mode", row.mode, MODES, file)
            mode[i, MODES.index(row.mode)] = 1.0
            if not row.sector:
                side[i, self._side(row.side, file)] = 1.0
                continue
            q = self._sector(row.sector, file)
            sector[i, q] = 1.0
            region[i], side[i] = self._miles[0][q], self._miles[1][q]
            if row.mode == "ports" and port_region[q].any():  # ports stand where they stand, not evenly along the line
                region[i], side[i] = port_region[q], port_side[q]
                vehicles[i], trucks[i] = port_traffic[q]
        seized_kg = {
            row.drug: row.seized_kg for row in self.folder.table("drugs.csv", records.Seized) if row.start == self.start
        }
        for drug in seized_kg:
            self.folder.known("drug", drug, DRUGS, "drugs.csv")
        share = np.array([[getattr(row, drug) for drug in DRUGS] for row in self.crossings]).reshape(-1, len(DRUGS))
        return {
            "crossings.mode": mode,
            "crossings.sector": sector,
            "crossings.region": _shares(region, axis=1),
            "crossings.side": _shares(side, axis=1),
            "crossings.seized": _shares(share, axis=0) * np.array([seized_kg.get(drug, 0.0) for drug in DRUGS]),
            "crossings.firearms": _shares(np.array([row.firearms for row in self.crossings], dtype=float), axis=0),
            "crossings.people": _shares(np.array([row.people for row in self.crossings], dtype=float), axis=0),
            "crossings.remote": np.array([row.remote for row in self.crossings], dtype=float),
            "crossings.vehicles": vehicles,
            "crossings.trucks": trucks,
        }

    def _ports(self) -> tuple[Floats, Floats, Floats]:
        """Traffic of the ports by sector and region, by sector and side, and by sector as (vehicles, trucks)."""
        q = len(self.sectors)
        region, side, traffic = (
            np.zeros((q, len(self.geography.regions))),
            np.zeros((q, len(self.sides))),
            np.zeros((q, 2)),
        )
        for row in self.folder.table("ports.csv", records.Port):
            sector = self._sector(row.sector, "ports.csv")
            region[sector, self._zone(row.code, "ports.csv")] += row.vehicles + row.trucks
            side[sector, self._side(row.side, "ports.csv")] += row.vehicles + row.trucks
            traffic[sector] += (row.vehicles, row.trucks)
        return region, side, traffic


def _shares(table: Floats, axis: int) -> Floats:
    """Return a table whose sums along an axis are exactly one (published shares are rounded), or zero where there is nothing."""
    total = np.broadcast_to(table.sum(axis=axis, keepdims=True), table.shape)
    shares = np.zeros_like(table)
    np.divide(table, total, out=shares, where=total > 0)
    return shares
