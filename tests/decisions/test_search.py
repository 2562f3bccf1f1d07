"""A search over plans whose results are a formula: it finds what beats a plan, says when nothing does, and goes on after a kill."""

import datetime
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import premortem as pm
from premortem.api.decisions import Decisions
from premortem.decisions import search_found
from premortem.decisions.confirm import beats, chosen
from premortem.decisions.evolution import Generation
from premortem.decisions.search import COST, Looked, Question, Trial, begun, faults, look, require_possible
from premortem.decisions.search_space import Space, space_of
from premortem.errors import InputError, RunError
from premortem.plan.language.load import LoadedPlan, altered, load

Floats = NDArray[np.float64]
text = Space.text
DAY = datetime.date(2026, 4, 6)
TREATMENT, DETERRENCE = "overdose.treatment_coverage", "homefront.focused_deterrence"
INPUTS = f"""
[[input]]
path = "lever.{TREATMENT}"
low = 0.2
high = 0.9
[[input]]
path = "lever.{DETERRENCE}"
low = 0.0
high = 1.0
[[input]]
path = "duration_weeks"
low = 13
high = 260
whole = true
"""
OBJECTIVES = ("violent_deaths_mx", "overdose_deaths", COST)


def level(plan: LoadedPlan, lever: str, without: float) -> float:
    return next((float(one.level) for one in plan.plan.measure if one.lever == lever), without)  # type: ignore[arg-type]


def told_apart(plan: LoadedPlan) -> tuple[float, float, int]:
    """What of a plan counts here, whatever its name."""
    return level(plan, TREATMENT, 0.2), level(plan, DETERRENCE, 0.0), int(plan.plan.duration_weeks)  # type: ignore[arg-type]


GIVEN = load("civil_combination")


def given_among(plans: Sequence[LoadedPlan]) -> list[bool]:
    return [told_apart(plan) == told_apart(GIVEN) for plan in plans]


def simulated(
    plans: Sequence[LoadedPlan], seed: int, futures: int, years: int, *, noise: float = 0.0
) -> dict[str, Floats]:
    """Treatment saves lives up to 0.6 and costs all along; deterrence costs and does nothing; chance is each plan's own."""
    overdoses, costs = [], []
    for plan in plans:
        treated, deterred, weeks = told_apart(plan)
        own = np.random.default_rng([seed, weeks, int(1e6 * treated), int(1e6 * deterred)]).normal(size=futures)
        overdoses.append(years * (80_000 - 40_000 * (min(treated, 0.6) - 0.2)) * (1 + noise * own))
        costs.append(years * (4e9 + 2e9 * treated + 3e9 * deterred) * np.ones(futures))
    return {
        "violent_deaths_mx": np.full((len(plans), futures), 30_000.0 * years),
        "overdose_deaths": np.stack(overdoses),
        COST: np.stack(costs),
    }


def question(**changes: object) -> Question:
    given = {"objectives": OBJECTIVES, "futures": 10, "tries": 48, "generation": 16, "confirm": 3, "fresh": 100}
    return Question(**(given | changes))  # type: ignore[arg-type]


def trial(tmp_path: Path, asked: Question, simulate: Callable[..., Mapping[str, Floats]] = simulated) -> Trial:
    file = tmp_path / "inputs.toml"
    file.write_text(INPUTS, encoding="utf-8")
    return Trial(asked, space_of(load("civil_combination"), DAY, file), load("status_quo"), DAY, simulate)


def searched(made: Trial, folder: Path) -> Looked:
    with begun(folder, made, {}):
        return look(made, folder)


def test_a_search_finds_plans_that_dominate_the_given_one_and_writes_them_as_plans_that_load(tmp_path: Path) -> None:
    def dear(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        found[COST][given_among(plans)] += 3e9 * years
        return found

    made = trial(tmp_path, question(), dear)
    looked = searched(made, tmp_path / "out")
    found = search_found.confirmed(made, looked, tmp_path / "out")
    result = search_found.result_of(found, {}).as_json()
    assert result["result"]["dominating"]
    assert result == json.loads((tmp_path / "out/result.json").read_text())
    best = result["result"]["found"][0]
    written = load(tmp_path / "out" / best["file"])
    assert level(written, TREATMENT, 0.2) > 0.3
    assert best["difference_from_given"][COST]["average"] < 0
    assert best["difference_from_given"]["overdose_deaths"]["average"] < 0
    assert best["in_resamples"] == 1.0
    assert set(result) == {"method", "inputs", "result", "uncertainty", "warnings"}
    assert any("on average no worse on any outcome" in said for said in search_found.result_of(found, {}).words)


def test_where_nothing_beats_the_plan_that_is_said_with_how_hard_it_looked(tmp_path: Path) -> None:
    def unbeatable(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        found["violent_deaths_mx"][given_among(plans)] *= 0.5
        return found

    made = trial(tmp_path, question(), unbeatable)
    found = search_found.confirmed(made, searched(made, tmp_path / "out"), tmp_path / "out")
    result = search_found.result_of(found, {})
    assert result.result["dominating"] == []
    assert result.result["looked"]["looked_better"] == 0
    assert len(found.plans) == 3, "the nearest are tried again and shown"
    assert "48 plans around civil_combination" in result.words[0]
    assert any("does not say that there is none" in said for said in result.words)


def test_the_optimism_of_a_search_is_measured_where_all_is_chance(tmp_path: Path) -> None:
    """Overdose deaths are noise that is each plan's own: the best of many looks good, and fresh futures take it away."""

    def noise(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years, noise=0.3)
        own = found["overdose_deaths"] / simulated(plans, seed, futures, years)["overdose_deaths"]
        return found | {"overdose_deaths": 80_000 * years * own, COST: np.full_like(found[COST], 5e9)}

    made = trial(tmp_path, question(), noise)
    found = search_found.confirmed(made, searched(made, tmp_path / "out"), tmp_path / "out")
    optimism = found.optimism["overdose_deaths"]
    assert found.better > 0
    assert optimism["search"] > 5
    assert optimism["excess"] > 0.6 * optimism["search"]
    assert not found.dominating, "what only luck made better is not confirmed"


def test_limits_hold_for_all_that_is_kept(tmp_path: Path) -> None:
    made = trial(tmp_path, question(budget=5500.0))
    looked = searched(made, tmp_path / "out")
    for number in looked.archive:
        plan, faults = made.checked(looked.tries.units[number])
        assert plan is not None
        assert not faults
        cost = simulated([plan], 1, 10, 3)[COST].mean() / 3e6
        assert cost <= 5500.0
    refused = looked.tries.excess[:, 1] > 0
    assert refused.any()


def test_the_baseline_is_simulated_once_and_no_plan_twice(tmp_path: Path) -> None:
    asked: list[str] = []

    def counted(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> Mapping[str, Floats]:
        asked.extend(plan.content_hash for plan in plans)
        return simulated(plans, seed, futures, years, noise=0.1)

    made, again = (trial(tmp_path, question(), counted) for _ in range(2))
    units = np.random.default_rng(1).random((12, 3))
    together = made(units)
    apart = [again(units[part]) for part in (slice(0, 5), slice(3, 9), slice(9, 12))]
    kept = (slice(0, 3), slice(0, 6), slice(0, 3))
    for place, whole in enumerate(together):
        assert np.array_equal(np.concatenate([one[place][part] for one, part in zip(apart, kept, strict=True)]), whole)
    assert sorted(asked) == sorted(
        2 * [load("status_quo").content_hash, *{made.space.plan(unit).content_hash for unit in units}]
    )


def test_a_plan_above_the_budget_in_fresh_futures_does_not_dominate_and_both_are_said(tmp_path: Path) -> None:
    def dearer_later(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        found[COST][given_among(plans)] += 3e9 * years
        found[COST] += 0.0 if seed == 1 else 1e9 * years
        return found

    folder, asked = tmp_path / "out", question(budget=5500.0, tries=32, confirm=2)
    made = trial(tmp_path, asked, dearer_later)
    looked = searched(made, folder)
    for budget, within in ((5500.0, False), (6500.0, True)):
        found = search_found.confirmed(replace(made, asked=replace(asked, budget=budget)), looked, folder)
        result = search_found.result_of(found, {})
        assert all(one.full.holds and one.full.in_resamples == 1 for one in found.plans[:1])
        assert bool(result.result["dominating"]) == within
        first = result.result["found"][0]
        written = load(folder / first["file"])
        assert first["cost_million_usd_a_year"] == pytest.approx(dearer_later([written], 9, 10, 5)[COST].mean() / 5e6)
        assert result.result["budget_million_usd_a_year"] == budget
        dear = {one["plan"] for one in result.result["found"] if one["cost_million_usd_a_year"] > budget}
        assert set(result.result["above_budget"]) == dear
        assert not dear & set(result.result["dominating"])
        assert any(f"the budget of {budget:,.6g} million USD a year" in said for said in result.words)
        assert any(row[0].startswith("cost, million USD") for row in result.tables[0].rows)


def test_a_search_around_what_a_search_found_has_fresh_futures_of_its_own(tmp_path: Path) -> None:
    first = trial(tmp_path, question())
    second = replace(first, space=replace(first.space, given=altered(GIVEN, {"duration_weeks": 100})))
    others = replace(first, asked=question(seed=2))
    assert first.fresh_seed == trial(tmp_path, question()).fresh_seed
    assert len({1, 2, first.fresh_seed, second.fresh_seed, others.fresh_seed}) == 5


def test_a_file_that_is_not_the_plan_that_was_tried_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trial(tmp_path, question())
    looked = searched(made, tmp_path / "out")
    monkeypatch.setattr(Space, "text", lambda self, unit, *about: text(self, (unit + 0.5) % 1, *about), raising=True)
    with pytest.raises(RunError, match="is not try"):
        search_found.confirmed(made, looked, tmp_path / "out")


def test_another_baseline_than_that_of_the_studys_decisions_is_refused(tmp_path: Path) -> None:
    decisions = object.__new__(Decisions)  # refused before it is read
    with pytest.raises(InputError, match="the baseline is that of the study's decisions"):
        pm.search(decisions, tmp_path / "out", against="status_quo")
    assert not (tmp_path / "out").exists()


def test_a_plan_with_a_fault_of_lint_that_the_given_one_has_not_is_not_simulated(tmp_path: Path) -> None:
    given = load("civil_combination")
    file = tmp_path / "inputs.toml"
    file.write_text('[[input]]\npath = "domestic.dea_liaison.personnel"\nlow = 100\nhigh = 9000\nwhole = true\n')
    asked = question()
    made = Trial(asked, space_of(given, DAY, file), load("status_quo"), DAY, simulated)
    scores, excess = made(np.array([[0.0], [1.0]]))
    assert excess[:, 0].tolist() == [0, 1], "DEA has fewer than 9,000 agents"
    assert scores[1].tolist() == [0, 0, 0]


def test_what_a_plan_leaves_open_of_the_law_is_left_to_others_and_of_forces_it_is_not() -> None:
    given = load("border_task_forces")
    made = Trial(question(), space_of(given, DAY), load("status_quo"), DAY, simulated)
    rules = {code for code, _ in made.given_faults}
    assert "AU503" in rules, "it leaves open whether Mexico's Senate authorises troops"
    assert not {code for code in rules if code.startswith("FO")}
    dea = [one.path for one in made.space.inputs].index("domestic.dea.personnel")
    unit = made.space.own_place()
    unit[dea] = 0.2
    assert made.checked(unit)[1] == 0
    file = altered(given, {"domestic.dea.personnel": 6000})
    assert ("FO118", "domestic.dea.personnel") in faults(file) - made.given_faults


def test_a_plan_whose_runs_fail_is_not_allowed(tmp_path: Path) -> None:
    def failing(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        found[COST][[level(plan, DETERRENCE, 0.0) > 0.5 for plan in plans], :2] = np.nan
        return found

    made = trial(tmp_path, question(), failing)
    looked = searched(made, tmp_path / "out")
    assert (looked.tries.excess[:, 2] > 0).any()
    kept = [made.space.plan(looked.tries.units[number]) for number in looked.archive]
    assert all(level(plan, DETERRENCE, 0.0) <= 0.5 for plan in kept)


def test_a_plan_whose_fresh_runs_fail_is_left_out_and_counted_and_the_others_are_not_lost(tmp_path: Path) -> None:
    def failing(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        if years == 5 and len(plans) > 2:
            found[COST][2, :10] = np.nan
        return found

    made = trial(tmp_path, question(), failing)
    found = search_found.confirmed(made, searched(made, tmp_path / "out"), tmp_path / "out")
    assert (len(found.plans), found.failed) == (2, 1)
    assert any("1 of the plans tried again" in said for said in search_found.result_of(found, {}).warnings)


def test_a_baseline_of_which_all_runs_fail_is_an_error_in_words(tmp_path: Path) -> None:
    def failing(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> dict[str, Floats]:
        found = simulated(plans, seed, futures, years)
        found[COST][0] = np.nan
        return found

    made = trial(tmp_path, question(), failing)
    with pytest.raises(RunError, match="every future failed under the baseline"):
        searched(made, tmp_path / "out")


def test_a_folder_of_another_search_or_of_anything_else_is_left_as_it_is(tmp_path: Path) -> None:
    made = trial(tmp_path, question())
    searched(made, tmp_path / "out")
    before = (tmp_path / "out/archive.json").read_bytes()
    with pytest.raises(InputError, match="another search") as caught:
        searched(trial(tmp_path, question(seed=2)), tmp_path / "out")
    assert caught.value.problems[0].found == "seed"
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        searched(made, tmp_path / "full")
    with pytest.raises(InputError, match="it is a file"):
        searched(made, tmp_path / "full/notes")
    with (
        begun(tmp_path / "out", made, {}),
        pytest.raises(InputError, match="another command is working"),
        begun(tmp_path / "out", made, {}),
    ):
        raise AssertionError
    (tmp_path / "out/search.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        searched(made, tmp_path / "out")
    assert (tmp_path / "out/archive.json").read_bytes() == before


KILLED = """
import sys, time
from pathlib import Path
from tests.decisions.test_search import question, searched, simulated, trial

def slowly(*given):
    time.sleep(0.3)
    return simulated(*given)

searched(trial(Path(sys.argv[1]), question(), slowly), Path(sys.argv[1]) / "out")
"""


@pytest.mark.slow
def test_killed_and_begun_again_a_search_has_the_same_archive_byte_by_byte(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    searched(trial(whole, question()), whole / "out")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(cut)], cwd=Path(__file__).parents[2])
    begun = time.monotonic()
    while not list(cut.glob("out/generations/*.generation")) and time.monotonic() - begun < 120:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (cut / "out/archive.json").exists()
    searched(trial(cut, question()), cut / "out")
    names = ["archive.json", *(f"generations/{number:05d}.generation" for number in range(3))]
    assert [(cut / "out" / name).read_bytes() for name in names] == [
        (whole / "out" / name).read_bytes() for name in names
    ]


def test_numbers_that_cannot_give_an_answer_are_refused_before_anything_is_computed() -> None:
    for changes, why in (
        ({"futures": 5}, "an average over fewer is luck"),
        ({"fresh": 20}, "fewer confirm nothing"),
        ({"tries": 16}, "two generations"),
        ({"confirm": 0}, "not confirmed"),
        ({"full_years": 2}, "full length"),
        ({"generation": 4}, "no generation"),
    ):
        with pytest.raises(InputError, match=why):
            require_possible(question(**changes))


def test_the_best_on_each_outcome_are_tried_again_and_the_nearest_where_none_is_better() -> None:
    scores = np.array([[-3.0, 0.0], [0.0, -4.0], [-2.0, -2.0], [9.0, 9.0]])
    looked = Looked(Generation(scores, scores, np.zeros((4, 1))), np.arange(4))
    assert chosen(looked, np.zeros(2), 4) == [2, 0, 1, 3]
    assert chosen(looked, np.full(2, -10.0), 1) == [2]
    assert beats(np.array([[2.0, -0.5], [2.0, -1.5], [0.9, 0.9]])).tolist() == [True, False, False]


@pytest.mark.slow
def test_a_search_on_a_small_theatre_runs_the_model_and_its_plans_give_the_same_numbers_again(tmp_path: Path) -> None:
    tiny = Path(__file__).parents[1] / "data/tiny_theatre"
    file = tmp_path / "inputs.toml"
    moved = {
        "task_force.*.forward_share": (0, 0.6),
        f"lever.{TREATMENT}": (0.2, 0.9),
    }
    file.write_text(
        "".join(f'[[input]]\npath = "{path}"\nlow = {low}\nhigh = {high}\n' for path, (low, high) in moved.items())
    )
    small = {"plans": 24, "generation": 12, "futures": 10, "years": 1, "confirm": 2, "fresh": 100, "full_years": 1}
    asked = {"against": tiny / "status_quo.toml", "inputs": file, "objectives": ["us_killed", COST], **small}
    found = pm.search(tiny / "river_zone.toml", tmp_path / "out", **asked)  # type: ignore[arg-type]
    archive = json.loads((tmp_path / "out/archive.json").read_text())
    assert found.result["looked"]["allowed"] > 12
    assert {len(one["scores"]) for one in archive} == {3}
    again = pm.search(tiny / "river_zone.toml", tmp_path / "again", workers=1, **asked)  # type: ignore[arg-type]
    assert (tmp_path / "again/archive.json").read_bytes() == (tmp_path / "out/archive.json").read_bytes()
    assert again.as_json() == found.as_json()
    first = found.result["found"][0]
    plans = (tiny / "status_quo.toml", tiny / "river_zone.toml", tmp_path / "out" / first["file"])
    run = pm.run(*plans, futures=100, years=1, seed=found.inputs["fresh_seed"], out=tmp_path / "run")
    table = run.store.table().sort("future").collect()
    averages = {str(key[0]): part["us_killed"].mean() for key, part in table.partition_by("plan", as_dict=True).items()}
    difference = averages[first["plan"]] - averages["river_zone"]  # type: ignore[operator]
    assert difference == pytest.approx(first["difference_from_given"]["us_killed"]["average"], abs=1e-6)
