"""Learning from effects: what is planted is found, it carries over to what depends on the same input, and the rest keeps its bits."""

import numpy as np

from premortem.calibration.findings.halves import Use
from premortem.calibration.findings.learning import learn
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.results import Learned

FUTURES = 400
MEASURED, TIED, FREE = "find.demand.public_insurance", "find.model.naloxone20", "find.troops.complaints"
HALVES: dict[str, Use] = {MEASURED: "train", TIED: "test", FREE: "test"}


def planted(seed: int = 1) -> tuple[Learned, dict[str, np.ndarray]]:
    """Two effects that grow with the first of three inputs, of which one was measured at three times the model's median."""
    scores = np.random.default_rng(seed).standard_normal((FUTURES, 3))
    values = {
        MEASURED: -0.011 * np.exp(0.7 * scores[:, 0]),
        TIED: -0.01 * np.exp(0.7 * scores[:, 0]),
        FREE: 0.4 * np.exp(0.3 * scores[:, 1]),
    }
    findings = [packaged()[name] for name in values]
    return learn(findings, HALVES, values, scores, [("a.b", 0), ("a.c", 0), ("a.d", 0)]), values


def test_a_measured_effect_moves_the_input_behind_it_and_what_else_depends_on_it() -> None:
    found, values = planted()
    assert found.data == (MEASURED,)
    assert [one.parameter for one in found.informed] == ["a.b"]
    assert found.informed[0].sd < 0.95
    assert found.informed[0].shift > 0.3  # a larger effect was measured
    after = {one.id: one.model for one in found.after}
    assert after[MEASURED].median < np.median(values[MEASURED])
    assert after[TIED].median < np.median(values[TIED])


def test_what_is_tied_to_nothing_keeps_its_values() -> None:
    found, values = planted()
    after = next(one.model for one in found.after if one.id == FREE)
    np.testing.assert_allclose(after.median, np.median(values[FREE]), rtol=1e-9)


def test_findings_kept_for_testing_are_not_learned_from() -> None:
    found, _ = planted()
    assert TIED not in found.data
    assert {one.id for one in found.after} == set(HALVES)
