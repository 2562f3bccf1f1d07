"""The key screens look as they did; after a change that is meant, write them anew: ``python -m tests.web.screens``."""

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")

from premortem.report.files import browser
from tests.web.screens import FOLDER, SCREENS, Screen, apart, picture
from tests.web.serving import Served
from tests.web.test_browser import chromium, served  # noqa: F401  # fixtures

pytestmark = [pytest.mark.slow, pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")]

MEAN, BLOCK = 0.02, 0.20
"""Differences that pass, on average and in the worst block; of another font they are a third of that."""


@pytest.mark.parametrize("screen", SCREENS, ids=[one.name for one in SCREENS])
def test_a_screen_looks_as_it_did(chromium: Any, served: Served, screen: Screen) -> None:  # noqa: F811
    mean, block = apart(chromium, picture(chromium, served, screen), (FOLDER / f"{screen.name}.png").read_bytes())
    assert mean <= MEAN, f"{mean:.3f} apart on average"
    assert block <= BLOCK, f"{block:.3f} apart in one place"


def test_the_comparison_sees_other_colours_and_another_screen(chromium: Any, served: Served) -> None:  # noqa: F811
    screen = SCREENS[0]
    reference = (FOLDER / f"{screen.name}.png").read_bytes()
    dark = Screen(screen.name, screen.path, screen.shown, scheme="dark")
    other = Screen(screen.name, "/?lang=en&plan=kingpin&with=status_quo.border_task_forces", screen.shown)
    assert apart(chromium, picture(chromium, served, dark), reference)[0] > MEAN
    assert apart(chromium, picture(chromium, served, other), reference)[1] > 0
