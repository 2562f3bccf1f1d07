"""What each field of a plan does: on the packaged theatre with two mechanisms that compile in seconds and read levers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import premortem as pm
from premortem.analysis.effects import Effects, _effect, effects
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.plan.language.load import load_text
from premortem.plan.telling.variants import Variant
from premortem.study.executors import Threads

PLAN = """
title = "Prevention, and a paper about detention"
source = ["project"]
start = 2025-08-04
duration_weeks = 104
[authority]
covert = true
[detention]
standard = "common_article_3"
review = "unspecified"
[exit]
after = "withdraw"
residual_share = 0.5
[[measure]]
id = "prevention"
lever = "recruitment.prevention"
level = 0.06
[[success]]
outcome = "homicides_mx_week"
op = "<"
level = 400
by_week = 100
"""


@pytest.fixture(scope="module")
def found(small_model: None) -> Effects:
    return effects(load_text(PLAN), futures=6, years=3, seed=1, executor=Threads())


def of(found: Effects, field: str) -> dict[str, int]:
    return {effect.varied_to: effect.outcomes_moved for effect in found.effects if effect.field == field}


def test_a_lever_that_is_read_moves_outcomes_and_the_largest_is_a_paired_difference(found: Effects) -> None:
    assert set(of(found, "measure.prevention.level")) == {"0.12", "0.03"}
    assert min(of(found, "measure.prevention.level").values()) > 0
    more = next(effect for effect in found.effects if effect.varied_to == "0.12")
    assert more.largest is not None
    assert more.value == "0.06"
    assert more.largest.share > 0
    assert more.largest.difference.low <= more.largest.difference.median <= more.largest.difference.high
    assert of(found, "measure.prevention")["left out"] > 0


def test_more_and_less_of_a_measure_go_in_opposite_directions(found: Effects) -> None:
    changes = {e.varied_to: e.largest for e in found.effects if e.field == "measure.prevention.level"}
    more, less = changes["0.12"], changes["0.03"]
    assert more is not None
    assert less is not None
    assert {outcomes.load()[one.outcome].direction for one in (more, less)} == {"down"}
    assert more.difference.median < 0 < less.difference.median


def test_what_leaves_the_controls_as_they_are_is_not_simulated(found: Effects) -> None:
    residual = [effect for effect in found.effects if effect.field == "exit.residual_share"]
    assert residual
    assert all(effect.same_controls and effect.outcomes_moved == 0 for effect in residual)


def test_what_nothing_simulates_is_named_with_the_rules_that_check_it(found: Effects) -> None:
    named = {field.field: field for field in found.not_simulated}
    assert named["detention.standard"].value == '"common_article_3"'
    assert "AU304" in named["detention.standard"].rules
    assert "authority.covert" in named
    fields = {effect.field for effect in found.effects}
    assert not fields & named.keys()
    assert not {field for field in fields if field.startswith("success")}


def test_one_field_alone_gives_the_same_as_all_together(found: Effects, small_model: None) -> None:
    alone = effects(load_text(PLAN), futures=6, years=3, seed=1, executor=Threads(), only=["measure.prevention.level"])
    assert alone.effects == tuple(e for e in found.effects if e.field == "measure.prevention.level")
    assert alone.not_simulated == ()
    assert dataclasses.asdict(alone).keys() == alone.as_json().keys()


def test_a_field_that_the_plan_does_not_state_and_a_wrong_number_are_refused() -> None:
    with pytest.raises(InputError, match=r"did you mean 'detention\.standard'"):
        effects(load_text(PLAN), futures=6, years=3, seed=1, executor=Threads(), only=["detention.standards"])
    with pytest.raises(InputError, match="futures"):
        pm.plan("status_quo").effects(futures=0)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(build(list(arguments)), list(arguments))
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def test_the_command_prints_json_alone_or_tables(found: Effects, small_model: None, tmp_path: Path) -> None:
    file = tmp_path / "paper.toml"
    file.write_text(PLAN)
    options = ("--futures", "6", "--years", "3", "--field", "measure.prevention.level", "--field", "detention.standard")
    told = json.loads(run("plan", "effects", str(file), *options, "--format", "json"))
    assert [(one["field"], one["varied_to"]) for one in told["effects"]] == [
        ("measure.prevention.level", "0.12"),
        ("measure.prevention.level", "0.03"),
    ]
    assert {"field", "value", "varied_to", "outcomes_moved", "largest"} <= told["effects"][0].keys()
    assert {"outcome", "difference", "unit", "share"} <= told["effects"][0]["largest"].keys()
    assert [one["field"] for one in told["not_simulated"]] == ["detention.standard"]
    text = " ".join(run("plan", "effects", str(file), *options).split())
    assert "nothing simulates it" in text
    assert "measure.prevention.level" in text


def test_the_largest_is_what_matters_and_not_the_last_digit_of_what_hardly_spreads() -> None:
    futures = np.arange(20.0)
    pairs = pl.DataFrame(
        {
            "lab_capacity": np.where(futures == 0, 1.0 + 1e-7, 1.0),
            "lab_capacity:baseline": np.ones(20),
            "members": 1e5 + 1e4 * futures + 500,
            "members:baseline": 1e5 + 1e4 * futures,
        }
    )
    change = Variant("zone.depth_miles", "zone.depth_miles", "20", "40", load_text(PLAN))
    found = _effect(change, pairs)
    assert found.outcomes_moved == 2
    assert found.largest is not None
    assert found.largest.outcome == "members"
