"""What `operations` draws and carries: its parameters, state and the memory of a week (docs/model/operations.md)."""

from __future__ import annotations

from premortem.arrays import jax
from premortem.model.mechanism import Own
from premortem.model.pytrees import array, param, pytree


@pytree
class Parameters:
    """Parameters of data/parameters/operations.toml, with their units and sources there."""

    lead: jax.Array = param("lead/(member week)")
    q_raid: jax.Array = param("person week/raid")
    q_strike: jax.Array = param("person week/strike")
    v_raid: jax.Array = param("death/raid")
    capture_rules: jax.Array = param("ratio")
    cap_raid: jax.Array = param("capture/raid")
    good: jax.Array = param("share")
    held_in_error: jax.Array = param("person/raid")
    y_isr: jax.Array = param("lead/(orbit week)")
    orbit_people: jax.Array = param("person/orbit")
    y_agency: jax.Array = param("lead/week")
    y_exp: jax.Array = param("lead/capture")
    y_part: jax.Array = param("lead/(person week)")
    lam: jax.Array = param("1/week")
    wait: jax.Array = param("share")
    weight_presence: jax.Array = param("ratio", "role")
    weight_interdiction: jax.Array = param("ratio", "role")
    weight_raids: jax.Array = param("ratio", "role")
    weight_surveillance: jax.Array = param("ratio", "role")
    weight_strikes: jax.Array = param("ratio", "role")
    weight_partner: jax.Array = param("ratio", "role")
    weight_exposed: jax.Array = param("ratio", "role")
    weight_harm: jax.Array = param("ratio", "role")
    weight_custody: jax.Array = param("ratio", "role")
    weight_factor: jax.Array = param("ratio", "role")
    organic: jax.Array = param("share")
    lift_per_raider: jax.Array = param("ratio")
    med_gap: jax.Array = param("ratio")
    lift_per_forward: jax.Array = param("ratio")
    near: jax.Array = param("share")
    detain_ratio: jax.Array = param("place/person")
    custody_weeks: jax.Array = param("week")
    d_full: jax.Array = param("person/(thousand person)")
    v_strike: jax.Array = param("death/strike")
    civ_raid: jax.Array = param("share")
    civ_strike: jax.Array = param("share")
    blind: jax.Array = param("share", "rule")
    blind_factor: jax.Array = param("ratio")
    rule: jax.Array = param("ratio", "rule")
    rule_factor: jax.Array = param("ratio")
    met: jax.Array = param("ratio", "zone_kind")
    phi: jax.Array = param("ratio")
    z: jax.Array = param("ratio")
    smax: jax.Array = param("share")
    death_spread: jax.Array = param("log")
    kappa: jax.Array = param("death/(thousand person year)")
    q: jax.Array = param("exponent")
    p: jax.Array = param("exponent")
    g: jax.Array = param("exponent")
    rho0: jax.Array = param("ratio")
    force0: jax.Array = param("person")
    exposure_min: jax.Array = param("ratio")
    exposure_max: jax.Array = param("ratio")
    armed: jax.Array = param("share")
    k_raid: jax.Array = param("death/raid")
    bf: jax.Array = param("ratio")
    wounded: jax.Array = param("ratio")
    nonhostile: jax.Array = param("death/(thousand person year)")
    c_pres: jax.Array = param("death/(thousand person year)")
    intelligence0: jax.Array = param("index")
    h_cov: jax.Array = param("1/week")
    foreign_force: jax.Array = param("ratio")
    coverage: jax.Array = param("person/(thousand person)")
    w_zone: jax.Array = param("agent/person")
    a_max: jax.Array = param("share")
    tau_learn: jax.Array = param("week")
    h_half: jax.Array = param("1/week")
    dwell_multiplier: jax.Array = param("ratio")
    release: jax.Array = param("share")
    wear: jax.Array = param("exponent")
    handover: jax.Array = param("week")
    b_part: jax.Array = param("ratio")
    partner_half: jax.Array = param("person")
    tau_ready: jax.Array = param("week")
    wounded_return: jax.Array = param("share")
    cf_mexican: jax.Array = param("ratio")
    cf_police: jax.Array = param("ratio")
    lead_share: jax.Array = param("removal/action")
    objects: jax.Array = param("share", "object")
    store: jax.Array = param("member/action")
    armour: jax.Array = param("member/action")
    weapons_taken: jax.Array = param("ratio")
    harm_step: jax.Array = param("share")
    mitigation_max: jax.Array = param("share")
    mitigation_readiness: jax.Array = param("share")


@pytree
class Constants:
    """The start."""

    covered0: jax.Array = array("share", "r", "coverage of residents by Mexican forces")


@pytree
class State:
    """Indices, and what happened last week."""

    readiness: jax.Array = array("share", "f", "people fit for work")
    adaptation: jax.Array = array("share", "o", "leads that an organisation has learned to deny")
    sought: jax.Array = array("index", "o", "1 where the plan's status of fighters covers the organisation")
    pressure: jax.Array = array("ratio", "o", "members lost last week per member, over the half-value")
    weapons: jax.Array = array("1/week", "or", "hazard on weapons, last week")
    heavy: jax.Array = array("1/week", "or", "hazard on heavy weapons and devices, last week")
    removals: jax.Array = array("removal", "o", "leaders, last week")
    hits: jax.Array = array("action", "?r", "on objects, last week")
    command_hits: jax.Array = array("action", "o", "on command posts, last week")
    strikes: jax.Array = array("action", "", "last week")
    residents: jax.Array = array("person", "r", "killed last week")
    wounded: jax.Array = array("person", "", "last week")
    aimed: jax.Array = array("action", "", "expected last week, on a lead")
    blind: jax.Array = array("action", "", "expected last week, without one")
    raids: jax.Array = array("raid/week", "", "on a lead, last week")
    leads: jax.Array = array("lead/week", "?", "last week, over LEAD_SOURCES")
    caught: jax.Array = array("person/week", "r", "members captured last week")
    held_error: jax.Array = array("person/week", "r", "residents held in error last week")
    covered: jax.Array = array("share", "r", "residents covered last week")
    orbits: jax.Array = array("orbit", "", "aircraft aloft last week")
    evacuation: jax.Array = array("share", "", "wounded whom evacuation reached in time, last week")


@pytree
class Memo:
    """What `settle` must know of the week's draws."""

    removals: jax.Array
    hits: jax.Array
    found: jax.Array
    strikes: jax.Array
    wounded: jax.Array
    aimed: jax.Array
    blind: jax.Array
    raids: jax.Array
    leads: jax.Array
    held_error: jax.Array


Owned = Own[Parameters, Constants, State]
