"""Dilution, halves and verdicts, on answers that are known: a model that says nothing, one that says anything, one that is right."""

from collections import Counter

import pytest

from premortem.calibration.findings.dilution import Interval, on_the_models_scale
from premortem.calibration.findings.halves import drawn, studies, uses
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.results import judged_again, stored
from premortem.calibration.findings.schema import Finding
from premortem.calibration.findings.verdicts import FEWEST, judge

FINDINGS = list(packaged().values())


def numeric(finding: Finding) -> bool:
    return finding.unit != "sign"


def nothing(finding: Finding) -> Interval:
    return Interval(finding.nothing, finding.nothing, finding.nothing)


@pytest.mark.parametrize(
    ("name", "printed", "half_a_digit"),
    [
        ("leader.home_violence_6m", (0.006, 0.047, 0.18), 0.0005),
        ("leader.home_homicide_12m", (0.011, 0.105, 0.43), 0.0005),
        ("troops.homicide_first_year", (0.0, 2.4, 8.2), 0.05),
        ("aid.community_prevention_murders", (-0.050, -0.014, -0.002), 0.0005),
        ("truce.homicides", (-0.39, -0.27, -0.19), 0.005),
    ],
)
def test_the_published_interval_on_the_models_scale(
    name: str, printed: tuple[float, float, float], half_a_digit: float
) -> None:
    found = on_the_models_scale(packaged()[f"find.{name}"])
    assert (found.low, found.median, found.high) == pytest.approx(printed, rel=0.05, abs=half_a_digit)


def test_a_model_in_which_nothing_happens_passes_sixteen_as_published() -> None:
    as_published = [
        one.model_copy(update={"interval": "published"}) if one.interval == "range" else one for one in FINDINGS
    ]
    passed = {one.id for one in as_published if judge(one, nothing(one)).verdict == "inside"}
    assert len(passed) == 16
    # Ranges over drafts and indicators are widened before judging, and one of them then reaches zero.
    widened = {one.id for one in FINDINGS if judge(one, nothing(one)).verdict == "inside"}
    assert widened - passed == {"find.border.smuggler_price"}


def test_a_model_that_says_anything_passes_none_with_power() -> None:
    for one in FINDINGS:
        target = on_the_models_scale(one)
        half = 5.0 * target.width
        wide = (
            Interval(target.median - half, target.median, target.median + half) if numeric(one) else Interval(-1, 0, 1)
        )
        found = judge(one, wide)
        assert not (found.verdict == "inside" and found.power), one.id


def test_a_model_that_says_what_was_published_passes_all() -> None:
    assert {judge(one, on_the_models_scale(one)).verdict for one in FINDINGS} == {"inside"}


def test_the_other_side_of_zero_is_the_wrong_sign_unless_zero_is_inside() -> None:
    one = packaged()["find.truce.homicides"]
    assert judge(one, Interval(0.2, 0.25, 0.3)).verdict == "wrong_sign"
    assert judge(one, Interval(-0.7, -0.6, -0.5)).verdict == "outside"
    assert judge(one, Interval(-0.001, 0.0001, 0.002)).verdict == "outside"  # nothing has no sign
    sign = packaged()["find.leader.kill_against_capture"]
    assert [judge(sign, Interval(s - 0.1, s, s + 0.1)).verdict for s in (0.6, 0.5, 0.0, -0.05, -0.1)] == [
        "inside",
        "outside",
        "outside",
        "outside",
        "outside",
    ]
    assert [judge(sign, Interval(s - 0.1, s, s + 0.1)).verdict for s in (-0.11, -0.5, -0.9)] == ["wrong_sign"] * 3
    against = packaged()["find.label.terrorist_allied"]
    assert [judge(against, Interval(s - 0.1, s, s + 0.1)).verdict for s in (-0.6, 0.05, 0.5)] == [
        "inside",
        "outside",
        "wrong_sign",
    ]


def test_the_stored_wrong_signs_are_those_of_the_printed_definition() -> None:
    found = set[str]()
    for one in stored().results:
        nothing, published, model = packaged()[one.id].nothing, one.target, one.model
        if model is None:
            continue
        other = (model.median - nothing) * (published.median - nothing) < 0
        clear = all(nothing < each.low or each.high < nothing for each in (published, model))
        found |= {one.id} if other and clear else set()
    assert found == {one.id for one in stored().results if one.verdict == "wrong_sign"}
    assert {"find.effort.coordination_violence", "find.label.terrorist_allied"} <= found


def test_a_sign_within_the_sampling_error_of_the_bar_has_no_power() -> None:
    sign = packaged()["find.leader.outside_the_trade"]
    assert judge(sign, Interval(0.41, 0.564, 0.72)).weakness == "chance"
    assert judge(sign, Interval(-0.72, -0.64, -0.5)).power  # on the other side no bar turns a verdict
    assert judge(packaged()["find.label.terrorist_allied"], Interval(-0.72, -0.64, -0.5)).weakness == "chance"
    assert judge(sign, Interval(0.05, 0.2, 0.4)).power


def test_stored_verdicts_are_those_of_the_rule() -> None:
    assert judged_again(stored()) == stored()


def test_a_null_needs_the_whole_of_the_models_interval() -> None:
    one = packaged()["find.deport.us_crime_null"]
    assert judge(one, Interval(-0.02, 0.0, 0.02)).verdict == "inside"
    assert judge(one, Interval(-0.02, 0.0, 0.05)).verdict == "outside"


def test_a_study_that_holds_nothing_and_twice_its_effect_has_no_power() -> None:
    one = packaged()["find.demand.communities_trial"]
    assert judge(one, on_the_models_scale(one)).weakness == "study"


def test_a_smaller_weight_asks_for_a_smaller_effect() -> None:
    one = packaged()["find.truce.homicides"]
    narrow = Interval(-0.14, -0.135, -0.13)
    found = judge(one, narrow)
    assert (found.halved, found.verdict) == ("inside", "outside")


def test_whom_a_finding_helps_is_never_read() -> None:
    for one in FINDINGS:
        other = one.model_copy(update={"lean": "shock"})
        assert judge(one, nothing(one)) == judge(other, nothing(other))
    relabelled = [one.model_copy(update={"lean": "shock"}) for one in FINDINGS]
    assert uses(relabelled) == uses(FINDINGS)


def test_halves_are_drawn_by_study() -> None:
    halves, of = uses(FINDINGS), studies(FINDINGS)
    by_source: dict[str, set[str]] = {}
    for one in FINDINGS:
        for key in one.sources:
            by_source.setdefault(key, set()).add(halves[one.id])
    assert all(len(found) == 1 for found in by_source.values())
    assert uses(reversed(FINDINGS)) == halves
    assert Counter(halves.values()) == {"train": 46, "test": 44}  # fixed before any fit; another split is another rule
    assert all(halves[one.id] == drawn(of[one.id]) for one in FINDINGS)


def test_a_new_finding_of_a_known_study_goes_where_the_study_went() -> None:
    old = packaged()["find.truce.homicides"]
    new = old.model_copy(update={"id": "find.truce.mine", "sources": ("mine2026", *old.sources)})
    assert uses([new])[new.id] == uses([old])[old.id]


def test_few_futures_have_no_power_and_the_same_verdict() -> None:
    sign = packaged()["find.leader.outside_the_trade"]
    many, few = (judge(sign, Interval(0.05, 0.2, 0.4), futures) for futures in (FEWEST, FEWEST - 1))
    assert many.power
    assert (few.weakness, few.power, few.verdict) == ("few", False, many.verdict)
