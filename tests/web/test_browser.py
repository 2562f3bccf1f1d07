"""The application in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from premortem.instant.basis import rests_on
from premortem.instant.file import Levers, write
from premortem.web.database import connect
from premortem.web.documents import FORMATS
from premortem.web.queue import Queue
from premortem.web.settings import Settings
from tests.browsing import PATIENCE, expect, faults
from tests.instant.test_fit import OUTCOMES, TOY, everywhere
from tests.web.conftest import finished
from tests.web.serving import Served

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def furnished(folder: Path) -> Served:
    """Start a server with a finished run and levers in its folder."""
    one = Served(folder)
    one.run = finished(Settings(folder), Queue(connect(Settings(folder).url)))
    fitted = everywhere()
    both = {"as_likely": fitted, "carried_out": fitted}
    write(Levers(TOY, OUTCOMES, 1, 13, rests_on(TOY.plan), {}, both), folder / "levers.pmia")
    one.start()
    return one


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    one = furnished(tmp_path_factory.mktemp("served"))
    yield one
    one.kill()


@pytest.fixture
def page(chromium: Any, served: Served) -> Iterator[Any]:
    """A new browser at the start page; what its scripts complain of fails the test."""
    context = chromium.new_context(viewport=DESK, locale="en-US")
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{served.url}/")
    yield page
    context.close()
    assert said == []


class Held:
    """Answers of the server that are held back until they are released."""

    def __init__(self, page: Any, address: str) -> None:
        self._page, self._waiting, self._released = page, list[Any](), False
        page.route(address, self._asked)

    def _asked(self, route: Any) -> None:
        if self._released:
            route.continue_()
        else:
            self._waiting.append(route)

    def release(self, **instead: Any) -> None:
        """Let those come that were asked for, at least one, or another answer instead; and all after them."""
        while not self._waiting:
            self._page.wait_for_timeout(20)
        self._released = True
        for one in self._waiting:
            one.fulfill(**instead) if instead else one.continue_()


def form_read(page: Any, held: Held, **instead: Any) -> None:
    """Release an answer on which an open form is read again, and wait until it has been: the editor then takes back its alert."""
    alert = page.locator("#alert")
    alert.evaluate("one => (one.hidden = false)")
    held.release(**instead)
    expect(alert).to_be_hidden()


def whole(page: Any) -> None:
    """Wait until a result is the whole report, and what makes it move has run."""
    expect(page.locator("#rest section").first).to_be_visible()
    expect(page.locator("#rest")).not_to_have_attribute("aria-busy", "true")


def test_a_mistake_is_shown_beside_its_line_and_nothing_typed_is_lost(page: Any) -> None:
    page.select_option("#plan", "kingpin")
    page.click("#write")
    text = page.locator("#text")
    expect(text).to_have_value(_containing('extends = "kingpin"'))
    text.press("Control+End")
    text.press_sequentially("[zone]\ndepth_mile = 5\n")
    expect(page.locator("#findings")).to_contain_text("depth_miles")  # the nearest spelling
    expect(page.locator("#counts")).to_contain_text("cannot be read")
    expect(page.locator("#gutter .unreadable").first).to_be_visible()
    page.click("#go")
    expect(page.locator("#alert")).to_contain_text("zone.depth_mile: no such key")
    page.reload()
    expect(text).to_have_value(_containing("depth_mile = 5"))
    text.fill(text.input_value().replace("[zone]\ndepth_mile = 5\n", ""))
    expect(page.locator("#counts")).to_contain_text("your own lines")


@pytest.mark.slow
def test_a_run_streams_in_and_survives_reload_and_the_death_of_its_server(page: Any, served: Served) -> None:
    served.hold(1)
    page.goto(f"{served.url}/?plan=kingpin&years=1&futures=80")
    page.click("#go")
    page.wait_for_url("**/runs/**")
    expect(page.locator("#status")).to_contain_text("futures computed")
    expect(page.locator(".provisional")).to_contain_text("40 of 80")
    page.reload()
    expect(page.locator(".provisional")).to_contain_text("40 of 80")
    address = page.url.partition("?")[0].removeprefix(served.url)
    served.kill()
    served.hold(None)
    served.start()
    page.goto(f"{served.url}{address}")
    expect(page.locator("#actions")).to_be_visible()
    expect(page.locator(".provisional")).to_have_count(0)


def test_axe_finds_nothing_on_the_start_page_with_the_editor_open(page: Any) -> None:
    page.click("#write")
    expect(page.locator("#counts")).to_contain_text("findings")
    assert faults(page) == []
    page.click("#tab-form")
    expect(page.locator("#field-zone-depth_miles")).to_be_visible()
    assert faults(page) == []


def test_text_and_form_are_two_views_of_one_file(page: Any) -> None:
    held = Held(page, "**/api/lint")
    page.click("#write")
    page.click("#tab-form")
    field = page.locator("#field-zone-depth_miles")
    expect(field).to_have_value("20")
    field.press("Control+a")
    field.press_sequentially("7")  # not set until it is left
    typed = field.element_handle()
    form_read(page, held)  # while somebody types in it
    assert typed.evaluate("one => one.isConnected && one.value") == "7"
    expect(page.locator("#text")).not_to_have_value(_containing("depth_miles = 7"))
    field.press("Tab")
    expect(page.locator("#text")).to_have_value(_containing("depth_miles = 7"))
    page.select_option("#field-consent-mexico", "none")
    expect(page.locator("#text")).to_have_value(_containing('mexico = "none"'))


def test_a_form_is_not_shut_for_a_text_that_has_changed_since(page: Any) -> None:
    page.click("#write")
    page.click("#tab-form")
    consent, text = page.locator("#field-consent-mexico"), page.locator("#text")
    expect(consent).to_be_visible()
    fields = Held(page, "**/api/plans/fields")
    with page.expect_request("**/api/plans/fields"):
        consent.select_option("none")
    expect(text).to_have_value(_containing('mexico = "none"'))
    findings = Held(page, "**/api/lint")  # so that the text is not read again before the end
    page.locator("#field-zone-depth_miles").fill("7")
    page.locator("#field-zone-depth_miles").press("Tab")
    expect(text).to_have_value(_containing("depth_miles = 7"))
    form_read(page, fields, status=422, json={"problems": []})
    assert page.locator("#fields").get_attribute("inert") is None
    findings.release()


@pytest.mark.slow
def test_the_exact_run_follows_when_a_lever_rests_and_its_place_becomes_a_plan(page: Any) -> None:
    page.click("text=Move levers")
    said, exact = page.locator("#levers-said"), page.locator("#levers-exact")
    expect(said).to_contain_text("9 of 10 futures")
    expect(exact).to_be_empty()  # nothing has been moved
    page.locator("#lever-0").press("End")
    expect(exact).to_contain_text("Exact: 200 of 200 futures")
    expect(page.locator("#levers-error")).to_contain_text("Against 200 of 200 exact futures")
    expect(page.locator("#levers-figure .before")).to_have_attribute("points", _containing(","))
    page.click("#levers-take")
    expect(page.locator("#text")).to_have_value(_containing("depth_miles = 60"))


def test_numbers_of_the_exact_run_say_of_how_many_futures_and_how_far_off_the_fit_was(
    page: Any, served: Served
) -> None:
    """Against a made-up exact run: what of the page is still of the fit says so, and nothing that is nothing is written as a number."""
    asked = {"id": "0123456789", "address": "/runs/0123456789"}
    progress = json.dumps({"state": "cancelled", "paired": 40})  # it has ended: no stream is opened again
    bands = {"q05": -100.0, "q25": -50.0, "q50": 1.6e-11, "q75": 50.0, "q95": 300.0}
    courses = {"futures": 40, "outcomes": {one: {name: [at] * 4 for name, at in bands.items()} for one in OUTCOMES}}
    page.route("**/api/runs", lambda route: route.fulfill(json=asked))
    page.route(
        "**/events",
        lambda route: route.fulfill(body=f"event: progress\ndata: {progress}\n\n", content_type="text/event-stream"),
    )
    page.route("**/courses?*", lambda route: route.fulfill(json=courses))
    page.goto(f"{served.url}/levers")
    page.locator("#lever-0").press("End")
    said, off, share = page.locator("#levers-said"), page.locator("#levers-error"), page.locator("#levers-share")
    expect(said).to_contain_text("median 0 (-100 to +300 in 9 of 10 futures). From the exact run: 40 of 200 futures.")
    expect(off).to_contain_text("Against 40 of 200 exact futures")
    expect(off).to_contain_text(re.compile(r"the lower edge \d+ %, the upper edge \d+ %"))
    expect(share).to_contain_text("Still of the instant answer")
    expect(page.locator("#levers-why h3")).to_contain_text("Still of the instant answer")
    expect(page.locator("#levers-exact a")).to_contain_text("averages, not medians")
    first = off.inner_text()
    page.locator("#levers-cards button").nth(1).click()
    expect(off).not_to_have_text(first)  # it is of the outcome that is shown


def test_a_reading_that_does_not_load_leaves_the_one_whose_numbers_are_shown(page: Any, served: Served) -> None:
    page.route("**/carried_out.pmia", lambda route: route.abort())
    page.goto(f"{served.url}/levers")
    said, reading = page.locator("#levers-said"), page.locator("#levers-reading")
    expect(said).to_contain_text("9 of 10 futures")
    before = said.inner_text()
    reading.select_option("carried_out")
    expect(page.locator("#alert")).to_be_visible()
    expect(reading).to_have_value("as_likely")
    expect(said).to_have_text(before)
    page.unroute("**/carried_out.pmia")
    reading.select_option("carried_out")
    expect(page.locator("#alert")).to_be_hidden()
    expect(reading).to_have_value("carried_out")


def test_no_number_of_one_reading_is_seen_under_the_name_of_the_other(page: Any, served: Served) -> None:
    page.goto(f"{served.url}/levers")
    said, loading = page.locator("#levers-said"), page.locator("#levers-loading")
    expect(said).to_contain_text("9 of 10 futures")
    expect(loading).to_be_hidden()
    held = Held(page, "**/carried_out.pmia")
    page.locator("#levers-reading").select_option("carried_out")
    expect(loading).to_be_visible()
    expect(said).to_be_hidden()
    held.release()
    expect(said).to_be_visible()
    expect(loading).to_be_hidden()


def test_levers_in_spanish_write_numbers_as_the_rest_does(page: Any, served: Served) -> None:
    page.goto(f"{served.url}/levers?lang=es")
    expect(page.locator("#levers-said")).to_contain_text("mediana")
    module = "import(new URL('./common.js', document.querySelector('script[type=module]').src))"
    written = page.evaluate(f"{module}.then(({{ locale }}) => new Intl.NumberFormat(locale).format(1000.5))")
    assert written == "1,000.5"
    page.locator("#lever-0").press("PageUp")
    expect(page.locator("#levers-inputs output").first).to_have_text(re.compile(r"^\d+\.\d+$"))


@pytest.mark.parametrize(("language", "chance"), [("en", "could be chance"), ("es", "puede ser azar")])
def test_why_says_what_may_be_chance(page: Any, served: Served, language: str, chance: str) -> None:
    """Against a made-up explanation: each share with its range, and chance is not presented as a cause."""
    about = {"sources": [], "grade": "", "prior": "", "unit": "", "through": []}
    inputs = [
        {"id": "a.b", "meaning": "One", "share": 0.30, "share_range": [0.21, 0.402], "clear": True, **about},
        {"id": "c.d", "meaning": "Two", "share": 0.02, "share_range": [0.0001, 0.07], "clear": False, **about},
    ]
    found = {"definition": "What it is", "inputs": inputs, "why_no_inputs": ""}
    page.route("**/explain/**", lambda route: route.fulfill(json=found))
    page.route("**/report.html?*", lambda route: route.abort())
    page.goto(f"{served.url}/runs/{served.run}?lang={language}")
    page.locator("table.short .why").first.click()
    listed = page.locator("#why-inputs > li")
    expect(listed).to_have_count(2)
    clear, doubtful = listed.first, listed.last
    expect(doubtful).to_contain_text(chance)
    expect(doubtful).to_contain_text("<1 %")
    expect(clear).to_contain_text("21 %")
    expect(clear).to_contain_text("40 %")
    expect(clear).not_to_contain_text(chance)


def test_the_address_restores_what_was_written(page: Any, chromium: Any) -> None:
    page.click("#write")
    page.locator("#text").press("Control+End")
    page.locator("#text").press_sequentially("# a thought")
    page.fill("#seed", "42")
    page.locator("#seed").press("Tab")
    expect(page).to_have_url(re.compile(r"seed=42.*#t="))
    address = page.url
    assert len(address) <= 2048
    other = chromium.new_context()
    fresh = other.new_page()
    fresh.goto(address)
    expect(fresh.locator("#text")).to_have_value(_containing("# a thought"))
    expect(fresh.locator("#seed")).to_have_value("42")
    other.close()


@pytest.mark.slow
def test_a_result_is_explained_shared_and_downloaded_and_leads_to_its_sources_in_two_clicks(
    page: Any, served: Served, tmp_path: Path
) -> None:
    page.goto(f"{served.url}/runs/{served.run}")
    whole(page)
    page.locator("table.short .why").first.click()  # one
    source = page.locator("#why-inputs a").first
    expect(source).to_have_attribute("href", _containing("http"))  # two
    page.click("#why-close")
    page.click("#share")
    address = page.locator("#shared-address")
    expect(address).to_have_value(_containing("/s/"))
    with page.expect_download() as coming:
        page.click(".menu summary")
        page.click("text=Every future, CSV")
    coming.value.save_as(tmp_path / "results.csv")
    assert (tmp_path / "results.csv").read_text(encoding="utf-8").startswith("plan,")
    page.goto(address.input_value())
    expect(page.locator(".frozen")).to_be_visible()
    whole(page)
    assert faults(page) == []


@pytest.mark.slow
def test_whatever_a_result_offers_can_be_taken_along(page: Any, served: Served) -> None:
    page.goto(f"{served.url}/runs/{served.run}")
    whole(page)
    links = page.locator(".menu a")
    expect(links).to_have_count(len(FORMATS) + 1 + 2)  # the notebook and the plans
    offered = [link.get_attribute("href") for link in links.all()]
    for address in offered:
        answer = page.request.get(f"{served.url}{address}", timeout=PATIENCE)
        assert answer.ok, address
        assert len(answer.body()) > 200, address
    with page.expect_download() as coming:
        page.locator("#rest figure .why").first.click()
    assert coming.value.suggested_filename.endswith(".svg")
    assert "<svg" in coming.value.path().read_text(encoding="utf-8")


@pytest.mark.slow
def test_four_plans_are_chosen_and_compared(page: Any, served: Served) -> None:
    page.goto(f"{served.url}/?plan=border_task_forces&years=1&futures=40")
    for name in ("kingpin", "raids_only", "joint_law_enforcement"):
        page.select_option("#others", name)
    expect(page.locator("#chosen li")).to_have_count(3)
    expect(page.locator("#others")).to_be_disabled()  # four are the most
    page.click("#go")
    page.wait_for_url("**/runs/**")
    whole(page)
    tables = page.locator("table.short")
    expect(tables).to_have_count(4)
    for at, plan in enumerate(("border_task_forces", "kingpin", "raids_only", "joint_law_enforcement")):
        expect(tables.nth(at)).to_have_attribute("data-plan", plan)
    assert faults(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_result(chromium: Any, served: Served, scheme: str) -> None:
    page = chromium.new_page(color_scheme=scheme)
    page.goto(f"{served.url}/runs/{served.run}")
    whole(page)
    assert faults(page) == []
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 900, 1440])
@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_stands_out_of_the_page_at_any_width(chromium: Any, served: Served, width: int, language: str) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    for path in ("/", f"/runs/{served.run}"):
        page.goto(f"{served.url}{path}?lang={language}")
        if path == "/":
            expect(page.locator("#summary")).not_to_be_empty()
        else:
            whole(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


@pytest.mark.slow
def test_in_spanish_on_a_phone_with_a_keyboard_alone(chromium: Any, served: Served) -> None:
    context = chromium.new_context(viewport=PHONE, locale="es-MX")
    page = context.new_page()
    page.goto(f"{served.url}/")
    expect(page.locator("h1")).to_have_text("Ponga a prueba un plan antes de que alguien actúe")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "write":
            break
    page.keyboard.press("Enter")
    text = page.locator("#text")
    expect(text).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("[consent]\nmexico = ")
    page.keyboard.press("Control+Space")
    expect(page.locator("#fits button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()
    page.keyboard.type('"none"')
    page.keyboard.press("Tab")  # leaves the editor
    expect(text).not_to_be_focused()
    page.locator("#years").fill("1")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/**")
    expect(page.locator("#answer")).to_have_text("La respuesta")
    context.close()


@pytest.mark.slow
def test_without_its_server_the_page_says_so_and_keeps_what_is_typed(chromium: Any, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{served.url}/")
    page.click("#write")
    context.set_offline(True)
    page.locator("#text").press_sequentially("# typed while nobody listens\n")
    expect(page.locator("#alert")).to_contain_text("premortem serve")
    context.set_offline(False)
    page.reload()
    expect(page.locator("#text")).to_have_value(_containing("while nobody listens"))
    context.close()


def _containing(text: str) -> Any:
    return re.compile(re.escape(text))
