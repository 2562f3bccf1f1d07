import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import premortem as pm
from premortem.report import brief, for_a_decision, page
from premortem.report.brief import Brief
from premortem.report.for_a_decision import asked
from premortem.report.material import Material
from premortem.wording.languages import messages
from tests.report.runs import FUTURES, Invented, make


class Reader(HTMLParser):
    """Collects ids, targets of links inside the page, and whatever a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value and value.startswith("#"):
                self.links.append(unquote(value[1:]))
            if name in {"src", "srcset", "data", "action"} or (tag == "link" and name == "href"):
                self.loads.append(f"{tag} {value}")
            assert not name.startswith("on"), (tag, name)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_the_page_loads_nothing(english: str) -> None:
    assert read(english).loads == []
    assert "default-src 'none'" in english
    assert not re.search(r"url\((?!#)|@import", english)


def test_every_link_inside_the_page_arrives_and_no_id_stands_twice(english: str) -> None:
    reader = read(english)
    assert set(reader.links) <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))


def test_every_outcome_leads_to_its_mechanism_and_from_there_to_facts_with_sources(english: str) -> None:
    assert 'href="#mechanism-rivalry"' in english
    chapter = english[english.index('id="mechanism-rivalry"') :]
    chapter = chapter[: chapter.index("</details>")]
    fact = re.findall(r'href="#fact-([^"]+)"', chapter)[0]
    card = english[english.index(f'id="fact-{fact}"') :]
    assert 'href="#source-' in card[: card.index("</div>")]


def test_the_answer_states_shares_and_ranges_and_sorts_outcomes_by_them(english: str) -> None:
    answer = english[english.index('id="answer"') : english.index('id="plan"')]
    better = answer[answer.index('class="better"') : answer.index('class="worse"')]
    assert "Homicides in Mexico" in better
    assert "better in 100 % of futures, about the same in 0 %, worse in 0 %" in better
    assert "9 futures in 10" in better
    assert "People living displaced" in answer[answer.index('class="worse"') :]


def test_a_run_that_ends_too_early_says_how_long_it_must_be_to_hold_the_aftermath(english: str) -> None:
    section = english[english.index('id="aftermath"') :]
    section = section[: section.index("</section>")]
    assert f"ends in {FUTURES} of {FUTURES} futures of 2 years" in section
    assert f"The run holds this year in none of {FUTURES} futures. Run at least 3 years for that." in section
    assert "<table" not in section


def test_the_aftermath_says_what_lasts(tmp_path: Path) -> None:
    html = page.html(brief.read(str(make(tmp_path / "run", Invented(years=3))), messages("en")))
    section = html[html.index("<summary>Year 2 after the end</summary>") :]
    section = section[: section.index("</table>")]
    row = section[section.index("Homicides in Mexico") :]
    row = row[: row.index("</tr>")]
    assert "100 %<small>100 % over the campaign</small>" in row
    assert f"{FUTURES} of {FUTURES}<small>worse: 0 of 0</small>" in row


def test_what_the_plan_leaves_open_is_shown_as_drawn_and_can_decide(english: str) -> None:
    decides = english[english.index('id="decides"') : english.index('id="open"')]
    assert 'href="#open-border_task_forces-start"' in decides
    assert "when the campaign starts (the plan leaves it open)" in decides  # in the figure
    row = english[english.index('id="open-border_task_forces-zone.ports"') :]
    assert "open 75 %, closed 25 %" in row[: row.index("</tr>")]


def test_a_report_in_spanish_keeps_no_english_fixed_text(material: Material) -> None:
    html = page.html(Brief(material, messages("es")))
    assert '<html lang="es">' in html
    assert "Homicidios en México" in html
    for text in ("The question", "Contents", "Does better", "futures in 10", "After the", "Order of battle"):
        assert text not in html


def test_titles_with_markup_are_shown_and_never_run(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    run = make(tmp_path / "run", Invented(titles=("Status quo", evil)))
    html = page.html(brief.read(str(run), messages("en")))
    reader = read(html)
    assert "img" not in reader.tags
    assert html.count("<script") == 2 + 0 * len(evil) or "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_generated_sentences_read_easily(material: Material) -> None:
    made = Brief(material, messages("en"))
    texts = [made.question, *(answer.lead for answer in made.answers), *made.limits]
    for text in texts:
        assert reading_grade(text) < 12, text


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade, with vowel groups as syllables."""
    sentences = [s for s in re.split(r"[.!?]+(?:\s|$)", text) if s.strip()]
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_of_all_styles_and_scripts_the_policy_names_the_two_that_are_ours(english: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', english)
    assert "unsafe" not in policy
    assert "base-uri 'none'" in policy
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", english, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"<[^>]+ style=", english)


def test_what_the_study_means_for_a_decision_is_said_in_the_words_of_the_commands(
    english: str, material: Material, run: Path
) -> None:
    store, first = material.store, material.comparisons[0]
    assert store is not None
    found = {one.method: one for one in asked(store, first.plan, first.baseline)}
    assert list(found) == ["robustness", "conditions", "discover", "voi", "pathways", "timeline", "sensitivity"]
    page_words = unescape(english)
    for one in found.values():
        for said in one.result.words if one.result else (one.refused,):
            assert said in page_words, (one.method, said)
        assert one.command in page_words
        assert (f'id="figure-decide_{one.method}"' in english) is (one.result is not None)
    robust = found["robustness"].result
    assert robust is not None
    assert robust.words == pm.study(run).decisions(first.plan, first.baseline).robustness().words
    assert english.index("<details><summary>For a decision") < english.index(found["robustness"].command)


@pytest.mark.parametrize(
    ("limit", "left_out", "why"),
    [
        ("MOST", {"voi", "pathways", "sensitivity", "timeline"}, "does not wait for it"),
        ("MOST_DRAWN", {"conditions", "discover"}, "has not the memory for it"),
    ],
)
def test_a_report_does_not_wait_for_what_takes_long_or_much_memory_in_a_large_study(
    limit: str, left_out: set[str], why: str, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, first = material.store, material.comparisons[0]
    assert store is not None
    monkeypatch.setattr(for_a_decision, limit, 1)
    found = {one.method: one for one in asked(store, first.plan, first.baseline)}
    assert found["robustness"].result is not None
    for name in left_out:
        assert found[name].result is None
        assert found[name].refused.startswith(f"a report {why} (")
    assert {name for name, one in found.items() if "the command says it" in one.refused} == left_out
