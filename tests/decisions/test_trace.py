"""A planted future: operations cost US lives from week 10 on and raise homicides from week 40 on, held back by police."""

from __future__ import annotations

import numpy as np
import pytest

from premortem.decisions.result import Result
from premortem.decisions.trace import CARRIES, Future, Place, ends, steps, trace
from premortem.report.deciding_figures import figure
from premortem.wording.languages import messages

WEEKS, YEARS = 104, 2
MECHANISM_OF = {"us_killed": "operations", "homicides_mx": "rivalry", "fiscal_cost": "cost", "members": "recruitment"}
OUTCOMES = ["homicides_mx", "us_killed"]


def from_week(week: int, amount: float) -> np.ndarray:
    return np.where(np.arange(WEEKS) >= week, amount, 0.0)


def planted() -> Future:
    base = {
        "us_killed": np.zeros(WEEKS),
        "homicides_mx": np.full(WEEKS, 500.0),
        "fiscal_cost": np.zeros(WEEKS),
        "members": np.full(WEEKS, 1e5),
    }
    deaths, cost = from_week(10, 1.0), from_week(0, 1e9)
    plan = {
        "us_killed": deaths,
        "homicides_mx": 500.0 + from_week(40, 100.0),
        "fiscal_cost": cost,
        "members": base["members"],
    }
    without = {
        "operations": base | {"fiscal_cost": 0.1 * cost},
        "rivalry": plan | {"homicides_mx": base["homicides_mx"]},
        "state": plan | {"homicides_mx": 500.0 + from_week(40, 180.0)},
        "cost": plan | {"fiscal_cost": base["fiscal_cost"]},
        "sea": plan,
    }
    return Future(7, YEARS, base, plan, without)


PLACES = dict.fromkeys(OUTCOMES, Place.of(np.array([3.0, -1.0, 8.0, 94.0, 100.0]), 3))


def traced(
    language: str = "en", *, only: bool = False, outcomes: list[str] = OUTCOMES, places: dict[str, Place] = PLACES
) -> Result:
    about = {"reading": "as_likely", "outcomes": outcomes, "language": language, "new_runs": 7}
    return trace(
        planted(), "plan", "status_quo", MECHANISM_OF, outcomes, about, messages(language),
        only=only, places=places, among=5,
    )  # fmt: skip


def test_steps_come_in_the_order_of_weeks_and_name_what_carries_and_what_holds_back() -> None:
    found = steps(planted(), MECHANISM_OF)
    assert [one.outcome for one in found] == ["fiscal_cost", "us_killed", "homicides_mx"]
    # what matters of US deaths is a death or a share of the largest difference; homicides by one in a hundred of a quarter
    cost, deaths, homicides = found
    assert cost.week == 0
    assert 10 <= deaths.week <= 12
    assert 40 <= homicides.week <= 41
    assert list(cost.carried) == ["cost", "operations"]
    assert cost.carried["operations"] == pytest.approx(0.9)
    assert list(deaths.carried) == ["operations"]
    assert set(homicides.carried) == {"operations", "rivalry"}
    assert homicides.held_back["state"] == pytest.approx(-0.8)
    assert all("sea" not in one.carried and "sea" not in one.held_back for one in found)


def test_what_is_the_same_is_no_step_and_no_end() -> None:
    assert "members" not in {one.outcome for one in steps(planted(), MECHANISM_OF)}
    assert ends(planted(), ["members"]) == []
    (one,) = ends(planted(), ["us_killed"])
    assert (one.ours, one.theirs, one.difference) == (94.0, 0.0, 94.0)
    assert one.gone == {"operations": 1.0, "rivalry": 0.0, "state": 0.0, "cost": 0.0, "sea": 0.0}


def test_what_does_not_matter_and_the_noise_of_arithmetic_are_not_told() -> None:
    steady = {"mx_cooperation": np.full(WEEKS, 0.7), "raid_yield": np.zeros(WEEKS)}
    ours = {"mx_cooperation": steady["mx_cooperation"] + 1.5e-7, "raid_yield": from_week(30, 0.045)}
    one = Future(3, YEARS, steady, ours, {"operations": steady})
    asked = ["mx_cooperation"]
    found = trace(
        one, "plan", "status_quo", {"mx_cooperation": "mexico", "raid_yield": "operations"}, asked,
        {"language": "en"}, messages("en"), only=True, places={"mx_cooperation": Place(0.5, 1e-7)}, among=9,
    )  # fmt: skip
    assert (
        found.result["steps"] == []
    )  # who counts members removed by a raid states no least size, and the baseline has no raid
    nothing, end = found.words
    assert nothing.endswith("in nothing by what matters.")
    assert "no difference that matters" in end
    assert len(found.tables) == 1


def test_a_middle_that_is_next_to_nothing_is_shown_as_nothing() -> None:
    result = traced(places={"us_killed": Place(0.6, -1.5e-7), "homicides_mx": Place(0.1, 2.0)})
    assert any("in the middle one it is 0 deaths" in words for words in result.words)


def test_sentences_say_what_parts_first_what_that_moves_next_and_how_it_ends() -> None:
    words = traced().words
    assert words[0].startswith("In future 7, ")
    assert "is the first to part from status_quo, in week 0" in words[0]
    assert "through costs and US operations in Mexico" in words[0]
    assert any("held back by Mexican forces" in one for one in words)
    ending = next(one for one in words if "Over the whole run" in one and "status_quo" in one and " 94 " in one)
    assert "without the response of US operations in Mexico" in ending


def test_where_the_future_lies_among_those_of_the_study_is_said() -> None:
    assert Place.of(np.array([1.0, 2.0, 2.0, 5.0]), 1) == Place(0.25, 2.0)
    result = traced()
    assert (result.result["ends"]["us_killed"]["lower_in"], result.result["ends"]["us_killed"]["median"]) == (0.6, 8.0)
    said = "The difference in US personnel killed, 94 deaths, is lower in 60 % of the 5 futures of the study"
    assert f"{said}; in the middle one it is 8 deaths." in result.words


def test_only_what_carries_an_outcome_is_traced_where_it_is_named() -> None:
    result = traced(only=True, outcomes=["us_killed"])
    assert [one["outcome"] for one in result.result["steps"]] == ["us_killed"]
    assert list(result.result["ends"]) == ["us_killed"]
    assert result.result["ends"]["us_killed"]["gone"]["operations"] >= CARRIES


def test_the_same_in_spanish_and_as_a_picture() -> None:
    english, spanish = traced(), traced("es")
    assert english.result == spanish.result
    assert len(english.words) == len(spanish.words)
    assert all(a != b for a, b in zip(english.words, spanish.words, strict=True))
    assert "las operaciones estadounidenses en México" in " ".join(spanish.words)
    assert "Sin la respuesta de cada mecanismo" in spanish.tables[1].title
    drawn = figure(spanish).chart.to_json()
    assert "sin las operaciones estadounidenses" in drawn


def test_a_plan_that_changes_nothing_is_said_to_change_nothing() -> None:
    one = planted()
    same = Future(3, YEARS, one.base, one.base, {"operations": one.base})
    about = {"reading": "as_likely", "outcomes": OUTCOMES, "language": "en", "new_runs": 3}
    result = trace(
        same, "plan", "status_quo", MECHANISM_OF, OUTCOMES, about, messages("en"), only=False, places={}, among=1
    )
    assert result.words == ("In future 3, plan parts from status_quo in nothing by what matters.",)
    assert result.result["steps"] == []
