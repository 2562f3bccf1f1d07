"""The page in a real browser: what no parser can know. Needs Chromium, Playwright and axe; without them it is skipped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from premortem.report.files import browser

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")

WIDTHS = (390, 820, 1440)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        program = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        yield program
        program.close()


@pytest.fixture(scope="module")
def address(english: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("page") / "report.html"
    Path(file).write_text(english, encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(chromium: Any, address: str, scheme: str) -> None:
    page = chromium.new_page(color_scheme=scheme)
    page.goto(address)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = axe.Axe().run(page).response["violations"]
    page.close()
    serious = [
        (fault["id"], fault["help"], [node["html"][:160] for node in fault["nodes"][:3]])
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_out_of_the_page_at_any_width_and_nothing_is_fetched(
    chromium: Any, address: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert asked == [address]


def test_without_scripts_text_figures_and_tables_are_all_there(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("figure svg").count() > 10
    assert page.locator("#report").inner_text().count("Homicides in Mexico") > 2
    assert not page.locator("#explorer").is_visible()
    context.close()


def test_the_map_follows_its_slider_by_keyboard(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    told = page.locator("#explore-told").inner_text()
    assert "All states" in told
    page.locator("#explore-quarter").press("Home")
    assert page.locator("#explore-told").inner_text().startswith("Quarter 1 ")
    assert page.locator("#explore-quarter").get_attribute("aria-valuetext") != told
    page.close()
