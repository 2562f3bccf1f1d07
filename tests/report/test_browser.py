"""The page in a real browser: what no parser can know."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from premortem.report import brief
from premortem.report.brief import Brief
from premortem.report.files import write
from premortem.report.material import Material, read
from premortem.report.page import html, two_pages
from premortem.report.states import States
from premortem.study.store import Store
from premortem.wording.languages import LANGUAGES, messages
from tests.browsing import expect, faults
from tests.report.runs import Invented, make

WIDTHS = (390, 820, 1440)


@pytest.fixture(scope="module")
def address(english: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("page") / "report.html"
    Path(file).write_text(english, encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def brief_address(material: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("page") / "brief.html"
    file.write_text(two_pages(Brief(material, messages("en"))), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize(
    ("scheme", "width", "media"),
    [
        ("light", 1440, "screen"),
        pytest.param("dark", 1440, "screen", marks=pytest.mark.slow),
        pytest.param("light", 390, "screen", marks=pytest.mark.slow),
        pytest.param("light", 1440, "print", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("short", [False, True], ids=["report", "brief"])
def test_axe_finds_nothing(
    chromium: Any, address: str, brief_address: str, scheme: str, width: int, media: str, *, short: bool
) -> None:
    page = chromium.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(brief_address if short else address)
    page.emulate_media(media=media)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert faults(page) == []
    page.close()


@pytest.fixture(scope="module")
def stoppable(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Return the results of a plan that somebody could stop: its answer begins with a sentence more."""
    return read(
        Store.open(make(tmp_path_factory.mktemp("stoppable") / "run", Invented(stoppable=("border_task_forces",))))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_anything_is_opened_the_report_is_twelve_screens_at_most_and_names_nothing_by_its_id(
    chromium: Any, stoppable: Material, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(html(Brief(stoppable, messages(language))), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 900
    rows = page.locator("table.short tbody tr")
    assert rows.count() >= 6
    assert rows.nth(5).evaluate("row => row.getBoundingClientRect().bottom") <= 900, "six rows on the first screen"
    assert re.findall(r"\b[a-z]+_[a-z_]+\b", page.locator("body").inner_text()) == []
    page.close()


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> str:
    plans = (
        "status_quo",
        "border_task_forces",
        "border_task_forces_resourced",
        "joint_law_enforcement",
        "civil_combination",
    )
    folder = tmp_path_factory.mktemp("several")
    write(
        brief.read(str(make(folder / "run", Invented(plans=plans, stoppable=plans[1:3]))), messages("en")),
        folder / "r.html",
    )
    return (folder / "r.html").as_uri()


@pytest.mark.slow
def test_four_plans_are_judged_on_the_first_screen_and_read_in_twelve(chromium: Any, several: str) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(several)
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 900
    assert page.evaluate("document.querySelector('table.abreast').getBoundingClientRect().bottom") <= 900
    assert re.findall(r"\b[a-z]+_[a-z_]+\b", page.locator("body").inner_text()) == []
    assert faults(page) == []
    page.locator("table.abreast thead a").last.click()
    expect(page.locator("table.short[data-plan=civil_combination]")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
    page.wait_for_function("document.querySelector('table.abreast').scrollWidth <= 350")
    assert faults(page) == []
    page.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_each_headline_number_it_is_two_clicks_to_the_address_of_a_source(
    chromium: Any, address: str, *, scripts: bool
) -> None:
    context = chromium.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address)
    numbers = page.locator("table.short td.num")
    assert numbers.count() > 3
    for number in numbers.all():
        number.locator("button").click()
        source = page.locator("[popover]:popover-open a[href^=http]").first
        source.click(trial=True)
        page.keyboard.press("Escape")
        expect(page.locator("[popover]:popover-open")).to_have_count(0)
    context.close()


def test_a_link_opens_what_it_points_to(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.locator("table.short td.num button").first.click()
    page.locator("[popover]:popover-open a[href^='#mechanism-']").click()
    expect(page.locator("#mechanism-rivalry")).to_be_in_viewport()
    fact = page.locator("tr[id^=parameter-rivalry] a[href^='#fact-']").first
    page.evaluate("document.getElementById('mechanism-rivalry').parentElement.open = true")
    fact.click()
    target = (fact.get_attribute("href") or "")[1:]
    expect(page.locator(f"[id='{target}']")).to_be_in_viewport()
    page.close()


def test_a_figure_is_saved_as_it_is_drawn_with_its_numbers_and_has_an_address(chromium: Any, address: str) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    figure = page.locator("section[aria-labelledby=outcomes] figure[id$=_difference]").first
    id_ = figure.get_attribute("id")
    saved = {}
    for kind in ("svg", "csv"):
        with page.expect_download() as caught:
            figure.locator(f"button[data-save={kind}]").click()
        assert caught.value.suggested_filename == f"{id_.removeprefix('figure-')}.{kind}"
        saved[kind] = Path(caught.value.path()).read_text(encoding="utf-8")
    assert saved["svg"].startswith("<svg")
    heads, *rows = saved["csv"].splitlines()
    assert {"plan", "x"} <= set(heads.split(","))
    assert len(rows) > 10
    assert figure.locator(f"a[href='#{id_}']").count() == 1
    assert page.locator("#provenance ~ .meta").first.inner_text().startswith("To cite: ")
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_out_of_the_page_at_any_width_and_nothing_is_fetched(
    chromium: Any, address: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = "[...document.querySelectorAll('figure svg')].filter(one => one.checkVisibility())"
    assert page.evaluate(f"{seen}.length") > 10
    sizes = "[one.getBoundingClientRect().width, one.parentElement.getBoundingClientRect().width]"
    assert page.evaluate(f"{seen}.map(one => {sizes}).filter(([own, room]) => own > room + 1)") == []
    page.close()
    assert asked == [address]


def test_without_scripts_text_figures_and_tables_are_all_there(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("figure svg").count() > 10
    assert (page.locator("#report").text_content() or "").count("Homicides in Mexico") > 2
    page.locator("main summary").first.click()
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator("#explorer")).to_be_hidden()
    context.close()


def test_on_paper_nothing_stays_folded_away(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    fact, quantity = page.locator(".fact").first, page.locator("tr[id^=parameter-]").first
    expect(fact).to_be_hidden()
    page.emulate_media(media="print")
    expect(fact).to_be_visible()
    expect(quantity).to_be_visible()
    page.close()


def test_a_pdf_has_bookmarks_and_tags_for_readers_who_hear_it(material: Material, tmp_path: Path) -> None:
    content = write(Brief(material, messages("en")), tmp_path / "report.pdf").read_bytes()
    for part in (b"/Outlines", b"/StructTreeRoot", b"/Lang"):
        assert part in content, part


def test_the_map_goes_week_by_week_and_quarter_by_quarter_by_keyboard(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    slider, when, told = (page.locator(f"#explore-{name}") for name in ("step", "when", "told"))
    expect(told).to_contain_text("All states")
    slider.press("Home")
    expect(when).to_have_text("Week 1, from July 7, 2025.")
    before = _colours(page)
    slider.press("ArrowRight")
    expect(when).to_have_text("Week 2, from July 14, 2025.")
    slider.press("PageUp")
    expect(when).to_contain_text("Week 15, ")
    expect(slider).to_have_attribute("aria-valuetext", when.inner_text())
    slider.press("End")
    expect(when).to_contain_text("Week 104, ")
    assert _colours(page) != before
    slider.press("PageDown")
    expect(when).to_contain_text("Week 91, ")
    page.close()


def test_the_page_colours_each_state_as_the_week_says(chromium: Any, address: str, material: Material) -> None:
    """What the script draws from packed bytes is what the figures draw from the numbers."""
    page = chromium.new_page()
    page.goto(address)
    course = States(material).course("border_task_forces", "homicides_mx")
    assert course is not None
    page.locator("#explore-outcome").select_option(label="Homicides in Mexico")
    page.locator("#explore-step").press("End")
    expect(page.locator("#explore-when")).to_contain_text("Week 104, ")
    rates = course.medians() * course.rate
    last, limit = rates[-1], np.abs(rates).max()
    for state, value in zip(course.states, last, strict=True):
        expected = [round(244 + (there - 244) * abs(value / limit)) for there in (23, 113)]  # less is teal
        found = page.locator(f'#explorer path[data-key="{state}"]').first.get_attribute("fill")
        assert [int(part) for part in found[4:].split(",")[:2]] == pytest.approx(expected, abs=3), state
    page.close()


def test_who_wants_less_motion_gets_no_film_and_who_plays_it_can_stop_it(chromium: Any, address: str) -> None:
    still, page = chromium.new_page(reduced_motion="reduce"), chromium.new_page()
    still.goto(address)
    expect(still.locator("#explore-play")).to_be_hidden()
    page.goto(address)
    page.locator("#explore-step").press("Home")
    play = page.locator("#explore-play")
    play.press("Enter")
    expect(play).to_have_text("Pause")
    expect(page.locator("#explore-step")).not_to_have_value("0")
    play.press("Enter")
    expect(play).to_have_text("Play")
    expect(page.locator("#explore-told")).to_have_attribute("aria-live", "polite")
    still.close()
    page.close()


def test_a_run_without_weeks_by_region_has_a_map_by_quarter(chromium: Any, tmp_path: Path) -> None:
    run = make(tmp_path / "run", keep=("weekly", "regional", "draws"))
    file = tmp_path / "report.html"
    file.write_text(html(brief.read(str(run), messages("es"))), encoding="utf-8")
    page = chromium.new_page()
    page.goto(file.as_uri())
    page.locator("#explore-step").press("Home")
    page.locator("#explore-step").press("ArrowRight")
    expect(page.locator("#explore-when")).to_have_text("Trimestre 2 (meses 4 a 6), desde el 6 de octubre de 2025.")
    page.close()


def _colours(page: Any) -> list[str]:
    found: list[str] = page.locator("#explorer path[data-key]").evaluate_all(
        "all => all.map(one => one.getAttribute('fill'))"
    )
    return found
