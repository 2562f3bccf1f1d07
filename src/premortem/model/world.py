"""The theatre as the model sees it: arrays over organisations, regions, crossings and sides, without names."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model.index_sets import DRUGS, HOME_SERVICES, MODES
from premortem.model.pytrees import pytree, static
from premortem.model.units import MILLION, NEVER, TINY


@pytree
class Crossings:
    """The ways over the line, ``k``. Land crossings belong to a sector ``q``; sea, air and mail to none."""

    mode: jax.Array  # [k, mode] one-hot over MODES
    sector: jax.Array  # [k, q] one-hot; zero off the land line
    region: jax.Array  # [k, r] share of the crossing that faces each region; rows sum to 1 on land, to 0 elsewhere
    side: jax.Array  # [k, s] share of the crossing that leads to each US side; rows sum to 1
    seized: jax.Array  # [k, d] kg/year, gross, recorded as seized northbound; what is seized elsewhere is not here
    firearms: jax.Array  # [k] share of southbound firearms, sums to 1
    people: jax.Array  # [k] share of northbound attempts by people, sums to 1
    remote: jax.Array  # [k] 1 where crossing on foot or by boat is most dangerous: far from water, roads and help
    vehicles: jax.Array  # [k] vehicle/year, northbound personal vehicles
    trucks: jax.Array  # [k] vehicle/year, northbound trucks: the weight of a port's trade


@pytree
class HomeFront:
    """The home side of the line at the start: what stands there under every plan. Sectors ``q``, sides ``s``."""

    miles: jax.Array  # [q] mile of line
    sector_side: jax.Array  # [q, s] share of the sector's line on each side, rows sum to 1
    sector_region: jax.Array  # [q, r] share of the sector's line that faces each region, rows sum to 1
    agents: jax.Array  # [q] person, Border Patrol
    people: jax.Array  # [service, s] person, over HOME_SERVICES; Border Patrol as in ``agents``


@pytree
class Overdoses:
    """The record of deaths by overdose with synthetic opioids up to the start, stretch by stretch; the start follows the last."""

    years: jax.Array  # [n] length of each stretch, year
    deaths: jax.Array  # [n] person/year
    spread: jax.Array  # [n] standard deviation of the logarithm of deaths, 0 where they were counted
    growth: jax.Array  # [] 1/year, of the logarithm of deaths at the start where they were not falling
    fell: jax.Array  # [] 1 if a fall of deaths before the start may be supply that is missing, else 0


@pytree
class Market:
    """What is known of the US drug market that no plan moves: how large it was at the start, and what fentanyl did to it since.

    Records that go on after the start are those of a start in the past; there are none for a start at the theatre's epoch.
    """

    level: jax.Array  # [d] amounts at the start over those of the epoch
    others: jax.Array  # [] deaths by overdose without synthetic opioids at the start, over those of the epoch
    weeks: jax.Array  # [n] weeks after the start at which the content is known, rising from 0
    content: jax.Array  # [n] fentanyl in what is sold as illicit opioids, over the start


@pytree
class Calendar:
    """Dates that no plan moves, as weeks after the start; those before it, or not known at it to come, stand at ``NEVER``."""

    us_elections: jax.Array  # [n] federal elections
    us_administrations: jax.Array  # [n] a US administration may give way to another
    mx_governments: jax.Array  # [n] a Mexican government gives way to another
    mx_shocks: jax.Array  # [n, event] events that injure relations, in the column of their kind over EVENTS
    precursor_rules: jax.Array  # [n] Chinese rules on precursors, as happened
    pandemic_begins: jax.Array  # [n] a pandemic closes daily life and services, as happened
    pandemic_ends: jax.Array  # [n] and lets go of them
    duty_lapses: (
        jax.Array
    )  # [n] a US duty on goods from Mexico that stands at the start ends by law: read where orders are made


@pytree
class World:
    """What a theatre gives to every future of a study; draws and plans come on top.

    Index sets: ``o`` organisations (named, pooled, then spare slots), ``r`` regions, ``k`` crossings, ``q`` sectors, ``s`` US sides,
    ``d`` drugs. Built by ``premortem.theatre``.
    """

    # geography
    population: jax.Array  # [r] person, at the start
    area: jax.Array  # [r] square mile
    border_miles: jax.Array  # [r] mile of line that the region touches; 0 off the line
    zone: jax.Array  # [r] 1 where the region is the strip along the border, else 0
    neighbours: (
        jax.Array
    )  # [r, k] the regions that touch a region, by index; the region itself where it has fewer than k
    same_state: jax.Array  # [r, r] 1 where two regions belong to one state, ones on the diagonal
    # organisations
    members: jax.Array  # [o, r] person, median at the start
    rival_weight: jax.Array  # [o, o] weight of declared rivalry at the start, symmetric, zero diagonal
    ally_strength: jax.Array  # [o] summed weight of declared alliances at the start
    concentration: jax.Array  # [o] sum of squared shares inside the slot: 1 for one organisation, small for a pool
    pooled: jax.Array  # [o] 1 for a pool of groups that also fight each other
    spare: jax.Array  # [o] 1 for an empty slot that a splinter may fill
    designated: jax.Array  # [o] 1 where designated a terrorist organisation at the start
    succession: jax.Array  # [o] weeks from the loss of a head whose succession is open to the start; NEVER if none is
    last_transfer: (
        jax.Array
    )  # [] weeks from the last transfer of prisoners to the United States to the start; NEVER if none is known
    # violence before and at the start
    homicides: jax.Array  # [r] person/year, recorded, at the start
    homicides_spread: jax.Array  # [r] standard deviation of its logarithm in a state, beside the nation's
    homicides_spread_national: jax.Array  # [] that of the nation
    wars: jax.Array  # [r] log of what wars under way multiply a region's homicides by; 0 where there is none
    homicides_before: jax.Array  # [r] person/year, recorded, mean of the fifteen years before the start
    homicides_base: jax.Array  # [r] person/year, recorded, before the escalation: what is not organised
    missing: jax.Array  # [r] person/year, who go missing and stay so, at the start as the register counted them
    missing_spread: jax.Array  # [] standard deviation of the logarithm of their level
    national_growth: jax.Array  # [] log/year, of homicides at the start, filtered on months before it
    national_growth_sd: jax.Array  # [] log/year, its standard deviation
    # drugs
    production: (
        jax.Array
    )  # [r, d] share of the sites where a drug is made, or brought into Mexico, as recorded; sums to 1 over regions
    fuel: jax.Array  # [r] share of the pipelines from which fuel is stolen; sums to 1
    # weapons
    firearms_seized: jax.Array  # [] firearm/year, recorded as seized in Mexico, from whomever
    # Mexican forces on public security
    federal_forces: jax.Array  # [r] person, all federal forces
    northern_guard: jax.Array  # [r] person, those of them who were sent to the northern border
    state_police: jax.Array  # [r] person
    # the line
    crossings: Crossings
    home: HomeFront
    overdoses: Overdoses
    market: Market
    calendar: Calendar
    # start conditions that differ between starts of one theatre
    arrest_step: float = static()  # 1 if the start follows the step in arrests of October 2024, else 0

    @property
    def organisations(self) -> int:
        """Number of organisation slots."""
        return int(self.members.shape[0])

    @property
    def regions(self) -> int:
        """Number of regions."""
        return int(self.members.shape[1])

    @property
    def sectors_faced(self) -> jax.Array:
        """Share of each state's line in each sector, for all of its regions [r, q]; zero in states without a line."""
        miles = self.same_state @ (self.home.miles[:, None] * self.home.sector_region).T
        return miles / jnp.maximum(miles.sum(1, keepdims=True), TINY)


def neighbours(adjacency: np.ndarray) -> np.ndarray:
    """Return ``World.neighbours`` from a symmetric matrix [r, r] that is not zero where two regions touch."""
    lists = [np.flatnonzero(row) for row in adjacency]
    most = max(len(found) for found in lists)
    return np.stack([np.append(found, np.full(most - len(found), r)) for r, found in enumerate(lists)]).astype(int)


def neutral_world(members: jax.Array, **known: Any) -> World:
    """Return a world in which nothing but ``members`` [o, r] and the fields in ``known`` says anything.

    For reductions to simpler models and for tests. Regions all touch each other, hold a million people each and face no line; organisations
    have no ties; there is no violence and one member of each force, so that ratios to the start are defined.
    """
    o, r = members.shape
    no_line = jnp.zeros((0, r))
    world = World(
        population=jnp.full(r, MILLION),
        area=jnp.ones(r),
        border_miles=jnp.zeros(r),
        zone=jnp.zeros(r),
        neighbours=jnp.asarray(neighbours(1.0 - np.eye(r))),
        same_state=jnp.eye(r),
        members=members,
        rival_weight=jnp.zeros((o, o)),
        ally_strength=jnp.zeros(o),
        concentration=jnp.ones(o),
        pooled=jnp.zeros(o),
        spare=jnp.zeros(o),
        designated=jnp.zeros(o),
        succession=jnp.full(o, NEVER),
        last_transfer=jnp.asarray(NEVER),
        homicides=jnp.zeros(r),
        homicides_spread=jnp.zeros(r),
        homicides_spread_national=jnp.zeros(()),
        wars=jnp.zeros(r),
        homicides_before=jnp.zeros(r),
        homicides_base=jnp.zeros(r),
        missing=jnp.zeros(r),
        missing_spread=jnp.zeros(()),
        national_growth=jnp.zeros(()),
        national_growth_sd=jnp.zeros(()),
        production=jnp.full((r, len(DRUGS)), 1.0 / r),
        fuel=jnp.full(r, 1.0 / r),
        firearms_seized=jnp.zeros(()),
        federal_forces=jnp.ones(r),
        northern_guard=jnp.zeros(r),
        state_police=jnp.ones(r),
        crossings=Crossings(
            mode=jnp.zeros((0, len(MODES))),
            sector=jnp.zeros((0, 0)),
            region=no_line,
            side=jnp.zeros((0, 1)),
            seized=jnp.zeros((0, len(DRUGS))),
            firearms=jnp.zeros(0),
            people=jnp.zeros(0),
            remote=jnp.zeros(0),
            vehicles=jnp.zeros(0),
            trucks=jnp.zeros(0),
        ),
        home=HomeFront(
            miles=jnp.zeros(0),
            sector_side=jnp.zeros((0, 1)),
            sector_region=no_line,
            agents=jnp.zeros(0),
            people=jnp.zeros((len(HOME_SERVICES), 1)),
        ),
        overdoses=Overdoses(jnp.zeros(0), jnp.zeros(0), jnp.zeros(0), jnp.zeros(()), jnp.zeros(())),
        market=Market(jnp.ones(len(DRUGS)), jnp.ones(()), jnp.zeros(0), jnp.zeros(0)),
        calendar=Calendar(*(jnp.zeros(0) for _ in dataclasses.fields(Calendar))),
        arrest_step=0.0,
    )
    return dataclasses.replace(world, **known)
