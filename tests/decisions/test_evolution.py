"""The search method on problems whose best is known, its archive, and what a kill leaves."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.decisions.archive import archived, dominates
from premortem.decisions.evolution import Evaluate, Generation, Kept, Method, evolve
from premortem.errors import InputError

Floats = NDArray[np.float64]


def zdt1(x: Floats) -> tuple[Floats, Floats]:
    """Zitzler, Deb and Thiele 2000 (doi:10.1162/106365600568202): the front is f2 = 1 - sqrt(f1)."""
    g = 1 + 9 * x[:, 1:].mean(axis=1)
    return np.stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))], axis=1), np.zeros((len(x), 1))


def dtlz2(x: Floats) -> tuple[Floats, Floats]:
    """Deb, Thiele, Laumanns and Zitzler 2005: the front is an eighth of the unit sphere."""
    g = ((x[:, 2:] - 0.5) ** 2).sum(axis=1)
    a, b = x[:, 0] * np.pi / 2, x[:, 1] * np.pi / 2
    parts = [np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)]
    return np.stack([(1 + g) * part for part in parts], axis=1), np.zeros((len(x), 1))


def constrained(x: Floats) -> tuple[Floats, Floats]:
    """ZDT1 of which the left half of the front is not allowed."""
    scores, _ = zdt1(x)
    return scores, np.maximum(0.5 - scores[:, :1], 0.0)


def run(
    evaluate: Evaluate, inputs: int, objectives: int, folder: Path, *, generations: int, seed: int = 1
) -> Generation:
    first = np.random.default_rng(seed).random((52, inputs))
    steps = evolve(evaluate, first, objectives, 1, Method(52 * generations, 52, seed), Kept(folder))
    return Generation.together(list(steps))


def hypervolume(scores: Floats, reference: float) -> float:
    from pymoo.indicators.hv import HV

    return float(HV(ref_point=np.full(scores.shape[1], reference))(scores))


@pytest.mark.parametrize(
    ("evaluate", "inputs", "objectives", "front"),
    [(zdt1, 10, 2, 1.21 - 1 / 3), (dtlz2, 12, 3, 1.1**3 - np.pi / 6)],
    ids=["ZDT1", "DTLZ2"],
)
def test_the_archive_comes_near_a_front_that_is_known_and_chance_does_not(
    evaluate: Evaluate, inputs: int, objectives: int, front: float, tmp_path: Path
) -> None:
    found = run(evaluate, inputs, objectives, tmp_path, generations=60)
    kept = found.scores[archived(found.scores, epsilon=0.02)]
    by_chance, _ = evaluate(np.random.default_rng(3).random(found.units.shape))
    reached = hypervolume(kept, 1.1) / front
    assert 0.9 < reached <= 1
    assert hypervolume(by_chance, 1.1) / front < reached - 0.15
    assert not dominates(kept[:, None], kept[None]).any()


def test_what_is_not_allowed_is_not_kept_and_the_rest_of_the_front_is_found(tmp_path: Path) -> None:
    found = run(constrained, 6, 2, tmp_path, generations=40)
    kept = found.scores[archived(found.scores, np.flatnonzero(found.allowed), epsilon=0.02)]
    assert (kept[:, 0] >= 0.5).all()
    assert np.abs(kept[:, 1] - (1 - np.sqrt(kept[:, 0]))).max() < 0.1
    assert np.ptp(kept[:, 0]) > 0.35


def test_killed_in_any_generation_a_search_ends_with_the_same_bytes(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    whole = run(zdt1, 5, 2, tmp_path / "whole", generations=6)
    files = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    assert len(files) == 6
    for last in range(6):
        left = 52 * last

        def until(x: Floats) -> tuple[Floats, Floats]:
            nonlocal left
            if left <= 0:
                raise KilledError
            left -= len(x)
            return zdt1(x)

        folder = tmp_path / f"killed-{last}"
        with pytest.raises(KilledError):
            run(until, 5, 2, folder, generations=6)
        if last == 3:  # a file cut short counts as not there, and those after it are used
            (folder / "00001.generation").write_bytes(files["00001.generation"][:-7])
        again = run(zdt1, 5, 2, folder, generations=6)
        assert np.array_equal(again.units, whole.units)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_generations_of_another_search_are_refused(tmp_path: Path) -> None:
    run(zdt1, 5, 2, tmp_path, generations=2)
    with pytest.raises(InputError, match="of another search"):
        run(zdt1, 5, 2, tmp_path, generations=2, seed=2)


def test_an_archive_has_no_two_that_differ_by_less_than_matters_and_loses_nothing_by_more() -> None:
    scores = np.random.default_rng(5).normal(size=(400, 3)) * 5
    kept = archived(scores)
    boxes = np.floor(scores)
    assert len(np.unique(boxes[kept], axis=0)) == len(kept)
    for one in boxes:
        assert (boxes[kept] <= one).all(axis=1).any(), "every try is covered by one that is kept, to within a box"
    assert archived(scores, np.arange(400)).tolist() == kept.tolist()
    assert not len(archived(scores, ()))
