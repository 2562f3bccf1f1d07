"""Every parameter moves something: swung alone, in the same luck, it changes an outcome or a balance under some plan.

A parameter is an input of the compiled program and a future gives the same bits whatever its neighbours, so that each parameter takes a
future or two of one run and compiles nothing. What one plan does not use, the next may: only parameters that have moved nothing so far are
tried again. Date and result: docs/verification.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from premortem.engine import simulate
from premortem.engine.week import Setup
from premortem.evidence import parameters as ledger
from premortem.evidence.parameters import Parameter
from premortem.evidence.sampling import draw
from premortem.model.controls import as_carried_out
from premortem.model.index_sets import AXES
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import names
from premortem.plan.language import catalogue
from premortem.plan.language.load import load_text
from premortem.study.experiment import Experiment
from premortem.study.spec import make


@dataclasses.dataclass(frozen=True)
class Case:
    """A plan: its name, or a text of what it says beside ``every_field``. ``pulled``: how far every lever is pulled beside, 1 to its high
    end, -1 to its low end. ``carried_out``: whether its steps are taken as written, whatever the other side answers. ``lanes``: futures of
    each parameter."""

    plan: str
    pulled: float = 0.0
    carried_out: bool = False
    years: int = 2
    lanes: int = 2


VARIANT = """
extends = "every_field"
title = "Another word in every field"
source = ["project"]
horizon_weeks = 520
[authority]
theories = [{theories}]
[status]
combatant = "{label}"
[roe]
target_definition = "{rule}"
positive_identification = false
[zone]
kind = "{zone}"
residents = "{residents}"
ports = "{ports}"
[trade]
compensation_musd = 500
[[domestic]]
id = "sheriffs"
place = "interior_us"
tasks = ["police", "southbound_inspection"]
[[task_force]]
id = "second"
units = {{ infantry_brigade = 1, engineer_battalion = 1, civil_affairs_battalion = 1, medical_battalion = 1 }}
[detention]
site = "{site}"
review = "{review}"
trial = ["{trial}"]
[[event_assumed]]
id = "second"
kind = "{event}"
week = 20
[[deal]]
id = "pact"
kind = "truce"
parties = ["sinaloa", "cjng"]
regions = ["Sinaloa", "Jalisco"]
monitors = 0.5
concessions = ["lighter_sentences"]
amnesty = "{amnesty}"
places_per_year = 1000
to_week = 250
"""
FIRST = {
    "theories": '"self_defense", "unwilling_unable"',
    "label": "criminals",
    "rule": "hostile_act",
    "zone": "presence",
    "residents": "warned",
    "ports": "inspected",
    "site": "GTMO",
    "review": "none",
    "trial": "military_commission",
    "event": "covert_lethal",
    "amnesty": "none",
}
SECOND = {
    "theories": '"invasion", "no_hostilities"',
    "label": "terrorist_organizations",
    "rule": "self_defense",
    "zone": "screening",
    "residents": "screened",
    "ports": "restricted",
    "site": "MX",
    "review": "administrative",
    "trial": "mexican_court",
    "event": "leader_taken_without_leave",
    "amnesty": "all",
}
THIRD = {
    "theories": '"niac"',
    "label": "enemy_combatants",
    "rule": "membership_undefined",
    "zone": "exclusion",
    "residents": "evacuated",
    "ports": "closed",
    "site": "third_country",
    "review": "habeas",
    "trial": "none",
    "event": "official_indicted",
    "amnesty": "members",
}
FOURTH = {
    "theories": '"self_defense"',
    "label": "enemy_combatants",
    "rule": "hostile_intent",
    "zone": "presence",
    "residents": "stay",
    "ports": "open",
    "site": "sea",
    "review": "none",
    "trial": "federal_court",
    "event": "bank_cutoff",
    "amnesty": "members",
}
CASES = (
    Case(VARIANT.format(**FIRST), 0.5, carried_out=True, lanes=1),
    Case(VARIANT.format(**SECOND), -0.5, carried_out=True),
    Case("status_quo", 1.0),
    Case("border_task_forces_resourced", 0.5),
    Case(VARIANT.format(**THIRD), 1.0, years=4, lanes=4),
    Case(VARIANT.format(**FOURTH), years=4, carried_out=True, lanes=4),
    Case("status_quo", -1.0, years=4, lanes=8),
    Case(VARIANT.format(**FIRST), years=4, carried_out=True, lanes=8),
)
ENDS = (0.98, 0.02)
"""Quantiles of the prior to which a parameter is swung: the first in its first future, the second in its second, and so on."""
TOGETHER = 240
"""Futures of a run."""
STEP = 0.3
"""How far a parameter is swung whose prior is one number, as a share of it."""

UNMOVED: dict[str, tuple[str, ...]] = {
    "a shock of years before the start, or one that does not come back in these futures": (
        "foreign.licence_2025",
        "foreign.shock_fentanyl",
        "foreign.shock_meth",
        "overdose.pandemic_excess",
    ),
    "a bound that these futures do not reach": (
        "foreign.arms_floor",
        "foreign.tariff_full",
        "foreign.up_cap",
        "homefront.pressure_max",
        "joint_work.trust_most",
        "leadership.absorb_below",
        "leadership.active_above",
        "mexico.deaths_most",
        "mexico.dwell_max",
        "mexico.election_least",
        "mexico.election_most",
        "operations.d_full",
        "operations.exposure_min",
        "operations.med_gap",
        "operations.smax",
        "own_effort.intensity_least",
        "people.back_floor",
        "recruitment.loss_ceiling",
        "washington.chance_max",
        "washington.chance_min",
        "washington.support_max",
        "washington.support_min",
    ),
    "of units, sites, rules or words that none of the plans has where it counts": (
        "label.congress.criminals",
        "label.congress.terrorist_organizations",
        "label.theory_congress.invasion",
        "label.theory_congress.no_hostilities",
        "label.theory_congress.self_defense",
        "label.theory_congress.unwilling_unable",
        "leadership.hier.sinaloa_mayiza",
        "operations.custody_weeks",
        "operations.detain_ratio",
        "operations.lift_per_forward",
        "operations.lift_per_raider",
        "operations.near",
        "operations.objects.arms_store",
        "operations.objects.camp",
        "operations.objects.command_post",
        "operations.objects.convoy",
        "operations.organic",
        "operations.rule.any_cartel_activity",
        "operations.rule.self_defense",
        "operations.store",
        "operations.weight_custody.advise",
        "operations.weight_custody.assault",
        "operations.weight_custody.civil",
        "operations.weight_custody.engineer",
        "operations.weight_custody.ground",
        "operations.weight_custody.isr",
        "operations.weight_custody.lift",
        "operations.weight_custody.police",
        "operations.weight_custody.recon",
        "operations.weight_custody.support",
        "operations.weight_exposed.isr",
        "operations.weight_exposed.recon",
        "operations.weight_harm.civil",
        "operations.weight_harm.isr",
        "operations.weight_harm.recon",
        "operations.weight_interdiction.civil",
        "operations.weight_partner.civil",
        "operations.weight_raids.civil",
        "operations.weight_strikes.civil",
        "operations.weight_surveillance.civil",
    ),
    "an event, an answer or a turn that these few futures do not meet": (
        "command.start_unspecified",
        "cost.mexico",
        "drugs.convoy",
        "economy.noticed",
        "harms.reply_deaths",
        "harms.reply_forces",
        "harms.reply_time",
        "homefront.county_homicides",
        "homefront.guard_ports",
        "homefront.p_ret",
        "homefront.port_security_effect",
        "leadership.open_hazard",
        "leadership.post_level",
        "mexico.government_effect",
        "mexico.grant_combat",
        "mexico.meet_hostile",
        "mexico.meet_withdrawn",
        "mexico.partial",
        "mexico.permission_harm",
        "mexico.permission_trade",
        "mexico.tacit",
        "order.worry_attack",
        "own_effort.government_effect",
        "people.flight_blocked",
        "recruitment.camp",
        "washington.adverse_abroad",
        "washington.appeal_time",
        "washington.authorise_support",
        "washington.authorise_width",
        "washington.clock_binding_ground",
        "washington.clock_binding_strikes",
        "washington.consultation_effect",
        "washington.extension_days",
        "washington.failure",
        "washington.new_administration_stops",
        "washington.noticed",
        "washington.stop_admin_slope",
        "washington.success_attack",
        "washington.widen_attack",
        "washington.widen_deaths",
        "washington.widen_effort",
        "washington.widen_failure",
        "washington.widen_hazard",
        "washington.widen_luck",
        "washington.widen_strikes",
        "washington.widen_weeks",
    ),
}
"""Parameters that moved nothing under any of the plans on 29 November 2026, by why that seems so: judged by name, not looked at one by one.

All are read (`test_contract.py`). One that moves after all, or another that moves nothing, fails the test.
"""


def varied() -> dict[str, Parameter]:
    """Return what has a prior and belongs to the model, by id."""
    fields = set(names(MECHANISMS))
    return {id_: entry for id_, entry in ledger.load().items() if entry.field in fields and entry.prior}


def swung(value: Any, entry: Parameter, to: np.ndarray, axes: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Return a parameter's values [future, ...], or its part for one element, at given values."""
    made = np.array(value)
    if entry.element:
        made[..., axes[entry.axis].index(entry.element)] = to
    else:
        made[...] = to.reshape(made.shape)
    return made


def pulled(controls: Any, share: float) -> Any:
    """Return controls with every lever pulled from its status quo by a share of its way to an end."""
    levels = np.array(controls.orders.levers)
    for i, name in enumerate(controls.lever_names):
        lever = catalogue.levers()[name]
        end = lever.high if share > 0 else lever.low
        levels[..., i] = lever.status_quo + abs(share) * (end - lever.status_quo)
    return (
        dataclasses.replace(controls, orders=dataclasses.replace(controls.orders, levers=levels)) if share else controls
    )


def ends(entry: Parameter, lanes: int, sizes: Mapping[str, int]) -> np.ndarray:
    """Return values [future, ...] at the ends of a prior; a parameter that is one number goes up and down by a part of it."""
    count = max(lanes, len(ENDS))
    uniform = np.resize(ENDS, count).reshape((count,) + (1,) * len(entry.axes))
    values = draw({entry.id: entry}, 1, range(count), sizes, uniforms={entry.id: uniform})[entry.id]
    if (values[0] == values[1]).all():
        signs = np.resize((1.0, -1.0), count).reshape((count,) + (1,) * (values.ndim - 1))
        values = values + STEP * signs * np.where(values == 0, 1.0, np.abs(values))
    return np.asarray(values[:lanes])


def unmoved(case: Case, ids: Iterable[str], folder: Path) -> list[str]:
    """Return those of some parameters that change no outcome and no balance in a case."""
    known, ids = varied(), list(ids)
    name = case.plan
    if name.startswith("\n"):
        (file := folder / "variant.toml").write_text(name, encoding="utf-8")
        name = str(file)
    lanes, weeks, count = case.lanes, 52 * case.years, len(ids) + 1
    made = Experiment.of(make(plans=(name,), futures=lanes, years=case.years, seed=1))
    given = made.inputs(0, np.arange(lanes))
    setup, sizes = given.setup, dict(made.theatre.sizes)
    axes = {**AXES, "org": tuple(organisation.id for organisation in made.theatre.organisations)}
    started = pulled(setup.controls, case.pulled)
    started = as_carried_out(started) if case.carried_out else started
    controls, parameters = jax.tree.map(
        lambda x: np.concatenate([np.asarray(x)] * count), (started, dict(setup.parameters))
    )
    for i, id_ in enumerate(ids, start=1):
        entry, mine = known[id_], slice(i * lanes, (i + 1) * lanes)
        values = getattr(parameters[entry.mechanism], entry.name)  # of this run alone: it is changed in place
        values[mine] = swung(values[:lanes], entry, ends(entry, lanes, sizes), axes)
    result = simulate.run(
        made.model(),
        Setup(setup.world, controls, parameters),
        seed=1,
        futures=np.tile(given.luck, count),
        weeks=weeks,
    )
    seen = [np.asarray(x).reshape(count, lanes, -1) for x in (*result.weekly.values(), *result.accounts.values())]
    return [id_ for i, id_ in enumerate(ids, 1) if all(np.array_equal(x[i], x[0], equal_nan=True) for x in seen)]


@pytest.mark.parametrize("case", [case for case in CASES if case.plan.startswith("\n")])
def test_the_variants_are_plans(case: Case) -> None:
    assert load_text(case.plan).plan.acts


@pytest.mark.slow
def test_every_parameter_moves_something_under_some_plan(tmp_path: Path) -> None:
    left = list(varied())
    for case in CASES:
        size = TOGETHER // case.lanes
        left = [id_ for i in range(0, len(left), size) for id_ in unmoved(case, left[i : i + size], tmp_path)]
    assert sorted(left) == sorted(id_ for ids in UNMOVED.values() for id_ in ids)
