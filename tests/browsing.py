"""A real browser for tests: Chromium by Playwright, and axe. What asks for it is skipped where one of them is missing.

A page answers after an action, not with it: what is read of it is read with ``expect``, which waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE = 180_000
"""Milliseconds: on a busy machine nothing is late, only slow."""


class Chromium:
    """A browser whose pages have patience."""

    def __init__(self, program: Any) -> None:
        self._program = program

    def new_page(self, **options: Any) -> Any:
        page = self._program.new_page(**options)
        page.set_default_timeout(PATIENCE)
        return page

    def new_context(self, **options: Any) -> Any:
        context = self._program.new_context(**options)
        context.set_default_timeout(PATIENCE)
        return context


@contextmanager
def opened() -> Iterator[Chromium]:
    """Open a browser, and close it at the end."""
    from premortem.report.files import browser

    playwright = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("axe_playwright_python")
    place = browser()
    if place is None:
        pytest.skip("no Chromium on this machine")
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as driver:
        program = driver.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield Chromium(program)
        program.close()


def expect(found: Any) -> Any:
    """Wait until a page, or a part of it, is as expected."""
    from playwright.sync_api import expect as expected

    return expected(found)


def faults(page: Any) -> list[Any]:
    """Return what axe finds."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        (fault["id"], fault["help"], [node["html"][:160] for node in fault["nodes"][:3]])
        for fault in Axe().run(page).response["violations"]
    ]
