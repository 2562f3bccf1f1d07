"""Instant levers on a toy whose answer is known: y = a + b x + c [word] with noise, and on the files and refusals around it."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from premortem.errors import InputError
from premortem.instant import answer, file, inputs, process
from premortem.instant.basis import rests_on
from premortem.instant.design import Design
from premortem.instant.file import Levers
from premortem.instant.fit import Codes, Errors, Fitted, fit
from premortem.instant.futures import shares
from premortem.instant.inputs import Inputs
from premortem.instant.observed import QUANTILES, Observed
from premortem.instant.reasons import reasons
from premortem.plan.language.load import load, load_text

STEPS, PARTS = 4, 4
TOY = Inputs.model_validate(
    {
        "plan": "border_task_forces",
        "input": [
            {"path": "zone.depth_miles", "low": 1, "high": 60},
            {"path": "duration_weeks", "low": 13, "high": 260, "scale": "log", "whole": True},
            {"path": "consent.mexico", "words": ["none", "executive_only"]},
        ],
    }
)
OUTCOMES = ("homicides_mx", "us_killed")


def toy(count: int, held: int, *, noise: float = 0.0, futures: int = 40) -> Observed:
    """Futures are spread normally about a line in the depth and a step of the word; the duration does nothing; us_killed is a tenth."""
    rng = np.random.default_rng(3)
    parts = np.random.default_rng(4).permutation(np.arange(count) % PARTS)  # each sees the whole box
    points, others = (TOY.array(TOY.points(many, seed)) for many, seed in ((count, 1), (held, 2)))
    grow = np.linspace(0.25, 1, STEPS)[:, None]

    def futures_of(point: np.ndarray, many: int) -> np.ndarray:
        centre = 1 + 4 * point[0] - 2 * point[2] + noise * rng.normal()
        ranks = (np.arange(many) + 0.5) / many
        spread = (1 + point[0]) * norm.ppf(ranks)[None, :]
        return np.stack([(centre + spread) * grow, (centre + spread) * grow / 10])

    single = np.stack([futures_of(one, futures) for one in points])
    quantiles = np.quantile(single, QUANTILES, axis=3, method="median_unbiased")
    return Observed(
        OUTCOMES, points, others, np.moveaxis(quantiles, 0, -1), parts,
        np.stack([np.tile(futures_of(one, futures), PARTS) for one in others]), single, np.ones((2, STEPS)), np.array([0.5, 0.05]),
    )  # fmt: skip


WORDS = np.array(TOY.words)


def everywhere(count: int = 48, held: int = 4, *, noise: float = 0.0) -> Fitted:
    """Return a fit that answers in the whole box, however few variants measured its errors, and every outcome."""
    fitted, _ = fit(toy(count, held, noise=noise), WORDS)
    return dataclasses.replace(fitted, most_left=np.ones(1), refused=np.zeros(2, bool))


Made = tuple[Fitted, Errors]


@pytest.fixture(scope="module")
def made() -> Made:
    return fit(toy(64, 12), WORDS)


def test_each_part_of_a_design_sees_the_whole_box(tmp_path: Path) -> None:
    held = 4
    design = Design(tmp_path, TOY, 64, held, PARTS, 5, 1, {})
    points = dict(zip(design.names, TOY.array(design.points), strict=True))
    dealt = [design.names_of(part)[:-held] for part in range(PARTS)]
    assert sorted(name for part in dealt for name in part) == sorted(design.names[:-held])
    for part in dealt:
        depths = [points[name][0] for name in part]
        assert np.histogram(depths, 4, (0, 1))[0].all()


def test_the_toy_comes_back_and_what_does_nothing_counts_least(made: Made) -> None:
    fitted, errors = made
    assert np.quantile(errors.median, 0.9) < 0.02
    assert np.quantile(errors.edge, 0.9) < 0.05
    for one in fitted.processes:
        numbers = one.kernel.weights / one.kernel.lengths
        assert numbers[1] < 0.1 * numbers[0]
    still, moved = (fitted.quantiles(TOY.array([{**MIDDLE, "duration_weeks": weeks}]))[0] for weeks in (26.0, 200.0))
    assert np.abs(still - moved).max() < 0.05


MIDDLE: dict[str, float | str] = {"zone.depth_miles": 30.0, "duration_weeks": 52.0, "consent.mexico": "none"}


def test_single_futures_come_back_with_their_shares_and_pairs(made: Made) -> None:
    fitted, errors = made
    assert errors.share.mean() < 0.05
    near, far = (TOY.array([{**MIDDLE, "zone.depth_miles": depth}]) for depth in (30.0, 31.0))
    one, other = (fitted.futures.differences(fitted.processes, at)[0, 0, -1] for at in (near, far))
    assert one.shape == (40 * PARTS,)
    middle = np.median(fitted.quantiles(near)[0][0, 0, -1, 2])
    assert np.median(one) == pytest.approx(middle, abs=0.25)  # a twentieth of the band
    assert np.std(other - one) < 0.2 * np.std(one)  # a mile more moves each future a little: pairs are kept
    below, above = shares(one[None], fitted.futures.matters[:1])
    truth = 1 + 4 * 29 / 59 + (1 + 29 / 59) * norm.ppf((np.arange(40) + 0.5) / 40)
    assert below[0] == pytest.approx((truth < -0.5).mean(), abs=0.06)
    assert above[0] == pytest.approx((truth > 0.5).mean(), abs=0.06)


def test_quoted_errors_cover_nine_in_ten_of_others_and_grow_with_noise(made: Made) -> None:
    _, calm = made
    fitted, noisy = fit(toy(48, 12, noise=0.5), WORDS)
    assert np.quantile(noisy.median, 0.9) > 2 * np.quantile(calm.median, 0.9)
    assert (noisy.median <= fitted.error_median).mean() >= 0.9
    assert not noisy.bars(OUTCOMES)[0][3]
    assert calm.bars(OUTCOMES)[0][3]
    _, wild = fit(toy(48, 12, noise=3.0), WORDS)
    assert (wild.by_outcome() > 0.15).all()


def test_an_outcome_that_is_too_far_off_is_not_answered_and_a_place_beyond_all_that_was_measured_is_refused(
    levers: Levers,
) -> None:
    fitted = levers.readings["as_likely"]
    rough = dataclasses.replace(levers, readings={"as_likely": dataclasses.replace(fitted, refused=np.array([1, 0]))})
    first, second = (one.as_json() for one in answer.at(rough, MIDDLE, "as_likely"))
    assert first["refused"]
    assert first["q50"] == []
    assert len(second["q50"]) == STEPS
    near = dataclasses.replace(levers, readings={"as_likely": dataclasses.replace(fitted, most_left=np.zeros(1))})
    with pytest.raises(InputError, match="too far"):
        answer.at(near, MIDDLE, "as_likely")


def test_what_each_input_adds_is_what_it_does_and_adds_up(levers: Levers) -> None:
    """The toy is a sum: the depth adds 4 a box, the word takes 2, wherever the other stands; the duration adds nothing."""
    start = MIDDLE
    moved: dict[str, float | str] = {
        "zone.depth_miles": 59.0,
        "duration_weeks": 200.0,
        "consent.mexico": "executive_only",
    }
    found = reasons(levers, start, moved, "as_likely")
    assert found is not None
    assert list(found.parts) == list(moved)
    depth, duration, word = (part[0] for part in found.parts.values())
    assert depth == pytest.approx(4 * 29 / 59, abs=0.1)
    assert word == pytest.approx(-2, abs=0.1)
    assert duration == pytest.approx(0, abs=0.1)
    last = [band.quantiles[-1, 2] for band in answer.at(levers, moved, "as_likely")]
    assert found.start + sum(found.parts.values()) == pytest.approx(np.array(last), abs=1e-12)
    still = reasons(levers, start, start, "as_likely")
    assert still is not None
    assert not still.parts
    fitted = levers.readings["as_likely"]
    near = dataclasses.replace(levers, readings={"as_likely": dataclasses.replace(fitted, most_left=np.zeros(1))})
    assert reasons(near, start, moved, "as_likely") is None


def test_the_search_for_parameters_follows_the_slope_of_their_likelihood() -> None:
    seen, rng = toy(20, 4), np.random.default_rng(4)
    targets = np.column_stack([rng.normal(size=(20, 3)), np.zeros(20)])  # one in which nothing happens
    given = (seen.points, seen.parts, targets, WORDS)
    for logs in rng.normal(-1, 1, size=(4, 2 * len(WORDS) + 3)):
        slope = process.surprise(logs, *given)[1]
        for number, step in enumerate(1e-5 * np.eye(len(logs))):
            up, down = (process.surprise(logs + sign * step, *given)[0] for sign in (1, -1))
            assert slope[number] == pytest.approx((up - down) / 2e-5, abs=1e-7)


def test_futures_of_a_part_that_answer_in_their_own_way_are_not_taken_for_the_inputs() -> None:
    """In each part the depth does more, or less, by a share of its own; learnt from all parts it does what it does on average.

    All differences lie well above zero, so that nothing else makes them hard to learn.
    """
    seen, lean = toy(48, 12), np.array([0.5, 0.8, 1.2, 1.5])
    grow = np.linspace(0.25, 1, STEPS)[None, :, None] * np.array([1, 0.1])[:, None, None]
    high, own = 6 * grow, (seen.points[:, 0] * 4 * (lean[seen.parts] - 1))[:, None, None, None] * grow
    even = dataclasses.replace(
        seen, quantiles=seen.quantiles + high, futures=seen.futures + high, held=seen.held + high
    )
    leaning = dataclasses.replace(even, quantiles=even.quantiles + own, futures=even.futures + own)
    fitted, errors = fit(leaning, WORDS)
    assert fitted.processes[0].kernel.leaning > 10 * fit(even, WORDS)[0].processes[0].kernel.leaning
    assert np.quantile(errors.median, 0.9) < 0.05


def test_a_plan_file_that_was_edited_is_noticed(tmp_path: Path) -> None:
    plan = tmp_path / "mine.toml"
    plan.write_text(VARIANT + "duration_weeks = 52\n", encoding="utf-8")
    before = rests_on(str(plan))
    plan.write_text(VARIANT + "duration_weeks = 53\n", encoding="utf-8")
    after = rests_on(str(plan))
    assert [name for name in before if before[name] != after[name]] == ["plan"]


def test_quantiles_come_back_from_their_codes_and_stay_in_order() -> None:
    rng = np.random.default_rng(0)
    quantiles = np.sort(rng.normal(size=(50, 2, STEPS, 5)) * 10, axis=-1)
    codes = Codes(np.full((2, STEPS), 3.0))
    assert codes.back(codes.of(quantiles)) == pytest.approx(quantiles, abs=1e-9)
    anything = codes.back(rng.normal(size=(50, 2, STEPS, 5)) * 3)
    assert (np.diff(anything, axis=-1) >= 0).all()


def test_far_from_what_was_seen_more_variance_is_left() -> None:
    seen = toy(48, 4)
    near = seen.points[:, 0] < 0.5
    half = dataclasses.replace(
        seen,
        points=seen.points[near],
        quantiles=seen.quantiles[near],
        parts=seen.parts[near],
        futures=seen.futures[near],
    )
    fitted, _ = fit(half, WORDS)
    inside, outside = (
        fitted.quantiles(TOY.array([{**MIDDLE, "zone.depth_miles": depth}]))[1][0] for depth in (15.0, 59.0)
    )
    assert outside > 3 * inside


@pytest.fixture(scope="module")
def levers(made: Made) -> Levers:
    fitted, _ = made
    return Levers(TOY, OUTCOMES, 1, 13, rests_on(TOY.plan), {"bars": []}, {"as_likely": fitted})


def test_a_file_gives_the_same_answers_and_one_that_is_damaged_is_refused(levers: Levers, tmp_path: Path) -> None:
    place = tmp_path / "levers.pmia"
    assert file.write(levers, place) < 1_000_000
    again = file.read(place)
    for depth in (2.0, 30.0, 59.0):
        ours, theirs = (answer.at(one, {**MIDDLE, "zone.depth_miles": depth}, "as_likely") for one in (levers, again))
        for one, other in zip(ours, theirs, strict=True):
            width = one.quantiles[:, -1] - one.quantiles[:, 0]
            assert (np.abs(one.quantiles - other.quantiles) < 0.001 * width[:, None]).all()
    content = bytearray(place.read_bytes())
    content[-20] ^= 1
    place.write_bytes(content)
    with pytest.raises(InputError, match="premortem instant fit"):
        file.read(place)
    content[-20] ^= 1
    place.write_bytes(content.replace(b'"bars": []', b'"bars": {}'))  # what it says of its errors
    with pytest.raises(InputError, match="digest"):
        file.read(place)
    with pytest.raises(InputError, match="cannot be read"):
        file.read(tmp_path / "none.pmia")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a file"):
        file.read(tmp_path / "pipe")


VARIANT = 'schema = 1\nid = "mine"\nextends = "border_task_forces"\ntitle = "Mine"\nsource = ["project"]\n'


def test_a_plan_inside_is_answered_and_every_other_is_told_to_run(levers: Levers) -> None:
    stated = 'duration_weeks = 52\n[zone]\ndepth_miles = 30\n[consent]\nmexico = "none"\n'
    bands = answer.answer(levers, load_text(VARIANT + stated), "as_likely")
    assert [one.outcome for one in bands] == list(OUTCOMES)
    assert bands[0].as_json()["q50"][-1] == pytest.approx(1 + 4 * 29 / 59, rel=0.05)
    refusals = {
        stated.replace("= 30", "= 90"): "outside what was fitted",
        stated.replace('"none"', '"agency"'): "outside what was fitted",
        '[zone]\ndepth_miles = 30\n[consent]\nmexico = "none"\n': "is left open",
        stated + '[roe]\ntarget_definition = "self_defense"\n': "not varied",
    }
    for text, why in refusals.items():
        with pytest.raises(InputError, match="run") as refused:
            answer.answer(levers, load_text(VARIANT + text), "as_likely")
        assert why in str(refused.value)
    stale = dataclasses.replace(levers, rests_on={**levers.rests_on, "evidence": "another"})
    with pytest.raises(InputError, match="fitted to another version"):
        answer.answer(stale, load_text(VARIANT + stated), "as_likely")


def test_the_variants_of_the_packaged_inputs_lie_where_they_were_put() -> None:
    asked = inputs.read("border_task_forces")
    parent = load(asked.plan)
    for number, point in enumerate(asked.points(4, 7)):
        made = load_text(asked.plan_text(parent, point, f"variant_{number}"))
        back = asked.values_of(parent.plan, made.plan)
        assert asked.array([back]) == pytest.approx(asked.array([point]), abs=0.01)
        assert not list(answer._others(Levers(asked, (), 1, 13, {}, {}, {}), parent, made))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("low = 5\nhigh = 1", "low < high"),
        ('words = ["none"]', "two words"),
        ("low = 1\nhigh = 2\nlow_ = 3", r"inputs.toml:6:1 input.0.low_: no such key(.|\n)*did you mean 'low'"),
    ],
)
def test_inputs_that_make_no_box_are_refused(tmp_path: Path, line: str, message: str) -> None:
    place = tmp_path / "inputs.toml"
    place.write_text(f'plan = "kingpin"\n[[input]]\npath = "zone.depth_miles"\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match=message):
        inputs.read(place)
