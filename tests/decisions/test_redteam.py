"""Answers to plans: on a made-up model whose best answers are known, and through a theatre of four regions."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

import premortem as pm
from premortem.analysis import red_team
from premortem.analysis.answers import Answer, moved, require_possible
from premortem.analysis.red_team import choices, load, shifts
from premortem.cli.main import build
from premortem.decisions.redteam import Play, Setting, confirm, search, setting
from premortem.decisions.result import Result, together
from premortem.decisions.survival import policy_words, result_of
from premortem.errors import DataError, InputError
from premortem.evidence import parameters, priors
from premortem.model.index_sets import AXES
from premortem.study.cache import CAP
from premortem.study.executors import Threads
from premortem.study.experiment import Experiment
from premortem.study.provenance import RecipeRecord
from premortem.study.spec import make
from tests.small_model import SMALL_MODEL, simulating

Floats = NDArray[np.float64]
TINY = Path(__file__).parents[1] / "data/tiny_theatre"
FUTURES = 50
INCOME, DEATHS, OTHER = "revenue_organisations", "violent_deaths_mx", "extortion_victims"


def asked(**changes: Any) -> Setting:
    values: dict[str, Any] = {
        "sides": (), "aims": (), "freedom": 0.5, "rounds": 4, "outcomes": (INCOME, DEATHS, OTHER),
    }  # fmt: skip
    return setting("hard", "status_quo", ("status_quo", "hard", "soft"), **(values | changes))


def model(one: Setting, *, fail: Sequence[int] = ()) -> Any:
    """Plans and answers with known effects: under ``hard``, income falls by 40, half of which routes win back; hiding costs 5; Mexico
    by working harder lowers deaths by 10, of which nobody else knows; under ``soft`` income falls by 25, and nothing wins any back."""
    place = {name: i for i, name in enumerate(one.choices)}

    def value(policy: Sequence[float], name: str) -> float:
        return policy[place[name]] if name in place else 0.0

    def evaluate(plays: Sequence[Play], outcomes: Sequence[str], fresh: bool) -> Mapping[str, Floats]:
        random = np.random.default_rng(2 + fresh)
        luck = random.normal(size=(3, FUTURES))
        income = []
        for plan, policy in plays:
            routes, hiding = value(policy, "organisations.routes"), value(policy, "organisations.hiding")
            effect = {"status_quo": 0.0, "hard": -40.0 + 20.0 * routes, "soft": -25.0}[plan]
            income.append(1000 + 20 * luck[0] + effect * (1 + 0.1 * luck[1]) - 5 * hiding)
        deaths = [500 + 20 * luck[1] - 10 * value(policy, "mexico.effort") for _, policy in plays]
        other = [300 + luck[2] + (5.0 if plan == "hard" else 0.0) for plan, _ in plays]
        found = {INCOME: np.array(income), DEATHS: np.array(deaths), OTHER: np.array(other)}
        found = {id_: np.array(found[id_]) for id_ in outcomes}
        for future in fail:
            for values in found.values():
                values[0, future] = np.nan
        return found

    return evaluate


def answered(one: Setting, **options: Any) -> Result:
    evaluate = model(one, **options)
    searched = search(one, evaluate)
    return result_of(one, searched, confirm(one, searched, evaluate), {"reading": "as_likely", "years": 1})


def test_each_side_finds_its_best_answer_and_leaves_alone_what_does_nothing() -> None:
    found = answered(asked()).result["answers"]
    hard = found["hard"]["organisations"]
    assert {name: value for name, value in hard["choices"].items() if value} == {"routes": 1.0, "hiding": -1.0}
    assert hard["worth"]["low"] <= 25 <= hard["worth"]["high"]
    assert {name: value for name, value in found["soft"]["organisations"]["choices"].items() if value} == {
        "hiding": -1.0
    }
    for plan in ("status_quo", "hard", "soft"):
        mexico = found[plan]["mexico"]
        assert mexico["choices"] == {"effort": 1.0, "permission": 0.0, "joint_work": 0.0}
        assert mexico["worth"]["average"] == pytest.approx(10)
        assert mexico["worth_in_the_end"]["average"] == pytest.approx(10)


def test_an_answer_that_fresh_futures_do_not_show_to_serve_its_side_is_said_to_be_unclear() -> None:
    one = asked()
    evaluate = model(one)
    searched = search(one, evaluate)
    unclear = "whether that serves it is not clear in fresh futures"
    assert unclear not in " ".join(result_of(one, searched, confirm(one, searched, evaluate), {}).words)
    place = one.choices.index("mexico.effort")  # the other way it costs its side: worth is below zero
    idle = {
        side: {plan: (*p[:place], -1.0, *p[place + 1 :]) for plan, p in by.items()}
        for side, by in searched.answers.items()
    }
    wrong = dataclasses.replace(searched, answers=idle)
    words = result_of(one, wrong, confirm(one, wrong, evaluate), {}).words
    assert [unclear in said for said in words if "would answer" in said] == [True, False]


def test_what_survives_is_the_share_of_the_gain_that_is_left_where_plan_and_baseline_are_both_answered() -> None:
    found = answered(asked())
    one = found.result["survival"]["hard"]
    # the gain of 40 becomes 20; hiding less, which serves organisations under every plan, is in both and does not count
    assert one[INCOME]["survives"]["share"] == pytest.approx(0.5, abs=0.01)
    assert one[INCOME]["survives"]["low"] <= 0.5 <= one[INCOME]["survives"]["high"]
    assert one[INCOME]["unanswered"]["average"] == pytest.approx(-40, abs=1.5)
    assert one[DEATHS]["survives"] is None  # no gain, so no share of it
    assert one[OTHER]["survives"] is None  # a harm is no gain
    assert found.result["survival"]["soft"][INCOME]["survives"]["share"] == pytest.approx(1)
    assert "50 %" in found.words[0]
    assert "leave risky crossings sooner" in " ".join(found.words)


def test_the_game_is_won_by_the_plan_that_answers_do_not_undo_and_its_bound_closes() -> None:
    found = answered(asked())
    game, exploited = found.result["game"], found.uncertainty["exploitability"]
    assert game["aim"] == INCOME
    assert game["plans"] == pytest.approx({"status_quo": 0, "hard": 0, "soft": 1}, abs=1e-9)
    best = max(game["answers"], key=lambda answer: answer["share"])
    assert (
        best["makes"]["hard"] - best["makes"]["status_quo"] == pytest.approx(-20, abs=5)
        or not best["choices"]["routes"]
    )
    trace = exploited["trace"]
    assert all(step["low"] - 1e-9 <= step["value"] <= step["high"] + 1e-9 for step in trace)
    assert trace[0]["answers"] == 1
    assert trace[0]["gap"] > 4  # organisations hide less, unexpected at first
    assert trace[-1]["gap"] < 1e-6
    assert 0 <= exploited["fresh"]["low"] <= exploited["fresh"]["high"]


def test_without_freedom_nothing_is_answered_and_all_of_a_gain_is_left() -> None:
    found = answered(asked(freedom=0.0))
    assert not any(
        value for by in found.result["answers"].values() for one in by.values() for value in one["choices"].values()
    )
    one = found.result["survival"]["hard"][INCOME]
    assert one["survives"] == {"share": 1.0, "low": 1.0, "high": 1.0}
    assert one["answered"] == one["unanswered"]
    assert found.uncertainty["exploitability"]["trace"][-1]["gap"] == pytest.approx(0, abs=1e-9)


def test_a_side_alone_answers_alone_and_only_organisations_play_a_game() -> None:
    found = answered(asked(sides=("mexico",)))
    assert set(found.result["answers"]["hard"]) == {"mexico"}
    assert found.result["game"] is None
    assert found.uncertainty["exploitability"] is None
    assert set(found.inputs["choices"]) == {"mexico.effort", "mexico.permission", "mexico.joint_work"}


def test_failed_runs_are_left_out_and_counted_and_many_refuse() -> None:
    found = answered(asked(), fail=[3])
    assert found.inputs["futures"] == FUTURES - 1
    assert any("left out" in said for said in found.warnings)
    assert found.result["survival"]["hard"][INCOME]["survives"]["share"] == pytest.approx(0.5, abs=0.02)
    with pytest.raises(InputError, match="too many runs failed"):
        answered(asked(freedom=0.0), fail=range(10))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sides": ("cartels",)}, "no such side"),
        ({"aims": ("homicides_mx",)}, "no such aim"),
        ({"aims": ("us_killed",)}, "never killing"),
        ({"sides": ("mexico",), "aims": ("members",)}, "no such aim"),
        ({"aims": ("members", "revenue_organisations")}, "one aim"),
        ({"freedom": 1.0}, "0 to 0.9"),
        ({"freedom": -0.1}, "0 to 0.9"),
        ({"freedom": float("nan")}, "0 to 0.9"),
        ({"rounds": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_runs(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked(**changes)


def test_too_many_plans_are_refused() -> None:
    with pytest.raises(InputError, match="at most 12"):
        setting(
            "a", "b", [str(n) for n in range(11)], sides=(), aims=(), freedom=0.5, rounds=1, outcomes=(INCOME,)
        )  # fmt: skip


@pytest.mark.parametrize("changes", [{"design": "latin_hypercube"}, {"levers": {"arms.dealer_oversight": (1,)}}])
def test_a_study_whose_futures_are_not_independent_or_whose_plans_have_levers_is_refused(
    changes: dict[str, Any],
) -> None:
    spec = make(**({"plans": ("status_quo",), "futures": 40, "years": 1} | changes))
    about: Any = SimpleNamespace(recipe=RecipeRecord(spec=spec))
    with pytest.raises(InputError, match="independent futures of plans only"):
        require_possible(about)


def test_a_choice_moves_draws_within_their_prior_towards_the_end_it_names() -> None:
    for text in ("lognormal(4, 0.5)", "uniform(-1, 3)", "truncated(normal(0.5, 0.25), 0, 1.1)", "beta(2, 5)"):
        law = priors.parse(text)
        drawn = law.quantile(np.linspace(0.01, 0.99, 50))
        for shift in (0.5, 0.9, -0.5, -0.9):
            there = moved(law, drawn, shift)
            assert (np.sign(there - drawn) == np.sign(shift)).all()
            assert (np.diff(there) > 0).all()  # a future keeps its place among futures
            assert law.cdf(there) == pytest.approx(
                law.cdf(drawn) + shift * ((1 - law.cdf(drawn)) if shift > 0 else law.cdf(drawn))
            )
            assert np.isfinite(there).all()


def test_the_choices_are_aggregate_and_say_what_they_move() -> None:
    known = parameters.load()
    for side in load().values():
        assert side.choices
        for name, choice in side.choices.items():
            assert choice.up != choice.down
            assert len(choice.moves) >= 2, name
            assert all(known[id_].meaning for id_ in choice.moves)
            # how well force works, and luck, are nobody's choice
            assert not [id_ for id_ in choice.moves if "luck" in id_ or known[id_].latent]
    assert list(load()) == ["mexico", "organisations"]  # Mexico answers first
    policy = [0.0] * len(choices(["organisations"]))
    policy[1] = -1.0
    assert shifts(["organisations"], tuple(policy), 0.5)["movement.h_hide"] == 0.5
    assert policy_words("organisations", {"hiding": -0.5}) == "stay in the open (half-way)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"aims": {"us_killed": "up"}}, "killing is no aim"),
        ({"aims": {"nothing": "up"}}, "no such outcome"),
        (
            {"choices": {"x": {"up": "does this more", "down": "does this less", "moves": {"a.b": 1}}}},
            "no such parameter",
        ),
        (
            {"choices": {"x": {"up": "does this more", "down": "does this less", "moves": {"harms.reply": 1}}}},
            "continuous prior",
        ),
        (
            {
                "choices": {
                    name: {"up": "does this more", "down": "does this less", "moves": {"rivalry.k_d": 1}}
                    for name in ("x", "y")
                }
            },
            "two choices move it",
        ),
    ],
)
def test_a_file_of_sides_that_asks_for_what_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], said: str
) -> None:
    good = load()["organisations"].model_dump()
    monkeypatch.setattr(red_team, "document", lambda _: {"organisations": good | change})
    load.cache_clear()
    try:
        with pytest.raises(DataError, match=said):
            load()
    finally:
        load.cache_clear()


def call(*words: str) -> Any:
    return CliRunner().invoke(build(list(words)), list(words), env={"COLUMNS": "120"})


def test_through_a_theatre_an_answer_that_moves_nothing_gives_the_plans_own_numbers_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from premortem.analysis import answers, wedges
    from premortem.engine import simulate

    plans = str(TINY / "status_quo.toml"), str(TINY / "river_zone.toml")
    options = ("--side", "organisations", "--aim", "members", "--outcome", "homicides_mx", "--format", "json")
    sizes = ("--futures", "20", "--fresh", "20", "--rounds", "1")
    with simulating(SMALL_MODEL):
        study = pm.run(*plans, futures=20, years=1, out=tmp_path / "s")
        store, one = study.store, [0.0] * len(choices(["organisations"]))
        loaded = wedges.plan_of(store, "river_zone")
        none, some = (
            tuple(one),
            tuple(-1.0 if name.endswith("alliances") else 0.0 for name in choices(["organisations"])),
        )
        asked_of: dict[str, Any] = {
            "sides": ["organisations"], "freedom": 0.5, "reading": "as_likely", "futures": 20, "executor": Threads(1),
        }  # fmt: skip
        found = answers.simulate([(loaded, none), (loaded, some)], store.provenance, ["homicides_mx"], **asked_of)
        anew = answers.simulate([(loaded, none)], store.provenance, ["homicides_mx"], fresh=True, **asked_of)
        monkeypatch.setenv(CAP, "100")
        monkeypatch.setenv("PREMORTEM_CACHE", str(tmp_path / "cache"))
        kept = answers.simulate([(loaded, some)], store.provenance, ["homicides_mx"], **asked_of)
        with monkeypatch.context() as broken:
            broken.setattr(simulate, "run_together", lambda _, setups, *rest: [1 / 0 for _ in setups])  # nothing is
            again = answers.simulate([(loaded, some)], store.provenance, ["homicides_mx"], **asked_of)
        monkeypatch.setenv(CAP, "0")
        told = call("decide", "redteam", str(tmp_path / "s"), *options, *sizes, "--figure", str(tmp_path / "x.svg"))
        few = call("decide", "redteam", str(tmp_path / "s"), "--fresh", "5")
        lost = call("decide", "redteam", str(tmp_path / "s"), "--menu", "nowhere")
        more = call("decide", "redteam", str(tmp_path / "s"), *options, "--futures", "21")
    table = store.under("as_likely").table().filter(pl.col("plan") == "river_zone").sort("future").collect()
    assert found["homicides_mx"][0].tolist() == table["homicides_mx"].to_list()
    assert (found["homicides_mx"][1] != found["homicides_mx"][0]).any()  # rivals attacked when weakened: other fights
    assert again["homicides_mx"].tolist() == kept["homicides_mx"].tolist() == found["homicides_mx"][1:].tolist()
    assert not set(anew["homicides_mx"][0].tolist()) & set(found["homicides_mx"][0].tolist())
    assert told.exit_code == 0, (told.output, told.exception)
    result = json.loads(told.stdout)
    assert result.keys() == {"method", "inputs", "result", "uncertainty", "warnings"}
    assert result["inputs"]["sides"] == {"organisations": {"aim": "members", "wants": "up"}}
    assert (tmp_path / "x.svg").read_text().startswith("<svg")
    assert "at least 20" in str(few.exception)
    assert "not a plan of this study" in str(lost.exception)
    assert "20 futures finished" in str(more.exception)


def test_an_answer_moves_the_parameters_of_its_choices_and_nothing_else() -> None:
    experiment = Experiment.of(make(plans=(str(TINY / "river_zone.toml"),), futures=8, years=1))
    given = experiment.inputs(0, np.arange(8))
    policy = tuple(1.0 if name.endswith("production") else 0.0 for name in choices(["organisations"]))
    answer = Answer.of(["organisations"], policy, 0.5, experiment.theatre_name)
    assert answer is not None
    there = pickle.loads(pickle.dumps(answer))(given)
    supplies, was, now = AXES["supply"], given.setup.parameters["drugs"].slack, there.setup.parameters["drugs"].slack
    for place, supply in enumerate(supplies):
        law, before = parameters.load()[f"drugs.slack.{supply}"].distribution, given.draws[f"drugs.slack.{supply}"]
        after = there.draws[f"drugs.slack.{supply}"]
        assert law.cdf(after) == pytest.approx((1 + law.cdf(before)) / 2)
        assert np.asarray(now)[:, place] == pytest.approx(after, rel=1e-6)
        assert np.asarray(was)[:, place] == pytest.approx(before, rel=1e-6)
    changed = {id_ for id_ in given.draws if (there.draws[id_] != given.draws[id_]).any()}
    assert changed == set(choices(["organisations"])["organisations.production"].moves)
    for name, record in given.setup.parameters.items():
        if name not in {"drugs", "foreign"}:
            assert there.setup.parameters[name] is record
    assert there.setup.controls is given.setup.controls
    assert Answer.of(["organisations"], (0.0,) * len(policy), 0.5, experiment.theatre_name) is None


def test_results_under_a_reading_stand_together() -> None:
    result = together({"as_likely": answered(asked())})
    assert json.loads(json.dumps(result.as_json()))["result"]["as_likely"]["game"]["plans"]["soft"] == pytest.approx(1)
    assert result.words[0].startswith("As likely to unfold: Of what hard against status_quo gains")
