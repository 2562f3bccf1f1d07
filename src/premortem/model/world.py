"""The theatre as the model sees it: arrays over organisations and regions, without names."""

from __future__ import annotations

import jax

from premortem.model.pytrees import pytree, static


@pytree
class World:
    """What a theatre gives to every future of a study; draws and plans come on top.

    Index sets: ``o`` organisations (named, pooled, then spare slots), ``r`` regions. Built by ``premortem.theatre``.
    """

    # geography
    population: jax.Array  # [r] person, at the start
    zone: jax.Array  # [r] 1 where the region is the strip along the border, else 0
    adjacency: jax.Array  # [r, r] 1 where two regions touch, symmetric, zero diagonal
    same_state: jax.Array  # [r, r] 1 where two regions belong to one state, ones on the diagonal
    # organisations
    members: jax.Array  # [o, r] person, median at the start
    rival_weight: jax.Array  # [o, o] weight of declared rivalry at the start, symmetric, zero diagonal
    ally_strength: jax.Array  # [o] summed weight of declared alliances at the start
    concentration: (
        jax.Array
    )  # [o] sum of squared shares inside the slot: 1 for one organisation, small for a pool of many
    pooled: jax.Array  # [o] 1 for a pool of groups that also fight each other
    spare: jax.Array  # [o] 1 for an empty slot that a splinter may fill
    designated: jax.Array  # [o] 1 where designated a terrorist organisation at the start
    hierarchy: jax.Array  # [o] median factor on the chance that a removal splits the organisation
    # violence before and at the start
    homicides: jax.Array  # [r] person/year, recorded, at the start
    homicides_before: jax.Array  # [r] person/year, recorded, mean of the fifteen years before the start
    homicides_base: jax.Array  # [r] person/year, recorded, before the escalation: what is not organised
    # Mexican forces on public security
    federal_forces: jax.Array  # [r] person
    state_police: jax.Array  # [r] person
    # start conditions that differ between starts of one theatre
    arrest_step: float = static()  # 1 if the start follows the step in arrests of October 2024, else 0
    returning_prisoners: float = static()  # factor on the steady-state stock of prisoners who will re-join

    @property
    def organisations(self) -> int:
        """Number of organisation slots."""
        return int(self.members.shape[0])

    @property
    def regions(self) -> int:
        """Number of regions."""
        return int(self.members.shape[1])
