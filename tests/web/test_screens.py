"""The key screens look as they did; after a change that is meant, write them anew: ``python -m tests.web.screens``."""

import dataclasses
from typing import Any

import pytest

from tests.web.screens import FOLDER, SCREENS, Screen, apart, picture
from tests.web.serving import Served
from tests.web.test_browser import served  # noqa: F401  # a fixture

pytestmark = pytest.mark.slow

MEAN, BLOCK = 0.015, 0.10
"""Differences that pass, on average and in the worst block. Two different pages of ours are 0.04 and 0.13 apart or more."""


@pytest.mark.parametrize("screen", SCREENS, ids=[one.name for one in SCREENS])
def test_a_screen_looks_as_it_did(chromium: Any, served: Served, screen: Screen) -> None:  # noqa: F811
    mean, block = apart(chromium, picture(chromium, served, screen), (FOLDER / f"{screen.name}.png").read_bytes())
    assert mean <= MEAN, f"{mean:.3f} apart on average"
    assert block <= BLOCK, f"{block:.3f} apart in one place"


def test_the_comparison_sees_other_colours_and_another_screen(chromium: Any, served: Served) -> None:  # noqa: F811
    start, levers = ((FOLDER / f"{name}.png").read_bytes() for name in ("start", "levers"))
    dark = dataclasses.replace(SCREENS[0], scheme="dark")
    assert apart(chromium, picture(chromium, served, dark), start)[0] > MEAN
    assert apart(chromium, start, levers)[1] > BLOCK
