from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from premortem.analysis.couplings import couplings
from premortem.engine import week
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.study.cache import CAP


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


@pytest.mark.parametrize(("cap", "traced"), [("1", 1), ("0", 2)])
def test_they_are_found_once_and_kept_where_anything_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cap: str, traced: int
) -> None:
    asked = list[int]()
    monkeypatch.setenv("PREMORTEM_CACHE", str(tmp_path))
    monkeypatch.setenv(CAP, cap)
    monkeypatch.setattr(week, "traced", lambda *_: asked.append(1))
    monkeypatch.setattr(week, "who_feeds_whom", lambda *_: [("a", "what", "b")])
    for _ in range(2):
        couplings.cache_clear()
        assert couplings() == {("a", "what", "b")}
    couplings.cache_clear()
    assert len(asked) == traced
