"""Deals, bargains, emergency powers, consent by date and who pays: what the model receives of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from premortem import theatre
from premortem.errors import InputError
from premortem.model.index_sets import EVENTS, PAYERS, WAYS_OUT
from premortem.model.units import NEVER
from premortem.plan.controls.compile import compile_plan
from premortem.plan.controls.levers import standing_levers
from premortem.plan.controls.orders import ordinary_arrests
from premortem.plan.language import catalogue
from premortem.plan.language.load import load_text
from tests.plan.controls.test_compile import HEAD, controls

LEVERS = list(catalogue.levers())
DEAL = """
[[deal]]
id = "pact"
kind = "{kind}"
parties = ["cjng"]
regions = ["Jalisco"]
monitors = 0.5
from_week = 10
to_week = 60
{more}
"""


def test_a_truce_is_on_offer_in_its_weeks_to_its_parties_in_its_states_and_lets_nobody_off() -> None:
    made = controls(DEAL.format(kind="truce", more=""))
    on = made.orders.deal_on[0, :, 0]
    assert (on[10:60, 0] == 1).all()
    assert on.sum() == 50
    assert not made.orders.way_out.any()
    world = theatre.load()
    assert [o.id for o, named in zip(world.organisations, made.deal_parties[0, 0], strict=True) if named] == ["cjng"]
    assert {r.state for r, named in zip(world.regions, made.deal_regions[0, 0], strict=True) if named} == {"MX-JAL"}
    assert made.deal_monitors[0].tolist() == [0.5, 0]


def test_an_open_amnesty_is_drawn_and_a_stated_one_holds() -> None:
    drawn = controls(DEAL.format(kind="amnesty", more="")).orders.way_out[:, 20, 0, 0]
    assert (drawn.sum(1) == 1).all()
    assert len(np.unique(drawn, axis=0)) > 1
    more = 'amnesty = "all_but_leaders"\nconcessions = ["lighter_sentences"]'
    stated = controls(DEAL.format(kind="truce", more=more)).orders.way_out[0, 20, 0, 0]
    assert [way for way, on in zip(WAYS_OUT, stated, strict=True) if on] == ["lighter_sentences", "all_but_leaders"]


def test_nobody_of_a_party_that_is_promised_so_is_handed_over() -> None:
    of = LEVERS.index("leadership.transfers")
    usual = controls("").orders.levers[0, 20, 0, of]
    promised = controls(DEAL.format(kind="truce", more='concessions = ["no_transfer"]')).orders.levers[0, :, 0, of]
    designated = theatre.load().arrays["designated"].sum()
    assert promised[20] == pytest.approx(usual * (1 - 1 / designated))
    assert promised[70] == usual


BARGAIN = """
[[measure]]
id = "pressure"
lever = "mexico.pressure"
level = 1
[[phase]]
name = "paused"
set = { "measure.pressure.level" = 0 }
[[phase]]
name = "more"
set = { "measure.pressure.level" = 0.9 }
[[bargain]]
id = "guards"
partner = "mexico"
asks = "ten thousand guards at the line"
by_week = 8
agreed = "paused"
refused = "more"
"""


def test_a_bargain_is_agreed_in_its_share_of_futures_and_its_phases_hold_from_its_week() -> None:
    level = controls(f"{BARGAIN}chance = 0.7", futures=np.arange(400)).orders.levers[
        :, :, 0, LEVERS.index("mexico.pressure")
    ]
    assert (level[:, 7] == 1).all()
    agreed = level[:, 8] == 0
    assert agreed.mean() == pytest.approx(0.7, abs=0.08)
    np.testing.assert_allclose(level[~agreed, 8], 0.9)


def test_a_bargain_that_is_seen_to_be_broken_is_refused_from_then_on() -> None:
    made = controls(f'{BARGAIN}chance = 1\nkept = "us_killed < 5"')
    assert [branch.name for branch in made.branches] == ["breach:guards"]
    column = LEVERS.index("mexico.pressure")
    kept, broken = (made.orders.levers[:, 20, variant, column] for variant in (0, 1))
    assert (kept == 0).all()
    np.testing.assert_allclose(broken, 0.9)


def test_emergency_powers_hold_as_many_as_they_say() -> None:
    suspended = 'suspends = ["arrest_reasons", "counsel", "time_before_judge"]'
    made = controls(f"[emergency]\n{suspended}\nheld = 100000\nfrom_week = 4\nto_week = 56")
    assert made.orders.emergency[0].sum() == 52
    added = made.orders.levers[0, :, 0, LEVERS.index("state.arrest_capacity")] - 1
    assert added.sum() * ordinary_arrests() == pytest.approx(100_000, rel=1e-4)


def test_consent_holds_by_its_weeks_and_people() -> None:
    made = controls('[consent]\nmexico = "senate_authorized"\npeople = 19\nto_week = 9')
    assert made.orders.permitted[0, :9].all()
    assert not made.orders.permitted[0, 9:].any()
    assert made.permitted_people[0] == 19
    without = controls("")
    assert without.orders.permitted.all()
    assert without.permitted_people[0] == NEVER


def test_an_assumed_event_has_its_week() -> None:
    made = controls('[[event_assumed]]\nid = "e"\nkind = "covert_lethal"\nweek = 6')
    weeks = dict(zip(EVENTS, made.assumed[0], strict=True))
    assert weeks.pop("covert_lethal") == 6
    assert set(weeks.values()) == {NEVER}


def payers(text: str, lever: str) -> str:
    made = controls(text)
    return PAYERS[int(made.lever_payers[0, LEVERS.index(lever)].argmax())]


def test_who_pays_is_the_lever_s_country_the_plan_s_payer_or_the_measure_s() -> None:
    assert payers("", "people.victim_support") == "us_federal"
    assert payers('author = "MX"', "people.victim_support") == "mexico"
    assert payers('author = "MX"', "homefront.bp_hire") == "us_federal"
    assert payers('payer = "others"', "state.prosecution") == "others"
    measure = '[[measure]]\nlever = "state.prosecution"\nlevel = 0.1\npayer = "US"'
    assert payers(measure, "state.prosecution") == "us_federal"


def test_a_last_day_is_a_length_in_weeks() -> None:
    plan = load_text('title = "x"\nsource = ["project"]\nstart = 2026-02-15\nends = 2026-04-16\n').plan
    assert plan.duration_weeks == 9
    with pytest.raises(InputError, match="not after it starts"):
        load_text('title = "x"\nsource = ["project"]\nstart = 2026-02-15\nends = 2026-02-15\n')


def test_more_deals_than_can_be_simulated_are_refused() -> None:
    three = "".join(f'[[deal]]\nid = "d{i}"\nkind = "truce"\n' for i in range(3))
    with pytest.raises(InputError, match="more deals than can be simulated"):
        compile_plan(load_text(HEAD + three), theatre.load(), seed=1, futures=np.arange(2), weeks=52)


def test_a_source_may_be_a_reference_of_the_plan_s_own() -> None:
    own = '[[reference]]\nid = "the_bill"\ntitle = "A bill"\nurl = "https://example.org"\n'
    plan = load_text(f'title = "x"\nsource = ["the_bill", "project"]\n{own}').plan
    assert plan.source_titles["the_bill"] == "A bill, https://example.org"
    with pytest.raises(InputError, match="not in the list of source"):
        load_text('title = "x"\nsource = ["the_bill"]\n')


def test_what_is_done_at_sea_moves_its_levers_in_its_weeks() -> None:
    sea = '[[sea]]\nid = "b"\nservice = "navy"\ntasks = ["strike_vessel"]\nstrikes_per_week = 1.5\nfrom_week = 4\nto_week = 30\n'
    sea += '[[sea]]\nid = "c"\nservice = "uscg"\ntasks = ["board"]\nassets = 2\n'
    levers = controls(sea).orders.levers[0, :, 0]
    strikes, boarding = (levers[:, LEVERS.index(name)] for name in ("sea.strikes", "sea.boarding"))
    assert (strikes[4:30] == 1.5).all()
    assert (boarding[:104] == 2).all()
    usual = controls("")
    went_on = theatre.load().levers["sea.strikes"]  # the campaign of 2026 goes on under every plan that does not end it
    assert (strikes[[3, 30, 150]] == np.float32(went_on)).all()
    assert (usual.orders.levers[0, :, 0, LEVERS.index("sea.strikes")] == np.float32(went_on)).all()
    assert usual.lever_status_quo[LEVERS.index("sea.strikes")] == went_on > 1


def test_a_start_whose_levers_do_not_exist_or_are_out_of_bounds_is_refused() -> None:
    for levers, message in (({"sea.strike": 1.0}, "sea.strikes"), ({"sea.strikes": 11.0}, "0 to 10")):
        wrong = dataclasses.replace(theatre.load(), levers=levers)
        with pytest.raises(InputError, match=message):
            standing_levers(wrong)


def test_forces_of_a_third_state_are_added_to_those_that_stand_there_and_others_pay_them() -> None:
    partner = '[[partner]]\nid = "p"\nservice = "{}"\npersonnel = 1000\nregions = ["Sinaloa"]\ntasks = ["police"]\n'
    theirs, third = (controls(partner.format(service)) for service in ("gn_mx", "third_state"))
    assert 0 < theirs.partner_origin[:, 0].sum() <= len(theirs.partner_origin)
    assert not third.partner_origin.any()
    assert [PAYERS[one.partner_payer[0, 0].argmax()] for one in (theirs, third)] == ["mexico", "others"]
    assert (third.orders.partner_people == theirs.orders.partner_people).all()
    own = controls(partner.format("third_state") + 'payer = "US"\n')
    of_plan = controls('payer = "US"\n' + partner.format("gn_mx"))
    assert [PAYERS[one.partner_payer[0, 0].argmax()] for one in (own, of_plan)] == ["us_federal"] * 2


def test_measures_of_one_lever_have_one_payer_and_a_lapsed_one_does_not_count() -> None:
    measure = '[[measure]]\nlever = "state.prosecution"\nlevel = 0.1\npayer = "{}"\nstanding = "{}"\n'
    first = measure.format("US", "in_force")
    assert payers(first + measure.format("others", "lapsed"), "state.prosecution") == "us_federal"
    for second in (measure.format("others", "in_force"), measure.format("others", "proposed")):
        with pytest.raises(InputError, match=r"measures of state\.prosecution name different payers") as refused:
            load_text(HEAD + first + second)
        assert refused.value.problems[0].found == "US and others"


def test_a_phase_cannot_change_who_pays() -> None:
    measure = '[[measure]]\nid = "m"\nlever = "state.prosecution"\nlevel = 0.1\n'
    with pytest.raises(InputError, match="a phase cannot change who pays"):
        load_text(HEAD + measure + '[[phase]]\nname = "p"\nfrom_week = 4\nset = { "measure.m.payer" = "US" }\n')


@pytest.mark.parametrize(
    ("author", "aid", "given"), [("US", "", True), ("MX", "", False), ("MX", '"unspecified"', True), ("un", "5", True)]
)
def test_aid_left_out_is_open_in_a_us_plan_and_none_in_another_s(author: str, aid: str, given: bool) -> None:
    stated = f"aid_musd_per_year = {aid}\n" if aid else ""
    made = controls(f'author = "{author}"\n[[partner]]\nid = "p"\nservice = "gn_mx"\ntasks = ["equip"]\n{stated}')
    assert bool(made.orders.partner_aid.any()) is given
