import numpy as np
import pytest

from premortem.decisions import where
from premortem.decisions.conditions import conditional, conditions
from premortem.decisions.frame import Frame, read, readings
from premortem.decisions.tree import Grower, explained
from premortem.errors import InputError
from premortem.study.cases import Reading
from premortem.study.store import Store
from tests.decisions.made import made, some

FUTURES = 400


def study(*, idle: int = 200) -> Store:
    """A plan that helps where Mexico is asked and ``p.x`` is high, does harm where not asked; ``idle`` inputs that do nothing."""
    random = np.random.default_rng(1)
    x, noise = random.random(FUTURES), random.normal(size=FUTURES)
    asked = np.where(random.random(FUTURES) < 0.5, "none", "senate")
    flag = random.random(FUTURES) < 0.5
    gap = np.where(asked == "none", 300.0, np.where(x > 0.6, -400.0, 0.0)) + 20 * noise
    base = 1000 + 10 * random.normal(size=FUTURES)
    values = {
        "status_quo": {"members": base, "campaign_weeks": 0 * x},
        "plan": {"members": base + gap, "campaign_weeks": 100 * x},
    }
    draws = {"p.x": x} | {f"idle.{i}": random.random(FUTURES) for i in range(idle)}
    return made(
        values,
        draws,
        left_open={"plan": {"consent.mexico": asked, "zone.warning": flag}},
        carried_out={"plan": {"members": base + 2 * gap}},
    )


def frames(store: Store) -> dict[Reading, Frame]:
    return {name: read(store, outcomes=["members", "campaign_weeks"], reading=name) for name in readings(store)}


def test_the_tree_finds_the_planted_leaves_in_both_readings_and_says_them_as_conditions() -> None:
    both = frames(study())
    found = conditions(both, "plan", "members")
    leaves = {leaf["words"]: leaf for leaf in found.result["leaves"]}
    assert len(leaves) == 3
    averages = sorted(leaf["readings"]["as_likely"]["average"] for leaf in leaves.values())
    assert averages == pytest.approx([-400, 0, 300], abs=10)
    for leaf in leaves.values():
        twice = leaf["readings"]["carried_out"]["average"]
        assert twice == pytest.approx(2 * leaf["readings"]["as_likely"]["average"])
        first = both["as_likely"]
        again = where.holds(where.parse(leaf["where"], first, ["members"]), first, "plan")
        assert again.mean() == leaf["share"]
    assert sum(leaf["share"] for leaf in leaves.values()) == pytest.approx(1.0)
    assert found.uncertainty["explained_in_unseen_futures"] > 0.95
    assert any("the tree was learnt from" in words for words in found.warnings)


def test_noise_is_hardly_ever_split_whatever_the_number_of_inputs() -> None:
    splits = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        inputs = {f"i{k}": random.random(100) for k in range(60)} | {"b": (random.random(100) < 0.3).astype(float)}
        splits += len(Grower(inputs).grow(random.normal(size=100))) > 1
    assert splits <= 5  # 5 % of 40 are 2; 6 or more would happen in 1 of 70 such tests


def test_what_explains_nothing_in_unseen_futures_is_not_above_zero() -> None:
    random = np.random.default_rng(2)
    assert explained(Grower({"x": random.random(200)}), random.normal(size=200)) < 0.02


def test_a_condition_names_words_flags_numbers_and_outcomes_under_the_plan() -> None:
    frame = frames(study(idle=0))["as_likely"]
    kept = ["members", "campaign_weeks"]

    def share(text: str) -> float:
        return float(where.holds(where.parse(text, frame, kept), frame, "plan").mean())

    words, flag, x = frame.words["open.consent.mexico"], frame.inputs["open.zone.warning"], frame.inputs["p.x"]
    assert share("consent.mexico = none") == (words == "none").mean()
    assert share("not consent.mexico = none and p.x > 0.5") == ((words != "none") & (x > 0.5)).mean()
    assert share("zone.warning = true") == flag.mean()
    assert share("campaign_weeks / 100 > 0.25 + 1 / 4") == (x > 0.5).mean()
    assert share('consent.mexico = "senate" or true') == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("consent.mexico = nobody", "none, senate"),
        ("consent.mexic = none", "did you mean 'consent.mexico'"),
        ("consent.mexico > 3", "'=' is missing"),
        ("avg(campaign_weeks, 4) > 3", "a future has one value"),
        ("campaign_weeks > members", "different units"),
        ("us_killed > 3", "not a name of the results"),
        ("p.x", "must be true or false"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_place(text: str, said: str) -> None:
    frame = frames(study(idle=0))["as_likely"]
    with pytest.raises(InputError, match=said):
        where.parse(text, frame, ["members", "campaign_weeks"])


def test_a_condition_splits_the_comparison_and_needs_futures_on_both_sides() -> None:
    both = frames(study(idle=0))
    first = both["as_likely"]
    holds, not_ = conditional(both, "plan", "members", where.parse("consent.mexico = none", first, ["members"])).result[
        "leaves"
    ]
    assert holds["readings"]["as_likely"]["average"] == pytest.approx(300, abs=5)
    assert holds["readings"]["as_likely"]["share_worse"] == 1.0
    assert holds["share"] + not_["share"] == pytest.approx(1.0)
    with pytest.raises(InputError, match="it holds in 0 of 400 futures"):
        conditional(both, "plan", "members", where.parse("p.x > 2", first, ["members"]))
    with pytest.raises(InputError, match="at least 100"):
        conditions({"as_likely": some(first, np.arange(FUTURES) < 99)}, "plan", "members")


def test_a_division_by_zero_is_an_error_everywhere_and_a_warning_in_some_futures() -> None:
    x = np.linspace(0, 1, FUTURES)
    few = np.where(np.arange(FUTURES) < 30, 0.0, 4.0)
    ours = {"members": 1000 + x, "campaign_weeks": few}
    store = made({"status_quo": {**ours, "campaign_weeks": 0 * x}, "plan": ours}, {"p.x": x})
    one = read(store, outcomes=["members", "campaign_weeks"])
    kept = ["members", "campaign_weeks"]
    found = conditional({"as_likely": one}, "plan", "members", where.parse("1 / campaign_weeks > p.x", one, kept))
    assert found.result["leaves"][0]["share"] == ((few > 0) & (x < 0.25)).mean()
    assert found.warnings[-1].startswith("As likely to unfold: In 30 of 400 futures the condition divides by zero")
    with pytest.raises(InputError, match="divides by zero in every future"):
        where.holds(where.parse("campaign_weeks / baseline.campaign_weeks > 2", one, kept), one, "plan")


def test_each_reading_shows_its_own_share_of_futures() -> None:
    x = np.linspace(0, 1, FUTURES)
    base = {"members": 1000 + x}
    store = made(
        {"status_quo": base, "plan": {"members": 1000 + 100 * x}},
        {"p.x": x},
        carried_out={"plan": {"members": 1000 + 200 * x}},
    )
    both = {name: read(store, outcomes=["members"], reading=name) for name in readings(store)}
    found = conditional(both, "plan", "members", where.parse("members > 1050", both["as_likely"], ["members"]))
    holds = found.result["leaves"][0]["readings"]
    assert (holds["as_likely"]["share"], holds["carried_out"]["share"]) == (0.5, 0.75)
    assert all(one["share"] == one["futures"] / FUTURES for one in holds.values())
    assert found.tables[0].rows[0][1::3] == ("50 %", "75 %")
    assert any("50 % of futures as likely to unfold, 75 % carried out as written" in said for said in found.words)
