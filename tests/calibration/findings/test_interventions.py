"""Interventions as controls: what is done is done there, then and as much as stated, and nothing else is changed."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

from premortem.calibration.findings import interventions, results, run
from premortem.calibration.findings.interventions import Arms
from premortem.calibration.findings.places import Places, known
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.run import Asked, Job, job
from premortem.calibration.findings.schema import Finding, NotExpressibleError, Run
from premortem.engine.week import Setup
from premortem.model.index_sets import LABELS, SUPPLIES
from premortem.model.units import NEVER
from premortem.plan.language import catalogue
from premortem.theatre import load

FUTURES = 4
ASKED = Asked(Path("unused"), futures=FUTURES)


def finding(name: str, **changes: object) -> Finding:
    """Return a packaged finding from the start of 2007, with changes to how it is run."""
    one = packaged()[f"find.{name}"]
    ran = (one.run or Run(basis="a test")).model_copy(update=changes)
    return one.model_copy(update={"run": ran, "start": one.start.replace(year=2007, month=1, day=1)})


@cache
def status_quo() -> Setup:
    return run._setup("2007-01", 52, ASKED)


def made(name: str, length: int = 52, **changes: object) -> tuple[Job, Arms]:
    one = job(finding(name, **changes))
    return one, interventions.arms(run._case(one, length, ASKED))


def differing(setup: Setup) -> Iterator[str]:
    """Yield the names of what differs from the status quo."""
    for (path, a), (_, b) in zip(*(jax.tree_util.tree_leaves_with_path(s) for s in (setup, status_quo())), strict=True):
        if not np.array_equal(np.asarray(a), np.asarray(b)):
            yield jax.tree_util.keystr(path)


def levels(setup: Setup, lever: str) -> np.ndarray:
    """Return a lever [future, week]."""
    column = setup.controls.lever_names.index(lever)
    return np.asarray(setup.controls.orders.levers)[:, :, 0, column]


def test_an_intervention_of_no_size_changes_no_bit() -> None:
    for name, nothing in (("aid.community_prevention_murders", 0.0), ("effort.tactics_alike", 1.0)):
        assert list(differing(made(name, dose=nothing)[1].treated)) == []
    still = catalogue.levers()["overdose.naloxone_coverage"].status_quo
    assert list(differing(made("model.naloxone20", dose=still)[1].treated)) == []


def test_a_lever_moves_in_its_weeks_by_the_weight_of_the_treated_unit() -> None:
    one, arms = made("demand.naloxone_high", dose=5.0, weeks=10)
    assert list(differing(arms.treated)) == [".controls.orders.levers"]
    moved = levels(arms.treated, "overdose.naloxone_coverage") - 1.0
    low, high = one.finding.dilution.low, one.finding.dilution.high
    assert ((moved[:, :10] >= 4 * low * 0.999) & (moved[:, :10] <= 4 * high * 1.001)).all()
    assert (moved[:, 10:] == 0).all()


def test_an_elasticity_raises_and_lowers_the_cause() -> None:
    _, arms = made("demand.treatment_places")
    assert arms.lowered is not None
    up, down = (levels(one, "overdose.treatment_coverage")[:, 0] for one in (arms.treated, arms.lowered))
    usual = catalogue.levers()["overdose.treatment_coverage"].status_quo
    assert (up > usual).all()
    assert (down < usual).all()
    assert arms.step == pytest.approx(np.log(1.1))


def test_effort_rises_where_and_while_it_is_said_to() -> None:
    one, arms = made("effort.coordination_violence", dose=1.5, weeks=13)
    effort = np.asarray(arms.treated.controls.orders.own_effort)[:, :, 0]
    here = [region.state == "MX-GUA" for region in one.theatre.regions]
    assert (effort[:, :13, here] > 1).all()
    assert (effort[:, 13:] == 1).all()
    assert (effort[:, :, ~np.array(here)] == 1).all()


def test_a_force_stands_in_its_places_and_leaves() -> None:
    one, arms = made("troops.complaints", dose=20_000.0, weeks=26)
    people = np.asarray(arms.treated.controls.orders.partner_people)[:, :, 0]
    assert (people[:, :26, 0] == 20_000).all()
    assert people[:, 26:].sum() == people[..., 1].sum() == 0
    presence, pursuit = np.asarray(arms.treated.controls.partner_place)[0, 0]
    np.testing.assert_allclose(presence.sum(), 1, rtol=1e-6)
    assert pursuit.sum() == 0  # its task is presence
    assert one.finding.run is not None
    named = [region.state in one.finding.run.places for region in one.theatre.regions]
    assert presence[~np.array(named)].sum() == 0


def test_a_head_falls_once_in_a_state_where_members_live_and_not_in_a_pool() -> None:
    one, arms = made("leader.home_violence_6m")
    falls = np.asarray(arms.treated.controls.falls)
    assert ((falls < NEVER).sum((1, 2)) == 1).all()
    assert (falls.min((1, 2)) == one.first).all()
    assert falls[:, one.theatre.arrays["pooled"] > 0].min() >= NEVER
    states = {one.theatre.regions[int(np.argwhere(x < NEVER)[0][1])].state for x in falls}
    assert len(states) > 1


def test_heads_fall_one_after_another_through_the_window_and_by_death_or_arrest() -> None:
    one, arms = made("leader.deaths_per_removal")
    falls = np.asarray(arms.treated.controls.falls)
    assert ((falls < NEVER).sum((1, 2)) == 25).all()
    assert falls[falls < NEVER].max() < one.finding.estimand.window[1]
    _, killed = made("leader.kill_against_capture")
    assert killed.control is not None
    for setup, share in ((killed.treated, 1.0), (killed.control, 0.0)):
        mode = levels(setup, "leadership.kill_share")
        assert (mode[:, 0] == share).all()
        assert (mode[:, 1:] == catalogue.levers()["leadership.kill_share"].status_quo).all()


def test_a_share_of_precursors_is_denied_as_stated_for_its_weeks() -> None:
    _, arms = made("supply.meth1995_use")
    denied = levels(arms.treated, "drugs.precursor_control")
    assert (denied[:, :26] == 0.5).all()
    assert (denied[:, 26:] == 0).all()
    assert (np.asarray(arms.treated.parameters["foreign"].diplomacy_yield) == 1).all()


def test_of_what_is_made_of_a_drug_a_share_is_left_for_a_whole_run_only() -> None:
    _, arms = made("supply.heroin_shortage_crime", dose=0.6)
    assert list(differing(arms.treated)) == [".parameters['drugs'].slack"]
    before, after = (np.asarray(setup.parameters["drugs"].slack) for setup in (status_quo(), arms.treated))
    assert after[:, SUPPLIES.index("heroin")] == pytest.approx(0.4)
    others = [column for column, name in enumerate(SUPPLIES) if name != "heroin"]
    assert (after[:, others] == before[:, others]).all()
    with pytest.raises(NotExpressibleError, match="a whole run"):
        made("supply.heroin_shortage_crime", dose=0.6, weeks=26)


def test_a_rule_moves_the_lever_that_stands_for_it() -> None:
    _, arms = made("demand.naloxone_laws", dose=2.0)
    assert list(differing(arms.treated)) == [".controls.orders.levers"]
    assert (levels(arms.treated, "overdose.naloxone_coverage") == 2.0).all()


def test_a_designation_is_held_against_the_label_of_criminals_and_nothing_else() -> None:
    _, arms = made("label.terrorist_allied")
    assert arms.control is not None
    for setup, label in ((arms.treated, "terrorist_organizations"), (arms.control, "criminals")):
        assert set(differing(setup)) <= {".controls.orders.in_force", ".controls.label"}
        assert (np.asarray(setup.controls.label)[:, LABELS.index(label)] == 1).all()


def test_a_shock_to_demand_brings_as_many_more_new_users_as_stated() -> None:
    _, arms = made("market.opioid_entry", dose=0.5)
    touched = np.asarray(status_quo().parameters["overdose"].touched)
    np.testing.assert_allclose(1.0 - touched[:, None] * levels(arms.treated, "overdose.use_prevention"), 1.5, rtol=1e-5)


def test_a_shock_to_violence_adds_growth_that_ends_at_the_factor_stated() -> None:
    """The growth of the nation fades with ``tau_g``: what it adds up to by the end of the window is the logarithm of the factor."""
    one, arms = made("flight.internal_null", 260, dose=2.0)
    before, after = (setup.parameters["rivalry"] for setup in (status_quo(), arms.treated))
    weekly = float(status_quo().world.national_growth_sd) / 52 * (np.asarray(after.growth_start) - before.growth_start)
    tau, weeks = np.asarray(before.tau_g)[:, None], np.arange(one.finding.estimand.window[1])
    added = (weekly[:, None] * np.exp(-weeks / tau)).sum(1)
    np.testing.assert_allclose(added, np.log(2.0), rtol=0.02)
    still = np.asarray(made("flight.internal_null", 260, dose=1.0)[1].treated.parameters["rivalry"].growth_start)
    assert (still == before.growth_start).all()


def test_a_truce_binds_two_organisations_in_one_state_and_is_agreed() -> None:
    one, arms = made("truce.homicides")
    controls = arms.treated.controls
    assert (np.asarray(controls.deal_parties)[:, 0].sum(1) == 2).all()
    _, by_state = one.theatre.by_state()
    assert ((np.asarray(controls.deal_regions)[:, 0] @ by_state > 0).sum(1) == 1).all()
    assert (np.asarray(arms.treated.parameters["rivalry"].truce_agreed) == 1).all()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("arms.ban_lapses", "side"),
        ("border.consequences", "what"),
        ("build.cable_car", "public works"),
        ("deport.border_towns", "deportees"),
        ("demand.syringe_exchange", "what"),
        ("income.remittances", "households"),
        ("state.neighbourhood_presence", "dose"),
        ("supply.crop_arrives", "cocaine at the route"),
        ("supply.meth1995_price", "outcome"),
        ("truce.partial_peace", "parties"),
    ],
)
def test_what_the_model_cannot_do_names_the_part(name: str, part: str) -> None:
    one = packaged()[f"find.{name}"].model_copy(update={"start": finding(name).start})
    with pytest.raises(NotExpressibleError, match=part):
        interventions.arms(run._case(job(one), 52, ASKED))


@pytest.mark.parametrize(
    ("name", "changes", "part"),
    [
        ("effort.tactics_alike", {"dose": -3.0}, "dose: the model can be given at least 0, here it is -"),
        ("troops.complaints", {"dose": -10.0}, "dose: .* at least 0, here it is -10 to -10"),
        ("supply.precursor_house_closed_2007", {"dose": 1.5}, "dose: .* between 0 and 1, here it is 1.5"),
        ("flight.internal_null", {"dose": 0.0}, "dose: .* at least 0.001, here it is 0"),
        ("demand.treatment_places", {"dose": "uniform(-300, -100)"}, "dose: .* at least 0, here it is -"),
        ("troops.complaints", {"places": ("others",)}, "run.places: others"),
        (
            "effort.tactics_alike",
            {"places": ("nation",), "in_turn": False, "read": ("neighbours",)},
            "run.read: neighbours",
        ),
        (
            "effort.tactics_alike",
            {"places": ("nation",), "in_turn": False, "against": ("others",)},
            "run.against: others",
        ),
    ],
)
def test_a_size_that_cannot_be_and_a_place_around_everywhere_are_named(
    name: str, changes: dict[str, object], part: str
) -> None:
    one = finding(name, **changes)
    one = one.model_copy(update={"estimand": one.estimand.model_copy(update={"kind": "relative", "window": (1, 52)})})
    with pytest.raises(NotExpressibleError, match=part):
        interventions.arms(run._case(job(one), 52, ASKED))


def test_what_cannot_be_read_names_the_part() -> None:
    one = finding("supply.cocaine_scarcity")
    late = one.model_copy(update={"estimand": one.estimand.model_copy(update={"window": (1, 1200)})})
    nobody = np.ones((FUTURES, len(load(start="2007-01").regions)))
    with pytest.raises(NotExpressibleError, match=r"estimand.window: the record .* has the years 1993 to \d+, and not"):
        results._rise(job(late), Places(nobody, nobody, None))


def test_every_kind_of_intervention_is_in_the_table_and_every_place_is_known() -> None:
    assert {one.intervention.kind for one in packaged().values()} <= interventions.TABLE.keys()
    allowed = known(load())
    for one in packaged().values():
        if one.run is not None:
            assert {*one.run.places, *one.run.read, *one.run.against} <= set(allowed), one.id


def test_more_heads_than_there_are_cannot_fall() -> None:
    one = finding("leader.deaths_per_removal")
    huge = one.model_copy(update={"intervention": one.intervention.model_copy(update={"count": 1_000_000_000})})
    with pytest.raises(NotExpressibleError, match=r"count: one head falls of each .*; here 1,000,000,000"):
        interventions.arms(run._case(job(huge), 52, ASKED))
