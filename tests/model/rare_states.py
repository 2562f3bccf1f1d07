"""States in which parameters act that move nothing in eight ordinary runs: a plan, and what is made to happen in it.

What is ``given`` holds in the run that is compared with as well: the parameter that is swung moves something beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from tests.model.rare_plans import (
    ASKED,
    BY_AN_AGENCY,
    BY_THE_EXECUTIVE,
    IN_THE_ZONE,
    INVITED,
    LISTED,
    PORTS_GUARDED,
    STRIKES,
    UNINVITED,
)

ROLES = ("advise", "assault", "civil", "engineer", "ground", "isr", "lift", "police", "recon", "support")


@dataclasses.dataclass(frozen=True)
class Case:
    """A plan, by its name or a text of what it says beside the plan that it extends, and how it is run.

    ``pulled``: how far every lever is pulled beside, 1 to its high end, -1 to its low end. ``carried_out``: whether its steps are taken as
    written, whatever the other side answers. ``lanes``: futures of each parameter. ``given``: parameters, or all elements of one, that
    have a value of their own here.
    """

    plan: str
    pulled: float = 0.0
    carried_out: bool = False
    years: int = 2
    lanes: int = 2
    given: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class State:
    """What happens (``title``), in which case, and the parameters that move something in it."""

    title: str
    case: Case
    shows: tuple[str, ...]


def state(
    title: str,
    plan: str,
    shows: tuple[str, ...],
    given: Mapping[str, float] | None = None,
    *,
    years: int = 2,
    lanes: int = 4,
) -> State:
    """Return a state."""
    return State(title, Case(plan, years=years, lanes=lanes, given=given or {}), shows)


NOBODY_STOPS_IT = {
    "washington.stop_hazard": 0.0,
    "washington.congress_hazard": 0.0,
    "washington.clock_binding_ground": 0.0,
    "washington.clock_binding_strikes": 0.0,
    "washington.adverse_abroad": 0.0,
    "washington.widen_hazard": 0.0,
}
REPRISALS = NOBODY_STOPS_IT | {
    "homefront.p_ret": 20.0,
    "homefront.rate_ret": 2.0,
    "homefront.soil": 0.5,
    "homefront.port_security_effect": 0.3,
}
WIDENED = REPRISALS | {"washington.widen_hazard": 0.02}
PAST_THE_CLOCK = NOBODY_STOPS_IT | {"washington.congress_hazard": 0.1}

STATES = (
    state(
        "Congress may stop a campaign past the clock against people called criminals",
        UNINVITED,
        (
            "label.congress.criminals",
            *(
                f"label.theory_congress.{word}"
                for word in ("invasion", "no_hostilities", "self_defense", "unwilling_unable")
            ),
            "washington.consultation_effect",
            "washington.extension_days",
        ),
        PAST_THE_CLOCK,
        lanes=16,
    ),
    state(
        "the same, against listed terrorists",
        LISTED,
        ("label.congress.terrorist_organizations",),
        PAST_THE_CLOCK,
        lanes=16,
    ),
    state(
        "the clock binds a campaign on the ground unless Congress authorises it",
        UNINVITED,
        ("washington.clock_binding_ground", "washington.authorise_support", "washington.authorise_width"),
        NOBODY_STOPS_IT
        | {"washington.clock_binding_ground": 1.0, "washington.clock_luck": 0.5, "washington.authorise_luck": 0.05}
        | {"washington.support_force": 0.5, "washington.consent_penalty": 0.2},
        lanes=16,
    ),
    state(
        "the clock may bind a campaign of strikes",
        STRIKES,
        ("washington.clock_binding_strikes",),
        NOBODY_STOPS_IT | {"washington.clock_luck": 0.2, "washington.authorise_luck": 0.999},
    ),
    state(
        "a new administration comes in the third year",
        UNINVITED,
        ("washington.new_administration_stops", "washington.stop_admin_slope"),
        NOBODY_STOPS_IT | {"washington.administration_luck": 0.5},
        years=3,
        lanes=8,
    ),
    state(
        "a new administration would stop it almost surely",
        UNINVITED,
        ("washington.chance_max",),
        NOBODY_STOPS_IT | {"washington.new_administration_stops": 3.0, "washington.administration_luck": 0.975},
        years=3,
    ),
    state(
        "a new administration would almost surely go on",
        UNINVITED,
        ("washington.chance_min",),
        NOBODY_STOPS_IT | {"washington.new_administration_stops": -3.0, "washington.administration_luck": 0.0195},
        years=3,
    ),
    state(
        "a ruling against force abroad, not stayed",
        UNINVITED,
        ("washington.adverse_abroad", "washington.appeal_time"),
        NOBODY_STOPS_IT
        | {
            "washington.adverse_abroad": 0.1,
            "washington.adverse_luck": 0.05,
            "washington.stayed": 0.0,
            "washington.ruling_time": 2.0,
        },
    ),
    state(
        "attacks widen the mandate of a zone",
        IN_THE_ZONE,
        tuple(
            f"washington.widen_{word}" for word in ("attack", "deaths", "effort", "hazard", "luck", "strikes", "weeks")
        ),
        WIDENED,
        lanes=16,
    ),
    state(
        "a campaign that is seen to fail is widened",
        IN_THE_ZONE,
        ("washington.failure", "washington.widen_failure"),
        NOBODY_STOPS_IT
        | {"washington.widen_hazard": 0.5, "washington.widen_deaths": 1e9, "washington.success_sensitivity": 100.0},
        lanes=8,
    ),
    state(
        "organisations turn to reprisals against US people",
        UNINVITED,
        (
            "homefront.county_homicides",
            "homefront.p_ret",
            "homefront.port_security_effect",
            "order.worry_attack",
            "washington.success_attack",
        ),
        REPRISALS,
    ),
    state("the same, and ports alone are guarded", PORTS_GUARDED, ("homefront.guard_ports",), REPRISALS),
    state(
        "losses to US forces beyond what turns nobody further",
        UNINVITED,
        ("homefront.pressure_max",),
        REPRISALS | {"operations.h_half": 1e-6, "homefront.p_ret": 1.0},
    ),
    state(
        "the force has few places for those it holds",
        INVITED,
        (
            "operations.custody_weeks",
            "operations.detain_ratio",
            *(f"operations.weight_custody.{role}" for role in ROLES),
        ),
        NOBODY_STOPS_IT | {"operations.custody_weeks": 1e6},
    ),
    state(
        "objects are struck, all kinds of units do everything, and residents are harmed",
        INVITED,
        (
            *(f"operations.objects.{name}" for name in ("arms_store", "camp", "command_post", "convoy")),
            "operations.rule.any_cartel_activity",
            "operations.store",
            *(
                f"operations.weight_{task}.civil"
                for task in ("harm", "interdiction", "partner", "raids", "strikes", "surveillance")
            ),
            "operations.weight_exposed.recon",
            "operations.weight_harm.recon",
            "drugs.convoy",
            "recruitment.camp",
            "leadership.post_level",
            "cost.mexico",
            "economy.noticed",
        ),
        NOBODY_STOPS_IT | {"operations.c_pres": 1e3, "economy.lift_rate": 0.01},
        lanes=8,
    ),
    state(
        "force in self-defence alone harms residents",
        LISTED,
        ("operations.rule.self_defense",),
        NOBODY_STOPS_IT | {"operations.c_pres": 1e4},
    ),
    state(
        "no way to safety for those who flee",
        UNINVITED,
        ("people.flight_blocked",),
        NOBODY_STOPS_IT,
    ),
    state(
        "a force with far too few aircraft",
        UNINVITED,
        (
            "operations.lift_per_forward",
            "operations.lift_per_raider",
            "operations.med_gap",
            "operations.near",
            "operations.organic",
        ),
        NOBODY_STOPS_IT | {"operations.lift_per_forward": 5.0, "operations.lift_per_raider": 20.0},
    ),
    state(
        "many opponents and a force of a hundred times its effect on presence",
        UNINVITED,
        ("operations.d_full", "operations.exposure_min", "operations.smax"),
        NOBODY_STOPS_IT
        | {f"operations.weight_presence.{role}": 100.0 for role in ROLES}
        | {"operations.rho0": 1e6, "operations.z": 1e9, "operations.blind.any_cartel_activity": 1.0},
    ),
    state(
        "armies meet in a zone where Mexican forces are treated as hostile",
        UNINVITED,
        ("mexico.deaths_most", "mexico.dwell_max", "mexico.meet_hostile"),
        NOBODY_STOPS_IT | {"mexico.incident_rate": 2.0, "mexico.dwell0": 0.01},
    ),
    state(
        "armies meet in a zone that Mexican forces were asked to leave",
        LISTED,
        ("mexico.meet_withdrawn",),
        NOBODY_STOPS_IT | {"mexico.incident_rate": 2.0},
    ),
    state(
        "Mexico's consent is given and wears out",
        INVITED,
        ("mexico.permission_harm", "mexico.permission_trade", "washington.noticed"),
        NOBODY_STOPS_IT | {"mexico.permission_loss": 0.02, "operations.c_pres": 1e3},
        lanes=16,
    ),
    state("long joint success", INVITED, ("joint_work.trust_most",), NOBODY_STOPS_IT | {"joint_work.trust_rate": 20.0}),
    state("consent of the executive alone", BY_THE_EXECUTIVE, ("mexico.partial",), NOBODY_STOPS_IT),
    state("consent of an agency", BY_AN_AGENCY, ("mexico.tacit",), NOBODY_STOPS_IT),
    state("Mexico is asked for combat", ASKED, ("mexico.grant_combat",), NOBODY_STOPS_IT | {"mexico.grant_luck": 0.1}),
    state(
        "shocks of precursors every second month",
        UNINVITED,
        ("foreign.shock_fentanyl", "foreign.shock_meth"),
        {"foreign.shock_rate": 6.0},
    ),
    state(
        "precursors by new ways, and arms of any price",
        UNINVITED,
        ("foreign.arms_floor", "foreign.up_cap", "foreign.tariff_full"),
        {"foreign.up_rate": 6.0, "foreign.arms_sd": 3.0},
    ),
    state("nearly all support it", INVITED, ("washington.support_max",), {"washington.support_force": 3.0}),
    state("nearly none supports it", UNINVITED, ("washington.support_min",), {"washington.support_force": -3.0}),
    state(
        "Mexico elects a government in the fifth year",
        "status_quo",
        ("mexico.government_effect", "own_effort.government_effect"),
        years=5,
        lanes=2,
    ),
    state(
        "a Mexican government that works with nobody",
        "status_quo",
        ("mexico.election_least",),
        {"mexico.government_effect": -10.0},
        years=5,
        lanes=2,
    ),
    state(
        "a Mexican government that works with the United States in everything",
        "status_quo",
        ("mexico.election_most",),
        {"mexico.government_effect": 10.0},
        years=5,
        lanes=2,
    ),
    state("Mexico's forces stop working", "status_quo", ("own_effort.intensity_least",), {"own_effort.noise": 5.0}),
    state(
        "deaths at the state's hands frighten recruits away",
        UNINVITED,
        ("people.back_floor",),
        NOBODY_STOPS_IT | {"people.theta": -1e5},
    ),
    state(
        "an open succession ends in a split",
        "status_quo",
        ("leadership.open_hazard",),
        {"leadership.p_open": 0.6},
        lanes=16,
    ),
    state(
        "heads fall often",
        "status_quo",
        ("leadership.hier.sinaloa_mayiza",),
        {"leadership.rate": 20.0, "leadership.p_split": 0.6},
        lanes=16,
    ),
    state(
        "heads fall often, splinters find no place of their own, and only the largest organisations count",
        "status_quo",
        ("leadership.absorb_below", "leadership.active_above"),
        {
            "leadership.rate": 20.0,
            "leadership.p_split": 0.6,
            "leadership.absorb_below": 0.0,
            "leadership.active_above": 1e4,
        },
    ),
    state(
        "gangs answer transfers of their leaders",
        "joint_law_enforcement",
        ("harms.reply_deaths", "harms.reply_forces", "harms.reply_time"),
        {"harms.reply": 0.05},
    ),
    state(
        "the plan does not say who commands",
        "border_task_forces",
        ("command.start_unspecified",),
        NOBODY_STOPS_IT,
    ),
    state(
        "cells with few members lose many",
        "status_quo",
        ("recruitment.loss_ceiling",),
        {"recruitment.loss_ceiling": 1.2},
    ),
)

UNMOVED = {
    "foreign.licence_2025": "no start knew of China's licences of 10 November 2025 before their day; acts where the record after it is "
    "scripted (`premortem theatre history`): tests/model/mechanisms/test_foreign.py",
    "overdose.pandemic_excess": "acts in runs from before the end of the pandemic in August 2021: "
    "tests/model/mechanisms/test_overdose.py",
    "operations.weight_exposed.isr": "0 by definition: who works from a base is never beyond the line; roles are an axis",
    "operations.weight_harm.isr": "0 by definition: see operations.weight_exposed.isr",
}
"""Parameters that no run of the default start shows, each with the reason. One that moves after all fails the test."""
