"""The network of 150 organisations of the literature, as a world in which nothing else happens.

Prieto-Curiel, Campedelli and Hope (Science 381, 2023) follow the members of 150 Mexican organisations by recruitment, incapacitation,
conflict and saturation. Their map is third-party data and is not shipped: `read` takes it from a folder; `synthetic` makes a network of
the same kind and size for tests. `Network.world` spreads either over regions in proportion to people, which changes none of the totals.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from premortem.errors import InputError, Problem, Where
from premortem.evidence import load as load_evidence
from premortem.theatre.geography import Floats

if TYPE_CHECKING:
    from premortem.model.world import World

NODES, RIVALS, ALLIES = "BACRIM2020_Nodes.csv", "BACRIM2020_Rivals.csv", "BACRIM2020_Alliances.csv"


@dataclass(frozen=True)
class Constants:
    """What the published script sets: ``rho`` per week, ``theta`` and ``omega`` per week and member, ``eta`` and ``members`` in persons."""

    rho: float
    eta: float
    theta: float
    omega: float
    members: float


def _fact(ident: str) -> float:
    value = load_evidence().facts[ident].value
    assert value is not None, ident
    return value


def constants() -> Constants:
    """Return the published constants, from the ledger's facts ``cartels.pc.*``."""
    return Constants(*(_fact(f"cartels.pc.{name}") for name in ("rho", "eta", "theta", "omega", "initial_members")))


@dataclass(frozen=True, eq=False)
class Network:
    """Organisations in the order of their total strength.

    Attributes
    ----------
    names : of the organisations, strongest first.
    rivals, allies : [o, o] weights of declared ties, symmetric, zero diagonal.
    """

    names: tuple[str, ...]
    rivals: Floats
    allies: Floats

    @property
    def ally_strength(self) -> Floats:
        """Summed weight of the alliances of each organisation, ``[o]``."""
        strength: Floats = self.allies.sum(axis=1)
        return strength

    @property
    def conflict(self) -> Floats:
        """S, ``[o, o]``: every pair fights a little, rivals more; an organisation's own losses fall with its allies. Not symmetric."""
        s: Floats = (self.rivals + 1.0) / (self.ally_strength[:, None] + 1.0)
        np.fill_diagonal(s, 0.0)
        return s

    def members(self, total: float) -> Floats:
        """Return ``total`` members shared by rank: the k-th strongest holds a part in proportion to 1/k."""
        share = 1.0 / np.arange(1, len(self.names) + 1)
        sizes: Floats = total * share / share.sum()
        return sizes

    def world(self, population: Sequence[float] = (), total: float | None = None) -> World:
        """Return the world of this network alone. Imports JAX.

        Parameters
        ----------
        population : people of each region, in proportion to which members are spread; one region with all of Mexico if not given.
        total : members in all; the published start of 2012 if not given.
        """
        from premortem.arrays import jnp
        from premortem.model.world import neutral_world

        people = np.asarray(population or [_fact("geo.mx.population_total")], dtype=float)
        members = np.outer(self.members(constants().members if total is None else total), people / people.sum())
        return neutral_world(
            jnp.asarray(members),
            population=jnp.asarray(people),
            rival_weight=jnp.asarray(self.rivals),
            ally_strength=jnp.asarray(self.ally_strength),
        )


def _ordered(names: Sequence[str], rivals: Floats, allies: Floats) -> Network:
    rivals, allies = np.maximum(rivals, rivals.T), np.maximum(allies, allies.T)
    strength = rivals.sum(axis=1) + allies.sum(axis=1)
    order = np.argsort(-strength, kind="stable")
    square = np.ix_(order, order)
    return Network(tuple(names[i] for i in order), rivals[square], allies[square])


def _rows(folder: Path, file: str, columns: Sequence[str]) -> list[dict[str, str]]:
    path = folder / file
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("unreadable", f"cannot read the network: {error}", Where(str(path)))) from error
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            Problem("missing_column", f"lacks the column {missing[0]}", Where(str(path), 1), allowed=", ".join(columns))
        )
    return list(reader)


def read(folder: str | Path) -> Network:
    """Return the network of 2020 from a folder with its three files (nodes, rivalries, alliances).

    Both directions of a tie count as one, at the larger weight. Organisations come in the order of their summed ties; equals keep the order
    of the file.

    Raises
    ------
    InputError
        If a file is missing, lacks a column, or names an organisation that is not a node.
    """
    folder = Path(folder)
    nodes = _rows(folder, NODES, ["Node", "Group"])
    index = {row["Node"]: i for i, row in enumerate(nodes)}

    def weights(file: str) -> Floats:
        matrix = np.zeros((len(nodes), len(nodes)))
        for line, row in enumerate(_rows(folder, file, ["Node", "RNode", "weight"]), start=2):
            where = Where(str(folder / file), line)
            for node in (row["Node"], row["RNode"]):
                if node not in index:
                    raise InputError(
                        Problem("unknown_node", "a tie of an organisation that is not in the list", where, found=node)
                    )
            try:
                weight = float(row["weight"])
            except ValueError:
                raise InputError(
                    Problem("not_a_number", "a tie without a weight", where, found=row["weight"])
                ) from None
            a, b = index[row["Node"]], index[row["RNode"]]
            matrix[a, b] = max(matrix[a, b], weight)
        np.fill_diagonal(matrix, 0.0)
        return matrix

    return _ordered([row["Group"] for row in nodes], weights(RIVALS), weights(ALLIES))


GROUPS, RIVALRIES, ALLIANCES = 150, 92, 91
"""Of the published network (Prieto-Curiel, Campedelli and Hope 2023): organisations, and ties of each kind."""

POWER, HEAVIEST = 2.2, 13
"""Of the weights of its ties: exponent of the power law, and the heaviest tie on the map."""


def synthetic(
    seed: int = 0, organisations: int = GROUPS, rivalries: int = RIVALRIES, alliances: int = ALLIANCES
) -> Network:
    """Return a network of the same kind: few organisations have most ties, most ties weigh little.

    Ends of ties are drawn in proportion to 1/rank, weights from a power law cut at 13, the heaviest tie on the map.
    """
    draw = np.random.default_rng(seed)
    rank = 1.0 / np.arange(1, organisations + 1)

    def ties(count: int) -> Floats:
        matrix = np.zeros((organisations, organisations))
        while np.count_nonzero(matrix) < count:
            a, b = draw.choice(organisations, size=2, replace=False, p=rank / rank.sum())
            if not matrix[b, a]:
                matrix[a, b] = min(draw.zipf(POWER), HEAVIEST)
        return matrix

    return _ordered([f"group {i + 1}" for i in range(organisations)], ties(rivalries), ties(alliances))
