"""What a person asks: plans, by name or as text, against a baseline, in some futures."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property, lru_cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from premortem.api.plans import Plan
from premortem.errors import InputError, Problem
from premortem.evidence import ledger
from premortem.instant import basis
from premortem.plan.language import packaged
from premortem.plan.language.load import load_text
from premortem.study.cases import Reading
from premortem.study.provenance import Environment
from premortem.study.spec import StudySpec, make
from premortem.web.settings import MOST_FUTURES, MOST_PLANS, MOST_YEARS

MOST_SEED = 2**32 - 1
MOST_TEXT = 1_000_000
KEPT = 32  # texts read last: a page asks for findings, form and run of one text


class PlanAsked(BaseModel):
    """A plan: the name of a packaged one, or the text of one's own. One of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=64, description="name of a packaged plan (GET /api/plans)")] = ""
    text: Annotated[str, Field(max_length=MOST_TEXT, description="text of a plan file, TOML")] = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.name) == bool(self.text):
            raise ValueError("give a name or a text, one of the two")
        return self

    @cached_property
    def read(self) -> Plan:
        """The plan. A text may extend packaged plans only, and name packaged theatres only: nothing outside is read for it.

        Raises
        ------
        InputError : no such plan, or every problem of the text.
        """
        if self.text:
            return own(self.text)
        if not packaged.exists(self.name):
            message, near = "no such packaged plan", packaged.nearest_name(self.name)
            raise InputError(Problem("unknown_plan", message, found=self.name, allowed="GET /api/plans", nearest=near))
        return Plan(load_text(packaged.text(self.name), packaged.file(self.name)))


class Question(BaseModel):
    """Plans against a baseline in the same futures.

    ``first``: the reading under which all futures are computed before those of the other; where none is named both go together. It decides
    nothing about the results.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plans: Annotated[tuple[PlanAsked, ...], Field(min_length=1, max_length=MOST_PLANS)]
    against: PlanAsked = PlanAsked(name="status_quo")
    futures: Annotated[int, Field(strict=True, ge=1, le=MOST_FUTURES)] = 200
    years: Annotated[int, Field(strict=True, ge=1, le=MOST_YEARS)] = 5
    seed: Annotated[int, Field(strict=True, ge=0, le=MOST_SEED)] = 1
    first: Reading | None = None

    @cached_property
    def loaded(self) -> tuple[Plan, ...]:
        """The plans, the baseline first.

        Raises
        ------
        InputError : a plan cannot be read, or two have one id.
        """
        read = (self.against.read, *(plan.read for plan in self.plans))
        ids = [plan.id for plan in read]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            message = "a plan is named twice, or two plans have one id; give your plan an id of its own"
            raise InputError(
                Problem("duplicate_id", message, found=", ".join(twice), allowed="plans with different ids")
            )
        return read

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the plans, the baseline first."""
        return tuple(plan.title for plan in self.loaded)

    @property
    def spec(self) -> StudySpec:
        """The study that answers it."""
        names = tuple(plan.id if packaged.is_packaged(plan.loaded.file) else plan.loaded.file for plan in self.loaded)
        return make(plans=names, futures=self.futures, years=self.years, seed=self.seed)

    @property
    def digest(self) -> str:
        """Digest of all that decides the results: the plans, the numbers, the evidence, the model with its data and fit, and the code."""
        decides = {
            "plans": [(plan.id, plan.loaded.content_hash, plan.title) for plan in self.loaded],
            "numbers": [self.futures, self.years, self.seed],
            "rests_on": [ledger.load().digest, basis.model(), Environment.here().code],
        }
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


@lru_cache(maxsize=KEPT)
def own(text: str) -> Plan:
    """Return a plan of its text alone, as a file named after its id, without a folder in which anything could be looked for.

    Raises
    ------
    InputError : every problem of the text.
    """
    first = load_text(text, "plan.toml")
    return Plan(load_text(text, f"{first.plan.id}.toml"))
