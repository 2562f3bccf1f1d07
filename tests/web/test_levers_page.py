"""The levers in a real browser, as one file from disk and without a network: the same answers as on the server."""

import base64
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.evidence.reading import data
from premortem.instant import answer, file
from premortem.instant.basis import rests_on
from premortem.instant.file import Levers
from premortem.instant.observed import NAMES
from premortem.instant.reasons import reasons
from premortem.plan.language.load import load
from premortem.report import levers as pages
from premortem.wording.languages import messages
from tests.browsing import Chromium, expect, faults
from tests.instant.test_fit import MIDDLE, OUTCOMES, TOY, everywhere


@pytest.fixture(scope="module")
def levers() -> Levers:
    calm = everywhere()
    noisy = dataclasses.replace(everywhere(48, 12, noise=0.25), refused=np.array([False, True]))
    return Levers(TOY, OUTCOMES, 1, 13, rests_on(TOY.plan), {}, {"as_likely": calm, "carried_out": noisy})


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Any]:
    """A page without a network; what its scripts complain of fails the test."""
    said: list[str] = []
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_offline(True)
    made = context.new_page()
    made.on("pageerror", lambda error: said.append(str(error)))
    made.on(
        "request",
        lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None,
    )
    yield made
    context.close()
    assert said == []


def test_a_page_and_the_server_answer_alike(page: Any, levers: Levers, tmp_path: Path) -> None:
    place = tmp_path / "levers.pmia"
    file.write(levers, place)
    again = file.read(place)
    module = (data() / "web" / "surrogate.js").read_text(encoding="utf-8")
    page.add_script_tag(type="module", content=f"{module}\nglobalThis.Surrogate = Surrogate;")
    page.wait_for_function("globalThis.Surrogate !== undefined")  # a module runs some time after its tag is there
    points = TOY.points(6, 5)
    found = page.evaluate(
        """([content, points, start]) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          return ["as_likely", "carried_out"].map((reading) => points.map((point) => {
            const made = new Surrogate(bytes.buffer, reading);
            const { parts } = made.reasons(start, point), adds = parts.map((one) => [one.path, Array.from(one.adds)]);
            return { ...made.at(point), futures: Array.from(made.differences(point)), adds };
          }));
        }""",
        [base64.b64encode(place.read_bytes()).decode(), points, MIDDLE],
    )
    for reading, told in zip(levers.readings, found, strict=True):
        for point, one in zip(points, told, strict=True):
            _, left = again.readings[reading].quantiles(TOY.array([point]))
            assert one["left"] == pytest.approx(left[0], abs=1e-10)
            assert one["trusted"]
            fitted = again.readings[reading]
            why = reasons(again, MIDDLE, point, reading)
            assert why is not None
            assert [path for path, _ in one["adds"]] == list(why.parts)
            for path, adds in one["adds"]:
                np.testing.assert_allclose(adds, why.parts[path], rtol=1e-9, atol=1e-9)
            single = fitted.futures.differences(fitted.processes, TOY.array([point]))[0]
            np.testing.assert_allclose(np.reshape(one["futures"], single.shape), single, rtol=1e-9, atol=1e-9)
            for ours, theirs in zip(answer.at(again, point, reading), one["bands"], strict=True):
                assert theirs["refused"] == ours.refused
                if not ours.refused:
                    np.testing.assert_allclose(
                        np.array([theirs[name] for name in NAMES]).T, ours.quantiles, rtol=1e-9, atol=1e-9
                    )
                assert theirs["rough"] == ours.rough.tolist()


def test_one_file_from_disk_answers_while_a_lever_moves(page: Any, levers: Levers, tmp_path: Path) -> None:
    source, target = tmp_path / "levers.pmia", tmp_path / "levers.html"
    file.write(levers, source)
    words = ["report", "--levers", str(source), "-o", str(target)]
    ran = CliRunner().invoke(build(words), words)
    assert ran.exit_code == 0, ran.output
    page.goto(target.as_uri())
    said = page.locator("#levers-said")
    expect(said).to_contain_text("9 of 10 futures")
    expect(said).to_contain_text("compared with the status quo: median ")
    expect(page.locator("#levers-cards b").first).to_contain_text("median ")
    expect(page.locator("#levers-cards button")).to_have_count(len(OUTCOMES))
    before = said.inner_text()
    page.locator("#lever-0").press("End")
    expect(said).not_to_have_text(before)
    expect(page.locator("#levers-figure .rough-band")).to_have_attribute("d", "")
    share = page.locator("#levers-share")
    expect(share).to_contain_text("of 100 futures")
    why = page.locator("#levers-why li")
    expect(why).to_have_count(1)  # one lever was moved
    expect(why).to_contain_text("Depth of the zone")
    page.click("#levers-keep")
    expect(share).to_contain_text("the place you kept, in the same futures: median 0 (0 to 0 in 9 of 10)")
    page.locator("#lever-0").press("Home")
    expect(share).to_contain_text("lower in 100 of 100, higher in 0")
    page.select_option("#levers-reading", "carried_out")  # fitted to noise
    expect(page.locator("#levers-figure .rough-band")).to_have_attribute("d", _some())
    expect(page.locator("#levers-error")).to_contain_text("Hatched")
    page.locator("#levers-cards button").nth(1).click()
    expect(page.locator("#levers-title")).to_have_text("US personnel killed")
    expect(page).to_have_url(_some("o=us_killed"))
    expect(said).to_contain_text("not answered at once")  # its errors are too large
    expect(page.locator("#levers-figure")).to_be_hidden()
    expect(page.locator("#levers-error")).to_contain_text("premortem run my_levers.toml")
    moved = said.inner_text()
    page.reload()
    expect(said).to_have_text(moved)  # the address holds where everything stands
    with page.expect_download() as coming:
        page.click("#levers-take")
    coming.value.save_as(tmp_path / "my_levers.toml")
    assert "depth_miles = 1\n" in (tmp_path / "my_levers.toml").read_text(encoding="utf-8")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(page) == []


def test_a_place_too_far_from_all_that_was_run_is_refused_with_the_command(
    page: Any, levers: Levers, tmp_path: Path
) -> None:
    calm = dataclasses.replace(levers.readings["as_likely"], most_left=np.zeros(1))
    target = tmp_path / "levers.html"
    target.write_text(
        pages.page(dataclasses.replace(levers, readings={"as_likely": calm}), messages("es")), encoding="utf-8"
    )
    page.goto(target.as_uri())
    expect(page.locator("#levers-far")).to_contain_text("premortem run my_levers.toml")
    expect(page.locator("#levers-large")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "said"), [("en", "no difference that matters"), ("es", "sin diferencia que importe")]
)
def test_a_difference_is_said_not_to_matter_where_the_whole_band_and_its_error_are_less_than_what_does(
    page: Any, levers: Levers, tmp_path: Path, language: str, said: str
) -> None:
    calm, begins = levers.readings["as_likely"], TOY.start(load(TOY.plan).plan)
    reach = []
    for band in answer.at(levers, begins, "as_likely"):
        low, high = band.quantiles[-1, [0, -1]]
        reach.append(max(high, -low) + band.error_edge[-1] * (high - low))
    least = np.array(reach) * [1.001, 0.999]
    calm = dataclasses.replace(calm, futures=dataclasses.replace(calm.futures, matters=least))
    target = tmp_path / "levers.html"
    made = pages.page(dataclasses.replace(levers, readings={"as_likely": calm}), messages(language))
    target.write_text(made, encoding="utf-8")
    page.goto(target.as_uri())
    words = page.locator("#levers-cards button > i")
    expect(words).to_have_count(len(OUTCOMES))
    expect(words.first).to_have_text(said)
    expect(words.last).to_have_text(re.compile(r"."))
    expect(words.last).not_to_have_text(said)


def test_packaged_levers_fit_into_a_page_and_answer() -> None:
    for plan, place in pages.packaged_files().items():
        found = file.read(place)
        assert found.inputs.plan == plan
        assert set(found.readings) == {"as_likely", "carried_out"}
        for reading in found.readings:
            assert len(pages.packed(found, reading)) < pages.LARGEST
            assert found.measured[reading]["held_out"] >= 16
            assert answer.at(found, found.inputs.start(load(plan).plan), reading)


@pytest.mark.parametrize("plan", list(pages.packaged_files()))
def test_packaged_levers_are_of_this_version(plan: str) -> None:
    """Red after a change of the model or its data until the levers are fitted anew, or shown to be the same (scripts/same_numbers.py)."""
    assert pages.opened(plan).rests_on == rests_on(plan)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "name a run or study"),
        (["report", "RUN", "--levers", "border_task_forces"], "name a run or study"),
        (["report", "--levers", "nobody"], "no such levers"),
    ],
)
def test_what_is_no_levers_is_refused(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(build(arguments), arguments)
    assert said in str(ran.exception or ran.output)


def _some(text: str = "") -> Any:
    return re.compile(re.escape(text) or ".")
