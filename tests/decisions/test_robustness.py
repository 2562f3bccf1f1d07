import numpy as np
import pytest

from premortem.decisions.frame import read
from premortem.decisions.metrics import METRICS, agreement, ranks, resamples, scores
from premortem.decisions.result import Result
from premortem.decisions.robustness import robustness
from premortem.errors import InputError
from tests.decisions.made import made

FUTURES = 60


def judged(**options: object) -> Result:
    """Three plans: ``better`` does better by 10 members in every future and costs money, ``worse`` does worse on both."""
    random = np.random.default_rng(1)
    base = 1000 + 100 * random.normal(size=FUTURES)
    cost = {"status_quo": 0.0, "better": 5e9, "worse": 6e9}
    shift = {"status_quo": 0.0, "better": -50.0, "worse": 80.0}
    values = {
        plan: {"members": base + shift[plan], "fiscal_cost": cost[plan] * (1 + 0.1 * random.random(FUTURES))}
        for plan in cost
    }
    return robustness(read(made(values)), **options)  # type: ignore[arg-type]


def test_every_metric_in_every_resample_is_that_of_the_futures_drawn() -> None:
    random = np.random.default_rng(3)
    values, counts = random.normal(size=(3, 50)), resamples(50, 8, 2)
    assert (counts.sum(axis=1) == 50).all()
    found = scores(values, counts, 0.2)
    assert found.keys() == METRICS.keys()
    regret = values.max(axis=0) - values
    for sample in range(9):
        drawn = np.repeat(np.arange(50), counts[sample])
        for plan in range(3):
            x, r = np.sort(values[plan, drawn]), np.sort(regret[plan, drawn])
            median = x[24]
            expected = {
                "laplace": x.mean(),
                "maximin": x[0],
                "maximax": x[-1],
                "hurwicz": (x[0] + x[-1]) / 2,
                "minimax_regret": r[-1],
                "regret_p90": r[44],
                "satisficing": (x >= 0.2).mean(),
                "mean_variance": x.mean() - x.std(),
                "undesirable_deviations": np.maximum(median - x, 0).mean(),
                "worst_tenth": x[:5].mean(),
            }
            for name, value in expected.items():
                assert found[name][plan, sample] == pytest.approx(value, abs=1e-9), name


def test_of_four_acts_each_classical_criterion_chooses_another() -> None:
    """Milnor 1954, Games against nature: Laplace the first act of his table, Wald the second, Hurwicz the third, Savage the fourth."""
    acts = np.array([[2, 2, 0, 1], [1, 1, 1, 1], [0, 4, 0, 0], [1, 3, 0, 0]], np.float64)
    found = scores(np.tile(acts, 10), resamples(40, 0, 1), 1.0)
    first = {
        name: [i + 1 for i, rank in enumerate(ranks(found[name], METRICS[name]).ravel()) if rank == 1] for name in found
    }
    assert (first["laplace"], first["maximin"], first["hurwicz"], first["minimax_regret"]) == ([1], [2], [3], [4])
    assert found["minimax_regret"].ravel().tolist() == [2, 3, 2, 1]


def test_satisficing_and_regret_are_those_of_rhodium() -> None:
    """Rhodium 1.4.0 gives these for the same table: `satisficing_type1` where a constraint asks for 98, and `regret_type2` of the plan that
    is always 100, which Rhodium takes over the plan's own result and between two futures."""
    future = np.arange(200)
    plans = np.stack([np.full(200, 100.0), 100 + 30 * np.sin(future), 102 + 5 * np.cos(3 * future)])
    found = scores(plans, resamples(200, 0, 1), 98.0)
    assert found["satisficing"].ravel() == pytest.approx([1.0, 0.525, 0.8])
    assert found["regret_p90"][0, 0] == pytest.approx(100 * 0.2837991797843193, rel=1e-3)


def test_ranks_share_the_better_place_and_less_regret_is_better() -> None:
    score = np.array([[1.0], [2.0], [2.0]])
    assert ranks(score, METRICS["laplace"]).ravel().tolist() == [3, 1, 1]
    assert ranks(score, METRICS["minimax_regret"]).ravel().tolist() == [1, 2, 2]
    assert agreement(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])) == 1.0
    assert agreement(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])) == -1.0


def test_a_plan_that_is_worse_on_all_is_dominated_and_one_that_trades_is_not() -> None:
    found = judged()
    pairs = {(one["plan"], one["dominates"]) for one in found.result["dominance"] if one["over"] == "all outcomes"}
    assert pairs == {("better", "worse"), ("status_quo", "worse")}
    security = {(one["plan"], one["dominates"]) for one in found.result["dominance"] if one["over"] == "security"}
    assert ("better", "status_quo") in security
    assert found.result["trade_offs"]["better"] == {
        "security": {"better": ["members"]},
        "economy": {"worse": ["fiscal_cost"]},
    }
    assert all(one["in_futures"] == 1.0 for one in found.result["dominance"])


def test_every_pair_that_dominates_on_a_group_alone_is_said() -> None:
    found = judged()
    told = " ".join(found.words)
    apart = [one for one in found.result["dominance"] if one["over"] != "all outcomes"]
    assert {("better", "worse"), ("better", "status_quo")} <= {(one["plan"], one["dominates"]) for one in apart}
    for pair in apart:
        sentence = next(
            said
            for said in found.words
            if f"{pair['plan']} dominates" in said and pair["dominates"] in said and pair["over"] in said
        )
        assert sentence.endswith(".")
    assert "Among the other plans, better dominates worse (on security" in told


def test_plans_that_are_tied_come_first_both_whatever_their_order() -> None:
    ours, theirs = np.arange(50.0) + 900, np.arange(50.0) + 1000
    values = {"status_quo": {"members": theirs}, "one": {"members": ours}, "same": {"members": ours}}
    first = robustness(read(made(values), outcomes=["members"])).words[0]
    assert "one and same come first most often, alone or tied" in first


def test_no_composite_without_weights_and_with_them_the_factor_at_which_the_first_plan_changes_is_exact() -> None:
    assert judged().result["composite"] is None
    found = judged(weights={"members": 1e7, "fiscal_cost": 1.0}).result["composite"]
    cost = -found["along"]["members"][0]["from_factor"]
    assert cost == 0
    measure = found["measure"]
    assert measure["status_quo"]["value"] == 0
    price = 50e7 - measure["better"]["value"]  # fifty members at ten million, less what it costs: about five billion
    assert price == pytest.approx(5.25e9, rel=0.02)
    along = found["along"]["members"]
    assert [one["first"] for one in along] == ["status_quo", "better"]
    assert along[1]["from_factor"] == pytest.approx(price / 50e7)
    assert measure["status_quo"]["first_in"] == 1.0


def test_what_cannot_be_judged_is_refused_before_anything_is_computed() -> None:
    few = made({"a": {"members": np.arange(39.0)}, "b": {"members": np.arange(39.0)}})
    with pytest.raises(InputError, match="at least 40"):
        robustness(read(few))
    aimless = made({"a": {"campaign_weeks": np.arange(50.0)}, "b": {"campaign_weeks": np.arange(50.0)}})
    with pytest.raises(InputError, match="never scored"):
        robustness(read(aimless, outcomes=["campaign_weeks"]))
    with pytest.raises(InputError, match="no such outcome"):
        judged(thresholds={"homicides_mx": 3.0})
