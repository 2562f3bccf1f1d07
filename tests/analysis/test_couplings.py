import numpy as np
from scipy.sparse.csgraph import connected_components

from premortem.analysis.couplings import couplings
from premortem.model.mechanisms.registry import MECHANISMS


def test_most_mechanisms_lie_on_one_web_of_feedback() -> None:
    names = [mechanism.name for mechanism in MECHANISMS]
    arrows = np.zeros((len(names), len(names)))
    for reader, _, provider in couplings():
        arrows[names.index(provider), names.index(reader)] = 1
    _, part = connected_components(arrows, connection="strong")
    assert np.bincount(part).max() > 0.75 * len(names)


def test_every_mechanism_is_read_by_another_or_reports_an_outcome() -> None:
    read = {provider for _, _, provider in couplings()}
    assert {mechanism.name for mechanism in MECHANISMS if not mechanism.outcomes} <= read
