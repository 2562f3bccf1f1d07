"""What a study rests on, as its folder keeps it: what was asked, of which plans and evidence, with which versions, on which machine.

Old folders lack what was not recorded then; such fields are empty. What only a newer version recorded is kept as it is.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from premortem import __version__
from premortem.evidence import calibrated
from premortem.study.cases import Case, cases
from premortem.study.spec import Kept, StudySpec

LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "polars", "zarr", "numcodecs")


class Record(BaseModel):
    """A part of the provenance: never changed."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class SuccessRecord(Record):
    """A measure of success of a plan."""

    outcome: str
    op: str
    level: float
    by_week: int


class ExpectRecord(Record):
    """A prediction of a plan's authors; ``claim`` is the claim of the ledger that predicts it."""

    outcome: str
    direction: str
    claim: str | None = None


class PlanRecord(Record):
    """One plan of a study, as it was when the study began.

    ``file`` is where it was read, ``hash`` that of its content. ``branches``: their names. ``acts``: whether it does anything that could
    end; ``planned_weeks``: for how long, where it says so. ``open_fields``: paths of the fields drawn in every future.
    """

    id: str
    title: str
    file: str
    hash: str
    branches: tuple[str, ...] = ()
    acts: bool = True
    planned_weeks: int | None = None
    success: tuple[SuccessRecord, ...] = ()
    expect: tuple[ExpectRecord, ...] = ()
    open_fields: tuple[str, ...] = ()


class TheatreRecord(Record):
    """The theatre at its start; ``depth_miles``: where states on the line are split into zone and interior.

    ``newest`` is the last day of the newest month of homicides that the start knows, empty where nothing says so.
    """

    name: str
    start: str
    depth_miles: float
    digest: str
    newest: str = ""


class RestsOn(Record):
    """How many parameters of the model are calibrated, sourced (by grade) and assumed."""

    parameters: int
    calibrated: int
    sourced_a: int = Field(alias="sourced_A")
    sourced_b: int = Field(alias="sourced_B")
    sourced_c: int = Field(alias="sourced_C")
    assumed: int

    @property
    def sourced(self) -> int:
        """Number with a source of any grade."""
        return self.sourced_a + self.sourced_b + self.sourced_c


class DesignRecord(Record):
    """The uncertainties that a design spreads, a column each; or its groups of parameters."""

    columns: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()


class FitRecord(Record):
    """The fit to the record that the draws follow: what was known until ``cut``, its digest, and the parameters that it informs."""

    cut: str
    digest: str
    informed: tuple[str, ...]

    @property
    def known_on(self) -> str:
        """The first day of its month: the fit has seen nothing that was published later."""
        return f"{self.cut}-01"


class RecipeRecord(Record):
    """All that decides the results: the recipe itself and the digests of what it rests on; mostly empty for studies of no plan files.

    ``begins``: date of the first day. ``evidence``: digest of the evidence; ``own``: its entries that are the reader's own.
    """

    spec: StudySpec | None = None
    plans: tuple[PlanRecord, ...] = ()
    evidence: str = ""
    own: tuple[str, ...] = ()
    begins: str = ""
    theatre: TheatreRecord | None = None
    mechanisms: tuple[str, ...] = ()
    design: DesignRecord = DesignRecord()
    rests_on: RestsOn | None = None
    posterior: FitRecord | None = None

    def plan(self, id_: str) -> PlanRecord | None:
        """Return what is recorded of a plan, None where nothing is."""
        return next((plan for plan in self.plans if plan.id == id_), None)

    @property
    def pinned(self) -> StudySpec | None:
        """What was asked, with the start, the depth and the fit that it came to: runs anew, of other plans too, are in the same futures."""
        if self.spec is None:
            return None
        update: dict[str, object] = {}
        if self.theatre is not None:
            update |= {"start": self.theatre.start, "depth_miles": self.theatre.depth_miles}
        if self.spec.posterior == calibrated.DEFAULT:
            update["posterior"] = calibrated.NONE if self.posterior is None else self.posterior.cut
        return self.spec.model_copy(update=update)

    def changed_since(self, before: RecipeRecord) -> list[str]:
        """Return in words what gives other results than it did before."""
        hashes = {plan.id: plan.hash for plan in self.plans}
        changed = [f"plan {plan.id}" for plan in before.plans if hashes.get(plan.id) != plan.hash]
        pairs = {
            "evidence": (self.evidence, before.evidence),
            "theatre": (self.theatre, before.theatre),
            "mechanisms": (self.mechanisms, before.mechanisms),
            "design": (self.design, before.design),
            "fit to the record": (self.posterior, before.posterior),
        }
        return changed + [what for what, (now, then) in pairs.items() if now != then]


class AccountRecord(Record):
    """An account of the ledger: what it counts, and whether it is the world outside."""

    unit: str
    meaning: str
    source: bool = False


class Environment(Record):
    """Versions, a digest of the ``code``, and type of machine: what else can decide the bits of a result."""

    code: str = ""
    versions: Mapping[str, str] = Field(default_factory=dict)
    machine: Mapping[str, str] = Field(default_factory=dict)

    @staticmethod
    def here() -> Environment:
        """Return those of this process."""
        return Environment(
            code=_code(),
            versions={
                "premortem": __version__,
                "python": platform.python_version(),
                **{name: version(name) for name in LIBRARIES},
            },
            machine={"system": platform.system(), "architecture": platform.machine(), "processor": _processor()},
        )

    def differs_from(self, before: Environment) -> list[str]:
        """Return in words what is not as it was: "jax 0.7 -> 0.8"."""
        then, now = (dict(one.versions) | dict(one.machine) for one in (before, self))
        return [f"{key} {then.get(key, 'unknown')} -> {value}" for key, value in now.items() if then.get(key) != value]


class Provenance(Record):
    """All of it.

    ``store``: version of the folder's format. ``stoppable``: plans that have a reading of their own as carried out.
    ``chunk``: futures of a chunk. ``outcomes``: ids, in the order of the arrays; ``regional`` and ``mapped``: those kept by region and
    quarter, and by region and week. ``mechanism_of``: outcome -> mechanism that it comes from.
    """

    store: int
    plans: tuple[str, ...]
    stoppable: tuple[str, ...] = ()
    futures: int
    years: int
    seed: int
    chunk: int
    outcomes: tuple[str, ...]
    regional: tuple[str, ...] = ()
    mapped: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    mechanism_of: Mapping[str, str] = Field(default_factory=dict)
    accounts: Mapping[str, AccountRecord] = Field(default_factory=dict)
    keep: tuple[Kept, ...] = ()
    recipe: RecipeRecord = Field(default_factory=RecipeRecord, alias="source")
    code: str = ""
    versions: Mapping[str, str] = Field(default_factory=dict)
    machine: Mapping[str, str] = Field(default_factory=dict)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Every plan under each reading that was computed apart, in the order of the arrays."""
        return cases(self.plans, self.stoppable)

    @property
    def environment(self) -> Environment:
        """With which versions and on which type of machine the study began."""
        return Environment(code=self.code, versions=self.versions, machine=self.machine)

    def as_json(self) -> dict[str, Any]:
        """Return it as its file holds it and programs read it."""
        return self.model_dump(mode="json", by_alias=True)


@cache
def _code() -> str:
    """Return a hash of all modules of this package: versions alone do not tell two states of a working copy apart."""
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for module in sorted(package.rglob("*.py")):
        digest.update(module.relative_to(package).as_posix().encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
