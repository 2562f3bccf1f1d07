"""How well the model forecast the past, as stored: its scores beside those of every naive rival (``premortem hindcast``)."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, Self

from pydantic import model_validator

from premortem.evidence.reading import Entry, data

FILE = "hindcast.json"
MODEL = "premortem"
SAMPLE = "2021-12"


HONEST = (0.82, 0.95)
"""Between which the share of cases inside a range of 90 % is called honest: below it is too narrow, above it too wide."""


def is_honest(in90: float) -> bool:
    """Whether a range of 90 % that held this share of cases is neither too narrow nor too wide."""
    return HONEST[0] <= in90 <= HONEST[1]


class Line(Entry):
    """Mean scores of the model and its rivals over the same ``cases``.

    Of one target, its nation or its states, ``first`` to ``last`` steps ahead. ``scores``: model -> mean ``metric``, lower is better.
    ``joined``: the score of the pool of naive forecasts with the model as one more member, beside that of the pool without it.
    ``in50`` and ``in90``: shares of cases inside the model's central ranges. ``protocol``: all origins, or twelve months from each December
    as the ViEWS challenge scores.
    """

    target: str
    title: str
    unit: str
    places: Literal["nation", "states"]
    protocol: Literal["all", "views"] = "all"
    yearly: bool
    first: int
    last: int
    metric: str = "crps"
    cases: int
    scores: dict[str, float]
    joined: float | None = None
    in50: float
    in90: float

    @model_validator(mode="after")
    def _with_rivals(self) -> Self:
        if MODEL not in self.scores or len(self.scores) < 2:
            raise ValueError("a score of the model is never shown without its naive rivals")
        return self

    @property
    def rival(self) -> str:
        """The best of the naive rivals."""
        return min((name for name in self.scores if name != MODEL), key=lambda name: self.scores[name])

    @property
    def ratio(self) -> float:
        """The model's score over that of its best rival: above 1 it loses."""
        return self.scores[MODEL] / self.scores[self.rival] if self.scores[self.rival] else float("inf")

    @property
    def honest(self) -> bool:
        """Whether the model's range of 90 % is neither too narrow nor too wide."""
        return is_honest(self.in90)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, with the best rival and what the model's score is over its."""
        return self.model_dump() | {"rival": self.rival, "ratio": self.ratio}

    def rounded(self) -> Self:
        """Return it with as many digits as are stored."""
        given: dict[str, Any] = {"scores": {name: float(f"{score:.6g}") for name, score in self.scores.items()}}
        given["joined"] = None if self.joined is None else float(f"{self.joined:.6g}")
        return self.model_copy(update=given | {name: round(getattr(self, name), 4) for name in ("in50", "in90")})

    @property
    def ahead(self) -> str:
        """How far ahead, in words."""
        if self.protocol == "views":
            return {"crps": "CRPS", "ignorance": "ignorance, bits", "mis90": "interval score at 90 %"}[self.metric]
        return f"year {self.first}" if self.yearly else f"months {self.first} to {self.last}"


class Hindcast(Entry):
    """Scores over ``origins`` origins from ``oldest`` to ``newest``, ``futures`` each; ``model`` and ``evidence`` are digests.

    ``sample``: those of the one origin `SAMPLE`, with which a run can be compared without all the others.
    """

    run_on: str
    oldest: str
    newest: str
    origins: int
    futures: int
    model: str
    evidence: str
    lines: tuple[Line, ...]
    sample: tuple[Line, ...] = ()


@cache
def load() -> Hindcast:
    """Return the stored hindcast of this version (docs/hindcast.md)."""
    return Hindcast.model_validate_json((data() / FILE).read_bytes())
