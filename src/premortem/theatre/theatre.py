"""A theatre at one start and one zone depth: names and codes of every index set, arrays, ranges, where they come from."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from premortem.evidence.parameters import Parameter
from premortem.theatre.depth import within
from premortem.theatre.geography import Floats, Region
from premortem.theatre.records import Depth, HomeForce, Organisation, Quantity

if TYPE_CHECKING:
    from premortem.model.world import World


@dataclasses.dataclass(frozen=True, eq=False)
class Theatre:
    """What a theatre's folder says about one start, with its border states split at one depth.

    ``arrays`` holds the fields of ``premortem.model.world.World`` by name (``crossings.mode`` for those of its parts; neighbours
    as the matrix ``adjacency``, 1 where two regions touch), read only, in the units given there. ``ranges`` holds low and high of
    those that are judged; different regions do not move together. ``parameters``: by id, those whose prior is the theatre's own.
    """

    name: str
    title: str
    start: str
    date: datetime.date
    epoch: datetime.date
    depth_miles: float
    regions: tuple[Region, ...]
    organisations: tuple[Organisation, ...]
    crossings: tuple[str, ...]
    sectors: tuple[str, ...]
    sides: tuple[str, ...]
    home_forces: tuple[HomeForce, ...]
    facing: Floats  # [side, region] mile of line between a side and a zone
    depths: tuple[Depth, ...]
    northern_guard: str
    quantities: tuple[Quantity, ...]
    arrays: Mapping[str, Floats]
    ranges: Mapping[str, tuple[Floats, Floats]]
    parameters: Mapping[str, Parameter]
    arrest_step: float
    levers: Mapping[str, float]  # level that stands at the start, where it is not the catalogue's status quo
    newest_homicides: datetime.date | None  # last day of the newest month of homicides that the start knows
    folder_digest: str

    @property
    def sizes(self) -> dict[str, int]:
        """Lengths of the axes that the theatre decides, by the labels of ``premortem.evidence.sampling``."""
        return {
            "org": len(self.organisations),
            "region": len(self.regions),
            "crossing": len(self.crossings),
            "sector": len(self.sectors),
            "side": len(self.sides),
        }

    @property
    def baseline(self) -> dict[str, float]:
        """People who are there under every plan, by the id under which a plan names their force."""
        agents = float(self.arrays["home.agents"].sum())
        people = {force.id: agents if force.people is None else force.people for force in self.home_forces}
        guard = float(self.arrays["northern_guard"].sum())
        return people | ({self.northern_guard: guard} if self.northern_guard and guard else {})

    @cached_property
    def digest(self) -> str:
        """A hash of all that the model is given: equal digests give equal worlds."""
        total = hashlib.sha256(f"{self.name}\0{self.start}\0{self.depth_miles!r}\0{self.folder_digest}".encode())
        for name in sorted(self.arrays):
            total.update(
                f"{name}{self.arrays[name].shape}".encode() + np.ascontiguousarray(self.arrays[name]).tobytes()
            )
        return total.hexdigest()

    def region(self, code: str) -> int:
        """Return the place of a region in the arrays, by code; -1 if there is none."""
        return next((i for i, region in enumerate(self.regions) if region.code == code), -1)

    def by_state(self) -> tuple[tuple[str, ...], Floats]:
        """Return the codes of the states in order, and the array [region, state] that sums amounts of regions by state."""
        codes = tuple(sorted({region.state for region in self.regions}))
        return codes, np.array([[region.state == code for code in codes] for region in self.regions], np.float64)

    def organisation(self, ident: str) -> int:
        """Return the place of an organisation in the arrays, by id; -1 if there is none."""
        return next((i for i, organisation in enumerate(self.organisations) if organisation.id == ident), -1)

    def zone_part(self, depth_miles: Floats) -> Floats:
        """Return the share of each region's residents who live within a depth of the line, ``[..., region]``; 0 where there is no zone.

        Depths beyond that of this theatre give 1: the zone is then all of the region.
        """
        part = np.zeros((*np.shape(depth_miles), len(self.regions)))
        for i, region in enumerate(self.regions):
            rows = [row for row in self.depths if row.code == region.state]
            whole = within(self.depth_miles, rows, "share") if region.zone else 0.0
            if whole > 0:
                share = np.vectorize(lambda depth, rows=rows: within(depth, rows, "share"), otypes=[float])
                part[..., i] = np.minimum(share(depth_miles) / whole, 1.0)
        return part

    def world(self) -> World:
        """Return the theatre as the model sees it. Imports JAX."""
        from premortem.arrays import jax
        from premortem.model.world import Calendar, Crossings, HomeFront, Market, Overdoses, World, neighbours

        def part(prefix: str) -> dict[str, object]:
            return {
                name.removeprefix(prefix): jax.device_put(np.asarray(array, np.float32))
                for name, array in self.arrays.items()
                if name.startswith(prefix) and "." not in name.removeprefix(prefix) and name != "adjacency"
            }

        return World(
            **part(""),  # type: ignore[arg-type]
            neighbours=jax.device_put(neighbours(self.arrays["adjacency"])),
            crossings=Crossings(**part("crossings.")),  # type: ignore[arg-type]
            home=HomeFront(**part("home.")),  # type: ignore[arg-type]
            overdoses=Overdoses(**part("overdoses.")),  # type: ignore[arg-type]
            market=Market(**part("market.")),  # type: ignore[arg-type]
            calendar=Calendar(**part("calendar.")),  # type: ignore[arg-type]
            arrest_step=self.arrest_step,
        )
