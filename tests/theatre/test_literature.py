import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from premortem.errors import InputError
from premortem.evidence import load as load_evidence
from premortem.theatre import literature

REFERENCE = Path(os.environ.get("PREMORTEM_REFERENCE_DATA", Path(__file__).parents[3] / "shared/data/reference"))
MAP_2020 = REFERENCE / "prieto_curiel_2023"


@pytest.fixture
def published() -> literature.Network:
    if not (MAP_2020 / literature.NODES).is_file():
        pytest.skip("the map of 2020 is third-party data: see PREMORTEM_REFERENCE_DATA")
    return literature.read(MAP_2020)


def pairs(matrix: NDArray[np.float64]) -> tuple[int, float]:
    upper = np.triu(matrix)
    return int(np.count_nonzero(upper)), float(upper.sum())


def test_the_map_has_the_published_counts(published: literature.Network) -> None:
    assert len(published.names) == 150
    assert pairs(published.rivals) == (92, 179)
    assert pairs(published.allies) == (91, 163)
    alone = (published.rivals.sum(axis=1) + published.allies.sum(axis=1)) == 0
    assert alone.sum() == 36
    assert (published.rivals.sum(axis=1) == 0).sum() == 79


def test_organisations_stand_in_the_published_order_with_the_published_sizes(published: literature.Network) -> None:
    sizes = published.members(literature.constants().members)
    for row in load_evidence().tables["cartels.table.pc_top"].rows:
        place = int(row["rank"]) - 1
        assert published.names[place] == row["organisation"]
        assert published.rivals[place].sum() == float(row["rival_strength"])
        assert published.ally_strength[place] == float(row["ally_strength"])
        assert round(sizes[place]) == int(row["initial_members_2012"])


def test_the_published_equations_on_this_network_give_the_published_decade(published: literature.Network) -> None:
    c, s = literature.constants(), published.conflict

    def change(_: float, n: NDArray[np.float64]) -> NDArray[np.float64]:
        rate: NDArray[np.float64] = c.rho - c.eta / n.sum() - c.theta * (s @ n) - c.omega * n
        return rate * n

    n = solve_ivp(change, (0, 520), published.members(c.members), rtol=1e-8, method="LSODA").y[:, -1]
    assert n.sum() == pytest.approx(173_837, rel=1e-5)
    assert c.theta * n @ s @ n == pytest.approx(124.30, rel=1e-4)


@pytest.mark.parametrize("population", [(1.0,), (3.0, 1.0, 0.5)])
def test_spreading_a_network_over_regions_changes_no_total(population: tuple[float, ...]) -> None:
    world = literature.synthetic().world(population)
    members = np.asarray(world.members, dtype=float)
    share = np.asarray(population) / sum(population)
    np.testing.assert_allclose(members.sum(axis=0), 115_000 * share, rtol=1e-5)
    # contact of pairs, summed over regions with people's shares as the normaliser, is that of one region
    contact = sum((np.outer(members[:, r], members[:, r]) / share[r] for r in range(len(share))), np.zeros((150, 150)))
    np.testing.assert_allclose(contact, np.outer(members.sum(1), members.sum(1)), rtol=1e-4)


def test_a_synthetic_network_is_of_the_same_kind_and_repeats() -> None:
    network = literature.synthetic(seed=3)
    assert pairs(network.rivals)[0] == 92
    assert pairs(network.allies)[0] == 91
    strength = network.rivals.sum(axis=1) + network.allies.sum(axis=1)
    assert (np.diff(strength) <= 0).all()
    assert strength[:10].sum() > 0.4 * strength.sum()
    np.testing.assert_array_equal(network.rivals, literature.synthetic(seed=3).rivals)


def test_conflict_counts_every_pair_and_allies_protect() -> None:
    network = literature.Network(("a", "b"), np.array([[0.0, 3.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_allclose(network.conflict, [[0, 2], [2, 0]])


def test_both_directions_of_a_tie_count_once_at_the_larger_weight(tmp_path: Path) -> None:
    (tmp_path / literature.NODES).write_text("Node,Group\nx,X\ny,Y\nz,Z\n")
    (tmp_path / literature.RIVALS).write_text("Node,RNode,weight\ny,z,2\nz,y,5\n")
    (tmp_path / literature.ALLIES).write_text("Node,RNode,weight\n")
    network = literature.read(tmp_path)
    assert network.names == ("Y", "Z", "X")
    np.testing.assert_allclose(network.rivals, [[0, 5, 0], [5, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("rivals", "kind"),
    [
        ("Node,RNode,weight\ny,q,2\n", "unknown_node"),
        ("Node,RNode\n", "missing_column"),
        ("Node,RNode,weight\nx,y,\n", "not_a_number"),
        (None, "unreadable"),
    ],
)
def test_a_broken_map_is_one_clear_problem(tmp_path: Path, rivals: str | None, kind: str) -> None:
    (tmp_path / literature.NODES).write_text("Node,Group\nx,X\ny,Y\n")
    if rivals is not None:
        (tmp_path / literature.RIVALS).write_text(rivals)
    with pytest.raises(InputError) as caught:
        literature.read(tmp_path)
    assert caught.value.problems[0].kind == kind
