"""The tour of one number: every step is where the page says, and leads to the next."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import premortem as pm
from premortem.evidence import Fact, Parameter
from premortem.model.mechanisms.registry import MECHANISMS
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\| \d \| `([^`]+)` \| `([^`]+)` \|", PAGE, re.MULTILINE)


def test_the_tour_is_short() -> None:
    assert 1 < len({file for file, _ in STEPS}) == len(STEPS) <= 8


@pytest.mark.parametrize(("file", "line"), STEPS)
def test_every_step_stands_where_the_page_says(file: str, line: str) -> None:
    text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
    assert text.count(line) == 1, f"{file}: {line}"


def test_every_step_leads_to_the_next() -> None:
    fact, parameter = pm.evidence("cartels.pc.eta"), pm.evidence("state.arrests")
    assert isinstance(fact.record, Fact)
    assert isinstance(parameter.record, Parameter)
    assert "prieto_code" in {entry.id for entry in fact.rests_on}
    assert f"{fact.record.value:g} people a week" in PAGE
    assert fact.id in {entry.id for entry in parameter.rests_on}
    low, high = (float(end) for end in parameter.record.distribution.interval())
    assert low < 110 < high
    by_name = {mechanism.name: mechanism for mechanism in MECHANISMS}
    shared = {account.name for account in by_name["state"].accounts} & {a.name for a in by_name["recruitment"].accounts}
    assert "members" in shared
    assert "members" in {outcome.id for outcome in by_name["recruitment"].outcomes}


def test_the_line_of_the_report_is_the_average_of_the_futures(small_run: pm.Comparison, tmp_path: Path) -> None:
    rows = small_run.study.frame()
    ours, theirs = (
        rows.filter(pl.col("plan") == name).sort("future")["members"].to_numpy()
        for name in (small_run.plan, small_run.baseline)
    )
    assert small_run.line("members").expected.difference == pytest.approx(float(np.mean(ours - theirs)))
    report = small_run.report(tmp_path / "r.md").read_text(encoding="utf-8")
    line = [line for line in report.splitlines() if line.startswith("| Members of organisations")][-1]
    (shown,) = small_run.table().filter(pl.col("outcome") == "Members of organisations")["difference"]
    assert shown.partition(" ")[0] in line
