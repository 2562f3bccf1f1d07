"""The gallery: each text is whole and cites what exists; operations on record state what the record has."""

import jax
import numpy as np
import pytest

import premortem as pm
from premortem import theatre
from premortem.analysis import gallery_study
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.evidence.ledger import load as ledger
from premortem.lint.engine import lint
from premortem.plan.controls.compile import compile_plan
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.plan.telling import gallery

ASKED_FOR = {
    "aumf_fentanyl_2023",
    "aumf_cartels_2025",
    "declaration_of_war_2022",
    "executive_order_14157",
    "frontera_norte_2025",
    "merida_2008",
    "bicentennial_2022",
    "jump_start_2006",
    "faithful_patriot_2018",
    "plan_colombia_2000",
    "exception_el_salvador_2022",
    "paz_y_seguridad_2018",
    "stop_arming_cartels_2025",
    "long_gun_reports_2011",
    "southbound_inspections_2025",
    "remittance_tax_2025",
    "scan_all_vehicles_2021",
    "unarmed_drones_2025",
    "northern_border_zone_2018",
    "un_commission_2006",
    "marque_bill_2025",
}
"""The texts that the gallery was asked to hold; others may come and go."""

ON_RECORD = {
    "jump_start_2006": ("ops.jumpstart.people", "ops.jumpstart.cost"),
    "phalanx_2010": ("ops.phalanx.people", "ops.phalanx.cost"),
    "faithful_patriot_2018": ("ops.faithful.people", "ops.faithful.cost"),
    "frontera_norte_2025": ("mx.fronteranorte.total", ""),
    "plan_michoacan_2025": ("ops.michoacan.forces", ""),
    "merida_2008": ("", "ops.merida.to_fy2010"),
}
"""Operations that happened, with the facts on their people and their cost."""


def within(value: object, fact_id: str) -> bool:
    fact = ledger().facts[fact_id]
    assert isinstance(value, int | float)
    assert fact.low is not None
    assert fact.high is not None
    return fact.low <= value <= fact.high


def test_the_gallery_holds_the_texts_asked_for_and_none_that_is_offered_for_comparison() -> None:
    assert set(packaged.gallery()) >= ASKED_FOR
    assert not set(packaged.gallery()) & set(packaged.names())
    assert [plan.id for plan in pm.plans(gallery=True)] == list(packaged.gallery())
    assert [plan.id for plan in pm.plans()] == list(packaged.names())


@pytest.mark.parametrize("name", packaged.gallery())
def test_a_text_names_its_source_its_place_and_what_cannot_be_said(name: str) -> None:
    loaded = load(name)
    plan = loaded.plan
    assert plan.id == name
    assert not loaded.warnings
    assert set(plan.source) <= ledger().sources.keys()
    assert all(ledger().sources[key].url for key in plan.source)
    assert plan.locator
    assert plan.summary
    assert len(gallery.cannot_say(loaded.source)) >= 2
    assert all(1 <= finding.record()["line"] <= loaded.source.count("\n") for finding in lint(loaded))


def test_a_text_that_orders_no_force_and_no_measure_breaks_no_law() -> None:
    idle = [name for name in packaged.gallery() if not load(name).plan.acts]
    assert "marque_bill_2025" in idle
    for name in idle:
        assert not [finding for finding in lint(load(name)) if finding.severity in {"violation", "exposure"}], name


@pytest.mark.parametrize("name", packaged.gallery())
def test_a_text_compiles_to_finite_controls(name: str) -> None:
    controls = compile_plan(load(name), theatre.load(), seed=3, futures=np.arange(3), weeks=60).controls
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(controls))


@pytest.mark.parametrize(("name", "facts"), ON_RECORD.items())
def test_an_operation_on_record_states_its_people_and_cost(name: str, facts: tuple[str, str]) -> None:
    plan, (people, cost) = load(name).plan, facts
    people_of = [force.personnel for force in plan.domestic] + [force.personnel for force in plan.partner]
    stated = [number for number in people_of if isinstance(number, int)]
    if people:
        assert within(sum(stated), people)
    if cost:
        assert within(plan.budget.total_musd, cost)
        assert "CO103" not in {finding.rule.code for finding in lint(load(name))}, "the linter says that it cost more"


def test_aid_adds_up_to_what_was_appropriated() -> None:
    aid = load("plan_colombia_2000").plan
    (measure,) = (measure for measure in aid.measure if measure.lever == "mexico.aid")
    assert isinstance(measure.level, int | float)
    assert measure.level * int(measure.weeks.last or 0) / 52 == aid.budget.appropriated_musd


def test_what_is_held_back_is_paid_once_rights_are_certified() -> None:
    """Fifteen percent of the first year wait for fourteen months; if they are released all that was appropriated is paid."""
    plan = load("merida_2008").plan
    (aid,), (rights,) = plan.measure, plan.bargain
    later, released = (phase.set["measure.aid.level"] for phase in plan.phase)
    assert isinstance(aid.level, int | float)
    assert 52 * (aid.level + 2 * later) == 52 * 1440
    paid = 52 * aid.level + (rights.by_week - 52) * later + (156 - rights.by_week) * released
    assert paid / 52 == pytest.approx(plan.budget.appropriated_musd, rel=1e-3)


KEPT = pytest.mark.skipif(not gallery.study(), reason="no study of the gallery is kept: python scripts/gallery.py")


def test_checks_of_operations_name_texts_facts_and_outcomes_that_exist() -> None:
    for check in gallery_study.checks():
        assert check.plan in packaged.gallery()
        assert set(check.facts) <= ledger().facts.keys()
        assert check.outcome in outcomes.load()
        assert check.low < check.high


@KEPT
def test_operations_on_record_are_checked_and_who_is_outside_its_band_is_said() -> None:
    kept = gallery.study()
    assert [row["plan"] for row in kept["operations"]] == [check.plan for check in gallery_study.checks()]
    for row, check in zip(kept["operations"], gallery_study.checks(), strict=True):
        assert row["band"] == [check.low, check.high]
        assert row["inside"] == (check.low <= row["median"] <= check.high)
        assert row["inside"] or check.note, f"{check.plan}, {check.quantity}: the page says why it is outside"


@KEPT
def test_what_a_text_moves_is_shown_with_the_date_and_size_of_the_study() -> None:
    kept, page = gallery.study(), gallery.page()
    assert set(kept["moves"]) == set(packaged.gallery())
    assert f"study of {kept['run_on']}" in page
    assert f"{kept['futures']} futures of {kept['years']} years" in page
    assert kept["moves"]["aumf_sunset_2025"] == [], "a text that orders nothing moves nothing"
    assert "aid_lost" in {row["outcome"] for row in kept["moves"]["merida_2008"]}, "aid is what it is"
    assert "fiscal_cost" in {row["outcome"] for row in kept["moves"]["faithful_patriot_2018"]}


def test_a_misspelled_name_of_the_gallery_is_recognised() -> None:
    with pytest.raises(InputError, match="jump_start_2006"):
        load("jump_start_2007")


def test_the_page_has_every_text_with_its_sources() -> None:
    page = gallery.page()
    for name in packaged.gallery():
        assert f"\n## {name}\n" in page
        assert all(f"(`{key}`)" in page for key in load(name).plan.source)


def test_a_comment_without_the_heading_lists_nothing() -> None:
    assert gallery.cannot_say("# - a dash in a comment\nschema = 1\n") == ()
