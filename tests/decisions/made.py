"""Studies that nobody ran: outcomes and draws as a test wants them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from premortem.decisions.frame import Frame
from premortem.study.cases import Reading
from premortem.study.store import Store
from tests.provenance import provenance

Floats = NDArray[np.float64]


class Made:
    """What `premortem.decisions` reads of a store.

    ``values``: plan -> outcome -> [future]; ``draws``: name -> [future]; ``left_open``: plan -> path -> [future]; ``faults``: plan ->
    future -> cause; ``carried_out``: values of plans under that reading, where they differ; ``weekly``: plan -> outcome -> [future, week].
    """

    def __init__(
        self,
        values: Mapping[str, Mapping[str, Floats]],
        draws: Mapping[str, Floats] | None = None,
        *,
        left_open: Mapping[str, Mapping[str, Any]] | None = None,
        faults: Mapping[str, Mapping[int, str]] | None = None,
        carried_out: Mapping[str, Mapping[str, Floats]] | None = None,
        weekly: Mapping[str, Mapping[str, Floats]] | None = None,
        years: int = 1,
        reading: Reading = "as_likely",
    ) -> None:
        self.made = (values, draws or {})
        self.options: dict[str, Any] = {
            "left_open": left_open or {},
            "faults": faults or {},
            "carried_out": carried_out or {},
            "weekly": weekly or {},
            "years": years,
        }
        self.reading = reading
        first = next(iter(values.values()))
        self.size = len(next(iter(first.values())))
        self.provenance = provenance(
            plans=list(values),
            outcomes=list(first),
            stoppable=list(carried_out or {}),
            futures=self.size,
            years=years,
            keep=["weekly", "draws"] if weekly else ["draws"],
        )

    def under(self, reading: Reading) -> Made:
        return Made(*self.made, **self.options, reading=reading)

    def table(self) -> pl.LazyFrame:
        rows = []
        for plan, values in self.made[0].items():
            written = self.options["carried_out"].get(plan, {}) if self.reading == "carried_out" else {}
            faults: Sequence[str | None] = [self.options["faults"].get(plan, {}).get(i) for i in range(self.size)]
            fields = {f"open.{path}": column for path, column in self.options["left_open"].get(plan, {}).items()}
            rows.append(
                pl.DataFrame(
                    {
                        "plan": [plan] * self.size,
                        "future": range(self.size),
                        "fault": pl.Series(faults, dtype=pl.String),
                        **values,
                        **written,
                        **fields,
                    }
                )
            )
        return pl.concat(rows, how="diagonal").lazy()

    def draws(self) -> pl.LazyFrame:
        return pl.DataFrame({"future": range(self.size), "luck": range(self.size), **self.made[1]}).lazy()

    def ids(self, name: str) -> list[str]:
        return list(next(iter(self.options["weekly"].values()), {}))

    def array(self, name: str) -> object:
        return self.options["weekly"] or None

    def read(self, name: str, plan: str, place: int) -> NDArray[np.float32]:
        found: Floats = self.options["weekly"][plan][self.ids(name)[place]]
        return found.astype(np.float32)


def made(*arguments: Any, **options: Any) -> Store:
    """Return a study, typed as what it stands for."""
    return cast("Store", Made(*arguments, **options))


def some(frame: Frame, kept: NDArray[np.bool_]) -> Frame:
    """Return a frame over some of its futures."""
    return dataclasses.replace(
        frame,
        futures=frame.futures[kept],
        outcomes={name: values[:, kept] for name, values in frame.outcomes.items()},
        inputs={name: values[kept] for name, values in frame.inputs.items()},
        words={name: values[kept] for name, values in frame.words.items()},
    )
