import numpy as np
import pytest

from premortem.decisions.frame import Frame, read
from premortem.decisions.pathways import Target, Tripwire, pathways, sell_by
from premortem.decisions.result import Result
from premortem.decisions.timeline import timeline
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.store import Store
from tests.decisions.made import made, some

FUTURES, YEARS = 300, 4
WEEKS = YEARS * WEEKS_PER_YEAR
TURN = 130  # week from which the plan does harm, in the futures in which it does


def study(*, years: int = YEARS) -> tuple[Store, np.ndarray]:
    """A plan that kills as many as the baseline, in four futures of ten half as many more from week 130 on; forty weeks before that
    displacement doubles, and in one of twenty other futures too. Another plan is as the baseline."""
    random = np.random.default_rng(1)
    weeks = years * WEEKS_PER_YEAR
    fails = random.random(FUTURES) < 0.4
    week = np.arange(weeks)
    deaths = np.full((FUTURES, weeks), 500.0)
    harm = deaths * np.where(fails[:, None] & (week >= TURN), 1.5, 1.0)
    false = ~fails & (random.random(FUTURES) < 0.05)
    displaced = (
        1000 * (1 + ((fails | false)[:, None] & (week >= TURN - 40))) * np.exp(0.01 * random.normal(size=harm.shape))
    )
    still = np.full_like(displaced, 1000.0)
    weekly = {
        "status_quo": {"homicides_mx": deaths, "displaced": still},
        "plan": {"homicides_mx": harm, "displaced": displaced},
        "other": {"homicides_mx": deaths, "displaced": still},
    }
    values = {
        plan: {"homicides_mx": one["homicides_mx"].sum(1), "displaced": one["displaced"][:, -1]}
        for plan, one in weekly.items()
    }
    return made(values, {"p.x": random.random(FUTURES)}, weekly=weekly, years=years), fails


def asked(target: Target, *, years: int = YEARS) -> Result:
    store, _ = study(years=years)
    frame = read(store, outcomes=[target.outcome])
    return pathways(store, frame, "plan", target, ["homicides_mx", "displaced"])


def test_a_date_is_the_first_week_of_half_a_year_of_misses() -> None:
    meets = np.ones((3, 100), np.bool_)
    meets[0, 40:] = False
    meets[1, 40:60] = False  # recovers
    assert sell_by(meets).tolist() == [40, 100, 100]


def test_the_planted_date_is_found_in_the_futures_in_which_the_plan_fails_and_the_other_plan_lasts() -> None:
    _, fails = study()
    found = asked(Target("homicides_mx"))
    plan = found.result["plans"]["plan"]
    assert plan["passed_by_year"][-1]["share"] == fails.mean()
    assert plan["passed_by_year"][1]["share"] == 0
    # a year's deaths are 1 % up (what matters) in the third week of half as many more
    assert (
        plan["week"] == {"low": TURN + 2 - 1, "median": None, "high": None} or TURN <= plan["week"]["low"] <= TURN + 3
    )
    assert plan["then_still_meet"]["other"]["share"] == 1.0
    assert found.result["plans"]["other"]["never"]["share"] == 1.0
    assert found.result["plans"]["other"]["then_still_meet"] == {}
    assert "status_quo" not in found.result["plans"]


def test_the_planted_warning_is_found_and_scored_in_time_and_for_nothing() -> None:
    first = asked(Target("homicides_mx")).result["plans"]["plan"]["tripwires"][0]
    assert (first["outcome"], first["upwards"]) == ("displaced", True)
    assert 1000 < first["level"] < 2000
    assert first["in_time"]["share"] == 1.0
    assert first["for_nothing"]["low"] < 0.05 < first["for_nothing"]["high"]
    assert first["weeks_ahead"] == pytest.approx(40, abs=13)
    assert first["tells"]["low"] > 0.8


def test_who_stands_beyond_a_level_from_the_first_week_on_was_not_warned() -> None:
    _, fails = study()
    deaths = np.full((FUTURES, YEARS * WEEKS_PER_YEAR), 500.0)
    harm = deaths * np.where(fails[:, None] & (np.arange(deaths.shape[1]) >= TURN), 1.5, 1.0)
    apart = np.where(fails[:, None], 2000.0, 1000.0) + np.zeros_like(deaths)
    weekly = {
        "status_quo": {"homicides_mx": deaths, "displaced": apart},
        "plan": {"homicides_mx": harm, "displaced": apart},
    }
    values = {
        plan: {"homicides_mx": one["homicides_mx"].sum(1), "displaced": one["displaced"][:, -1]}
        for plan, one in weekly.items()
    }
    store = made(values, {"p.x": np.arange(FUTURES) * 1.0}, weekly=weekly, years=YEARS)
    found = pathways(
        store, read(store, outcomes=["homicides_mx"]), "plan", Target("homicides_mx"), ["displaced"]
    ).result
    assert found["plans"]["plan"]["tripwires"] == []


def test_a_level_is_asked_of_every_plan_the_baseline_too() -> None:
    found = asked(Target("homicides_mx", 25_000.0))
    assert found.result["plans"]["status_quo"]["week"]["high"] == WEEKS_PER_YEAR - 1  # 26,000 a year
    assert found.result["plans"]["status_quo"]["never"]["share"] == 0.0
    assert "at most 25,000 a year" in found.words[0]
    assert asked(Target("displaced", 5000.0)).result["plans"]["plan"]["never"]["share"] == 1.0


def test_a_tripwire_in_words() -> None:
    assert (
        Tripwire("homicides_mx", True, 570.0).words
        == "homicides in Mexico above 570 deaths a week, averaged over a quarter"
    )
    assert "below 56 %" in Tripwire("control_organisations", False, 0.56).words


def test_a_date_in_the_last_year_says_nothing_of_the_year_after() -> None:
    """The plan fails from week 130 on; the other one does in the last year: nobody knows what comes a year later."""
    weeks = np.full((FUTURES, WEEKS), 500.0)
    late = weeks.copy()
    late[:, WEEKS - 40 :] *= 3
    kept = {"status_quo": weeks, "plan": late, "other": weeks}
    store = made(
        {name: {"homicides_mx": one.sum(1)} for name, one in kept.items()},
        weekly={name: {"homicides_mx": one} for name, one in kept.items()},
        years=YEARS,
    )
    found = pathways(store, read(store), "plan", Target("homicides_mx"), ["homicides_mx"])
    assert found.result["plans"]["plan"]["week"]["median"] == WEEKS - 40
    assert found.result["plans"]["plan"]["then_still_meet"] == {}
    assert any(f"none after week {WEEKS - 26} can be seen" in words for words in found.warnings)
    assert any(f"half of all futures have passed it by week {WEEKS - 40}" in words for words in found.words)
    assert any("No warning was tried" in words for words in found.words)


def test_what_has_no_dates_is_refused() -> None:
    store, _ = study()
    frame: Frame = read(store, outcomes=["homicides_mx"])
    with pytest.raises(InputError, match="at least 100"):
        pathways(store, some(frame, np.arange(FUTURES) < 99), "plan", Target("homicides_mx"), [])
    with pytest.raises(InputError, match="2 years or more"):
        asked(Target("homicides_mx"), years=1)
    with pytest.raises(InputError, match="has no target"):
        pathways(store, frame, "plan", Target("campaign_weeks"), [])
    bare = made({"a": {"members": np.arange(120.0)}, "b": {"members": np.arange(120.0)}}, years=3)
    with pytest.raises(InputError, match="keeps no weeks"):
        pathways(bare, read(bare), "b", Target("members"), [])


def test_beside_a_baseline_of_nothing_an_outcome_parts_by_the_least_that_matters_and_not_by_any_trace() -> None:
    info = outcomes.load()["us_killed"]
    assert info.matters_least > 0
    weekly = info.matters_least / (YEARS if info.summary == "total" else 1) / WEEKS_PER_YEAR  # so many a week matter
    kept = {name: np.full((40, WEEKS), k * weekly) for name, k in (("status_quo", 0), ("trace", 0.9), ("plan", 1.1))}
    store = made(
        {name: {"us_killed": one.sum(1)} for name, one in kept.items()},
        weekly={name: {"us_killed": one} for name, one in kept.items()},
        years=YEARS,
    )
    frame = read(store, outcomes=["us_killed"])
    assert timeline(store, frame, "trace").result["us_killed"]["share"] == 0.0
    assert timeline(store, frame, "plan").result["us_killed"]["week"]["median"] == 11  # a quarter, less a tenth


def test_outcomes_part_in_the_order_and_in_the_weeks_in_which_they_were_made_to() -> None:
    store, fails = study()
    found = timeline(store, read(store), "plan").result
    assert list(found) == ["displaced", "homicides_mx"]
    assert found["homicides_mx"]["share"] == fails.mean()
    assert found["homicides_mx"]["week"] == {"low": TURN, "median": None, "high": None}
    assert timeline(store, read(store), "other").result["homicides_mx"]["share"] == 0
    bare = made({"a": {"members": np.arange(40.0)}, "b": {"members": np.arange(40.0)}})
    with pytest.raises(InputError, match="keeps no weeks"):
        timeline(bare, read(bare), "b")
