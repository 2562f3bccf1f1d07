"""What a legislature decides of a plan, in both readings: bills, a statute that lapses, emergency powers without approval, designation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.evidence import ledger
from premortem.model.controls import Controls
from premortem.plan.controls import congress
from premortem.plan.controls.compile import Compiled, compile_plan
from premortem.plan.controls.open_fields import Floats, law
from premortem.plan.language.load import load, load_text
from premortem.study.experiment import Experiment
from premortem.study.recipes import carried_out
from premortem.study.spec import make

HEAD = 'schema = 1\ntitle = "x"\nsource = ["project"]\nstart = 2026-04-06\nduration_weeks = 500\n'
BILL = '[[measure]]\nid = "{0}"\nlever = "{1}"\nlevel = 1\nstanding = "proposed"\n'
FORCE = '[[task_force]]\nid = "f"\nreach = ["zone"]\npersonnel = 1000\ndeploy_weeks = 0\n'
SEED, WEEKS, MANY = 1, 110, 200
BILLS = {
    "foreign.sanctions": "chance = 0.4",
    "foreign.tariff": "chance = 0",
    "foreign.precursor_licences": "chance = 1",
    "arms.fifty_rule": "",
    "arms.maker_liability": "",
    "people.compensation": "chance = 0.4\nweeks = [4, 20]\nramp_weeks = 8",
}
PLAIN = BILL.format("bill", "foreign.sanctions").replace("proposed", "{}")


@lru_cache(maxsize=2)
def compiled(text: str, futures: int = 8) -> Compiled:
    plan = load_text(HEAD + text)
    return compile_plan(plan, theatre.load(), seed=SEED, futures=np.arange(futures), weeks=WEEKS)


def bills(author: str = "US") -> Compiled:
    measures = (f"{BILL.format(lever.rpartition('.')[2], lever)}{rest}\n" for lever, rest in BILLS.items())
    return compiled(f'author = "{author}"\n{"".join(measures)}', MANY)


def level(controls: Controls, lever: str = "foreign.sanctions") -> Floats:
    return np.asarray(controls.orders.levers)[:, :, 0, controls.lever_names.index(lever)]


def written(made: Compiled) -> Controls:
    assert made.written is not None
    return made.written


def test_a_bill_passes_in_its_share_of_futures_as_likely_and_in_all_at_once_carried_out() -> None:
    acts = level(bills().controls) > 0
    for weeks in (52, WEEKS):
        share = 1 - 0.6 ** ((weeks - 1) / congress.CONGRESS_WEEKS)
        assert acts[:, :weeks].any(1).mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / MANY))
    assert (np.diff(acts.astype(int), axis=1) >= 0).all()  # once law, it stays
    assert (level(written(bills())) == 1).all()


def test_a_bill_that_is_sure_to_pass_is_law_and_one_that_never_does_is_not() -> None:
    controls = bills().controls
    assert (level(controls, "foreign.precursor_licences") == 1).all()
    assert not level(controls, "foreign.tariff").any()


def test_an_open_chance_follows_the_share_of_bills_on_record_and_all_bills_of_a_plan_pass_together() -> None:
    made = bills()
    one, other = level(made.controls, "arms.fifty_rule") > 0, level(made.controls, "arms.maker_liability") > 0
    assert (one == other).all()
    assert 0.01 < one.any(1).mean() < 0.15
    share = ledger.load().facts["law.bills.enacted_share"]
    drawn = made.drawn["measure.all.chance"]
    assert share.low is not None
    assert share.high is not None
    assert drawn.min() < share.low < np.median(drawn) < share.high < drawn.max()
    assert "measure.all.chance" in made.open_fields


def test_each_bill_that_has_a_name_passes_by_itself_and_its_parts_together() -> None:
    named = {"foreign.sanctions": "a", "people.compensation": "a", "foreign.tariff": "b", "arms.fifty_rule": ""}
    text = "".join(
        BILL.format(lever.rpartition(".")[2], lever) + "chance = 0.5\n" + (f'bill = "{bill}"\n' if bill else "")
        for lever, bill in named.items()
    )
    controls = compiled(text, MANY).controls
    one, part, other, unnamed = ((level(controls, lever) > 0)[:, -1] for lever in named)
    assert (one == part).all()
    agreeing = (1 - 0.5 ** (WEEKS / congress.CONGRESS_WEEKS)) ** 2 + 0.5 ** (2 * WEEKS / congress.CONGRESS_WEEKS)
    for first, second in ((one, other), (one, unnamed), (other, unnamed)):
        assert (first == second).mean() == pytest.approx(agreeing, abs=4 * np.sqrt(0.25 / MANY))
    alone = compiled(BILL.format("tariff", "foreign.tariff") + 'chance = 0.5\nbill = "b"\n', MANY).controls
    np.testing.assert_array_equal(level(alone, "foreign.tariff"), level(controls, "foreign.tariff"))


def test_parts_of_one_bill_have_one_chance() -> None:
    text = "".join(
        BILL.format(lever.rpartition(".")[2], lever) + f'bill = "a"\nchance = {chance}\n'
        for lever, chance in (("foreign.sanctions", 0.4), ("foreign.tariff", 0.5))
    )
    with pytest.raises(InputError, match=r"the bill a state different chances(?s:.)*0\.4 and 0\.5"):
        load_text(HEAD + text)


def test_a_bill_of_mexico_passes_more_often_than_one_of_the_united_states() -> None:
    ours, theirs = (level(bills(author).controls, "arms.fifty_rule").any(1).mean() for author in ("US", "MX"))
    assert theirs > 3 * ours


def test_the_weeks_and_the_ramp_of_a_bill_count_from_its_becoming_law() -> None:
    passed = level(bills().controls).argmax(1)  # the same chance, from its first week on
    plain = level(written(bills()), "people.compensation")[0, :30]
    assert plain[3] == 0 < plain[4] < plain[11] == 1
    assert plain[19] == 1
    assert plain[20] == 0
    for late, course in zip(passed, level(bills().controls, "people.compensation"), strict=True):
        if 0 < late < WEEKS - 30:
            np.testing.assert_array_equal(course[late : late + 30], plain)
            assert not course[:late].any()


def test_what_acts_under_a_law_that_has_run_out_does_not_act() -> None:
    made = compiled(PLAIN.format("lapsed"))
    assert not level(made.controls).any()
    assert made.written is None


def test_a_phase_can_let_a_law_run_out_in_its_week() -> None:
    phase = '[[phase]]\nname = "out"\nfrom_week = 30\nset = { "measure.bill.standing" = "lapsed" }\n'
    acts = level(compiled(PLAIN.format("in_force") + phase).controls) > 0
    assert acts[:, :30].all()
    assert not acts[:, 30:].any()


def sunset(renewal: str) -> Compiled:
    statute = f'[authority]\ncongress = {{ authorized = "enacted", sunset_weeks = 40{renewal} }}\n'
    return compiled(statute + FORCE, MANY)


def stops(controls: Controls) -> Floats:
    return np.asarray(np.asarray(controls.stop_week) - np.asarray(controls.start_week), float)


def test_force_ends_with_its_statute_in_the_week_and_goes_on_where_it_is_renewed() -> None:
    made = sunset(", renewal = 0.6")
    people = np.asarray(written(made).orders.people)[:, :, 0, 0]
    assert (people[:, :40] > 0).all()
    assert not people[:, 40:].any()
    assert (stops(written(made)) == 40).all()
    terms = stops(made.controls) / 40
    assert (terms[terms < 12] % 1 == 0).all()
    for times in (1, 2, 3):
        assert (terms > times).mean() == pytest.approx(0.6**times, abs=0.1)


@pytest.mark.parametrize(("renewal", "expected"), [(", renewal = 0", 40), (", renewal = 1", 500)])
def test_a_statute_that_is_never_renewed_ends_and_one_that_always_is_does_not(renewal: str, expected: int) -> None:
    assert (stops(sunset(renewal).controls) == expected).all()


def test_a_statute_lapses_only_where_there_is_one() -> None:
    statute = '[authority]\ncongress = { authorized = "unspecified", sunset_weeks = 40, renewal = 0 }\n'
    made = compiled(statute + FORCE, 100)
    enacted = np.asarray(made.controls.authorised) > 0
    assert 0.05 < enacted.mean() < 0.3
    assert (stops(made.controls)[enacted] == 40).all()
    assert (stops(made.controls)[~enacted] == 500).all()
    none = compiled('[authority]\ncongress = { authorized = "none", sunset_weeks = 40 }\n' + FORCE)
    assert (stops(none.controls) == 500).all()
    assert none.written is None


def emergency(rest: str) -> Compiled:
    return compiled('author = "MX"\n[emergency]\nheld = 20000\nto_week = 52\nterm_weeks = 10\n' + rest, 100)


def weeks_held(controls: Controls) -> Floats:
    arrests = level(controls, "state.arrest_capacity")
    return np.asarray((arrests > arrests[:, -1:]).sum(1), float)


def test_emergency_powers_without_approval_end_with_their_first_term_and_hold_no_more_a_week() -> None:
    refused, agreed, left = (
        emergency(f'suspends = ["counsel"]\n{line}') for line in ("approved = false", "approved = true", "")
    )
    assert (weeks_held(refused.controls) == 10).all()
    assert (weeks_held(written(refused)) == 52).all()
    assert (weeks_held(agreed.controls) == 52).all()
    assert agreed.written is None
    assert (weeks_held(left.controls) == 10).mean() == pytest.approx(0.2, abs=0.1)
    np.testing.assert_array_equal(level(refused.controls)[:, :10], level(agreed.controls)[:, :10])


@pytest.mark.parametrize(
    ("rest", "share"),
    [
        ('suspends = ["arrest_reasons", "counsel", "time_before_judge"]', 1),
        ('suspends = ["arrest_reasons", "counsel", "time_before_judge"]\nhours_before_judge = 360', 1),
        ('suspends = ["counsel", "time_before_judge"]\nhours_before_judge = 48', 1 / 3),
        ('suspends = ["assembly", "movement"]', 0),
    ],
)
def test_people_are_held_wrongly_as_far_as_what_protects_them_is_suspended(rest: str, share: float) -> None:
    held = np.asarray(emergency(rest + "\napproved = true").controls.orders.emergency)[:, :52]
    np.testing.assert_allclose(held, share, rtol=1e-6)


def designated(line: str, start: str = "2026-04", day: str = "2026-04-06") -> float:
    text = HEAD.replace("2026-04-06", day) + f"[authority]\n{line}\n" + FORCE
    made = compile_plan(load_text(text), theatre.load(start=start), seed=1, futures=np.arange(1), weeks=52)
    return float(np.asarray(made.controls.organisations).sum())


def test_designation_names_whom_a_plan_is_against() -> None:
    today = designated("")
    assert today == designated("fto_designation = true") >= 6
    assert designated("fto_designation = false") == 0
    assert designated("", "2019-07", "2019-07-01") == 0
    assert designated("fto_designation = true", "2019-07", "2019-07-01") >= 6


def test_what_congress_is_asked_for_in_a_bargain_is_a_bill() -> None:
    bargain = '[[bargain]]\nid = "b"\npartner = "{}"\nasks = "money"\nby_week = 52\nagreed = "a"\n'
    phase = '[[phase]]\nname = "a"\nset = { "measure.bill.level" = 0.5 }\n'
    congress_agrees, mexico_agrees = (
        (level(compiled(PLAIN.format("in_force") + bargain.format(who) + phase, 100).controls)[:, -1] == 0.5).mean()
        for who in ("us_congress", "mexico")
    )
    assert congress_agrees < 0.1
    assert 0.35 < mexico_agrees < 0.65


@pytest.mark.parametrize("name", ["border_task_forces_resourced", "aumf_cartels_2025", "exception_el_salvador_2022"])
def test_a_plan_of_which_no_legislature_decides_anything_has_the_same_orders_in_both_readings(name: str) -> None:
    assert not congress.decides(load(name))


def test_a_plan_of_a_bill_has_both_readings_and_the_second_takes_its_own_orders() -> None:
    spec = make(plans=("status_quo", "stop_arming_cartels_2025"), futures=4, years=1)
    experiment = Experiment.of(spec)
    assert experiment.stoppable == ("stop_arming_cartels_2025",)
    likely = experiment.inputs(1, np.arange(4))
    read = carried_out(likely).setup.controls
    assert np.asarray(read.carried_out).all()
    lever = read.lever_names.index("arms.fifty_rule")
    here, there = (np.asarray(one.orders.levers)[..., lever] for one in (likely.setup.controls, read))
    assert not here.any()
    assert there[:, -1].any()


def test_the_law_of_a_chance_says_what_holds_elsewhere() -> None:
    assert "of an author other than the United States" in law("measure.all.chance").text
