from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from premortem.decisions.frame import read
from premortem.decisions.regression import fit
from premortem.decisions.voi import Benefit, Proposed, read_proposed, value_of, value_of_study, voi
from premortem.errors import InputError
from premortem.evidence import parameters
from premortem.study.store import Store
from tests.decisions.made import made

FUTURES = 4000


def exact(mean: float, spread: float) -> float:
    """The value of knowing a normal law beforehand, where the other choice is worth 0 and this one ``mean`` > 0 on average."""
    return float(spread * norm.pdf(mean / spread) + mean * norm.cdf(mean / spread) - mean)


def normal(futures: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The example of the overview of the R package voi: p1 ~ N(1, 1), p2 ~ N(0, 2), uncorrelated in the sample too."""
    random = np.random.default_rng(seed)
    drawn = random.normal(size=(2, futures))
    drawn -= drawn.mean(axis=1, keepdims=True)
    drawn[1] -= drawn[0] * (drawn[0] @ drawn[1]) / (drawn[0] @ drawn[0])
    drawn /= drawn.std(axis=1, keepdims=True)
    return 1 + drawn[0], 2 * drawn[1]


def test_the_published_example_of_voi_and_its_closed_form() -> None:
    """Overview of voi 1.0: EVPI 0.476 (exact 0.4798), EVPPI of p1 0.0821, of p2 0.3903, of both as EVPI."""
    p1, p2 = normal(10_000)
    beyond = np.stack([p2 - p1, np.zeros(10_000)])  # the treatment is chosen; doing nothing is worth this beyond it
    for inputs, published, closed in (
        ({"p1": p1}, 0.0821, exact(1, 1)),
        ({"p2": p2}, 0.3903, exact(1, 2)),
        ({"p1": p1, "p2": p2}, 0.4760, exact(1, 5**0.5)),
    ):
        worth = value_of(fit(inputs, beyond), beyond)
        error = (worth.high - worth.low) / 2  # 90 %
        assert abs(worth.value - closed) < 2 * error
        assert abs(worth.value - published) < 3 * error
        assert worth.fitted == pytest.approx(closed, abs=0.02)


def test_a_study_of_a_normal_input_is_worth_what_its_closed_form_says_and_all_of_it_is_worth_perfect_information() -> (
    None
):
    p1, p2 = normal(10_000)
    one = fit({"p1": p1}, np.stack([p2 - p1, np.zeros(10_000)]))
    for n in (1, 10, 100):  # observations with the spread of the prior take away n / (n + 1) of its variance
        share = n / (n + 1)
        worth = value_of_study(one.parts, one.seen.mean(axis=1), share)
        assert worth == pytest.approx(exact(1, share**0.5), abs=0.01)
    assert value_of_study(one.parts, one.seen.mean(axis=1), 0.0) == pytest.approx(0.0, abs=1e-12)


def test_a_bent_and_a_joint_effect_are_seen_and_noise_is_not() -> None:
    random = np.random.default_rng(4)
    x, y, noise = random.normal(size=(3, FUTURES))
    bent, joint = np.abs(x) - np.abs(x).mean(), x * y
    found = fit({"x": x}, np.stack([bent, noise])).explained(np.stack([bent, noise]))
    assert found[0] > 0.95
    assert abs(found[1]) < 0.005
    assert fit({"x": x, "y": y}, joint[None]).explained(joint[None])[0] > 0.9
    idle = {f"i{k}": random.random(FUTURES) for k in range(60)}
    assert value_of(fit(idle, np.stack([noise - 0.05, 0 * noise])), np.stack([noise - 0.05, 0 * noise])).value < 0.02


def test_parts_add_up_to_the_fit() -> None:
    random = np.random.default_rng(5)
    inputs = {name: random.random(500) for name in "abcde"}
    target = (inputs["a"] ** 2 + inputs["b"])[None] + 0.1 * random.normal(size=(1, 500))
    one = fit(inputs, target)
    assert one.seen.mean(axis=1) + sum(one.parts.values()) == pytest.approx(one.seen)
    assert one.seen.mean() == pytest.approx(target.mean())


def study(futures: int = 1000) -> Store:
    """Plan b lowers homicides where ``own_effort.injury_effect`` is low, and raises them where it is high; nothing else matters."""
    random = np.random.default_rng(1)
    x, base = random.normal(size=futures), 20_000 + 1000 * random.normal(size=futures)
    values = {"a": {"homicides_mx": base}, "b": {"homicides_mx": base + 100 + 500 * x + random.normal(size=futures)}}
    draws = {"own_effort.injury_effect": x, "rivalry.k_d": random.normal(size=futures)}
    return made(values, draws)


def test_information_is_valued_in_the_unit_of_the_outcome_and_luck_is_not_taken_for_knowledge() -> None:
    found = voi(read(study()), Benefit.of("homicides_mx"), read_proposed())
    assert found.result["choice_now"] == "a"
    worth = found.result["evppi"]
    assert worth["own_effort"]["value"] == pytest.approx(500 * exact(0.2, 1), abs=30)
    assert worth["rivalry"]["value"] < 5
    assert found.result["evpi"]["value"] >= worth["own_effort"]["value"] - 5
    best, *_ = found.result["evsi"].values()
    assert best["informs"] == ["own_effort.injury_effect"]
    assert 0 < best["low"] < best["high"] < best["at_most"]["value"]
    assert "own effort" in " ".join(found.words)


def test_where_nothing_is_worth_knowing_no_group_is_named_however_many_are_tried() -> None:
    named = 0
    for seed in range(2):
        random = np.random.default_rng(seed)
        base, noise = random.normal(size=(2, 200))
        values = {"a": {"homicides_mx": 1000 + base}, "b": {"homicides_mx": 1000 + base + noise}}
        found = voi(
            read(made(values, {f"group{k}.x": random.random(200) for k in range(30)})), Benefit.of("homicides_mx"), ()
        )
        named += sum(worth["clear"] for worth in found.result["evppi"].values())
        assert not any("Knowing the inputs of" in words for words in found.words)
    assert named == 0


def test_what_cannot_be_valued_is_refused() -> None:
    for asked, said in (
        (lambda: voi(read(study(99)), Benefit.of("homicides_mx"), ()), "at least 100"),
        (lambda: voi(read(study(), plans=["a"]), Benefit.of("homicides_mx"), ()), "without a choice"),
        (lambda: Benefit.of("campaign_weeks"), "no benefit"),
    ):
        with pytest.raises(InputError, match=said):
            asked()


def test_several_outcomes_are_one_measure_by_what_a_unit_of_each_is_worth() -> None:
    assert Benefit.weighed({"homicides_mx": 1e7, "mx_cooperation": 2.0}).worth == {
        "homicides_mx": -1e7,
        "mx_cooperation": 2.0,
    }
    found = voi(read(study()), Benefit.weighed({"homicides_mx": 2.0}), ())
    assert found.result["evppi"]["own_effort"]["value"] == pytest.approx(1000 * exact(0.2, 1), abs=60)


def test_studies_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "studies.toml"
    file.write_text('[one]\ntitle = "T"\ninforms = ["p"]\nshare = [0.1, 0.5]\nbasis = "b"\n', encoding="utf-8")
    assert read_proposed(file) == (Proposed("one", "T", ("p",), (0.1, 0.5), "b"),)
    for text, said in (
        ('[one]\ntitle = "T"', "not a proposed study"),
        ('[one]\ntitle = "T"\ninforms = ["p"]\nshare = [0.5, 0.1]\nbasis = "b"\n', "not a range of shares"),
        ('[one]\ntitle = "T"\ninforms = "p"\nshare = [0.1, 0.5]\nbasis = "b"\n', "not a list of inputs"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            read_proposed(file)


def test_the_packaged_studies_inform_inputs_that_exist_and_say_what_their_shares_rest_on() -> None:
    known = parameters.load()
    for one in read_proposed():
        assert all(name in known for name in one.informs), one.id
        assert one.basis.startswith("judgement")
        assert one.share[1] - one.share[0] >= 0.25  # wide
