"""The gallery: each text is whole and cites what exists; operations on record state what the record has."""

import jax
import numpy as np
import pytest

import premortem as pm
from premortem import theatre
from premortem.errors import InputError
from premortem.evidence.ledger import load as ledger
from premortem.lint.engine import lint
from premortem.plan.controls.compile import compile_plan
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.plan.language.schema import Plan
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


def ordered(plan: Plan) -> bool:
    return bool(plan.zone or plan.task_force or plan.domestic or plan.partner or plan.measure)


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
    idle = [name for name in packaged.gallery() if not ordered(load(name).plan)]
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
    for name in ("merida_2008", "plan_colombia_2000"):
        loaded = load(name)
        (aid,) = (measure for measure in loaded.plan.measure if measure.lever == "mexico.aid")
        assert isinstance(aid.level, int | float)
        years = int(aid.weeks.last or 0) / 52
        later = [value for phase in loaded.plan.phase for value in phase.set.values()]
        paid = aid.level + (years - 1) * later[0] if later else aid.level * years
        assert paid == loaded.plan.budget.appropriated_musd


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
