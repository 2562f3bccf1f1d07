"""The glossary: in both languages, each of its words is marked once by the report, and none that is marked has no meaning."""

import re
from pathlib import Path

import pytest
from markupsafe import Markup

from premortem.report import page
from premortem.report.brief import Brief
from premortem.report.material import Material, read
from premortem.study.store import Store
from premortem.wording import glossary
from premortem.wording.languages import LANGUAGES, messages
from tests.report.runs import Invented, make

MARK = re.compile(r'<button class="term" type="button" popovertarget="term-([a-z_]+)">([^<]+)</button>')
CARD = re.compile(r'<aside class="behind" id="term-([a-z_]+)" popover[^>]*><h3>([^<]+)</h3><p>([^<]+)</p>')
DOCS = Path(__file__).parents[2] / "docs" / "glossary.md"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = make(tmp_path_factory.mktemp("words") / "run", Invented(stoppable=("border_task_forces",)))
    return read(Store.open(folder))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_marks_every_word_of_the_glossary_once_and_explains_it(material: Material, language: str) -> None:
    made = page.html(Brief(material, messages(language)))
    marked, cards = MARK.findall(made), {id_: (word, text) for id_, word, text in CARD.findall(made)}
    ids = [id_ for id_, _ in marked]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(cards) == set(glossary.words(language)), "none unused, none without a meaning"
    for id_, one in glossary.words(language).items():
        assert Markup(cards[id_][1]).unescape() == f"{one.meaning}."
    for id_, form in marked:
        assert form.casefold() in glossary.words(language)[id_].forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_explains_what_it_marks_and_nothing_else(material: Material, language: str) -> None:
    made = page.two_pages(Brief(material, messages(language)))
    ids = [id_ for id_, _ in MARK.findall(made)]
    assert ids
    assert set(ids) == {id_ for id_, _, _ in CARD.findall(made)}


def test_both_languages_have_the_same_words_and_the_page_has_them_all() -> None:
    one, other = (glossary.words(language) for language in LANGUAGES)
    assert list(one) == list(other)
    assert all(word.meaning and word.forms for words in (one, other) for word in words.values())
    assert DOCS.read_text(encoding="utf-8") == glossary.page()


def test_a_text_keeps_its_letters_and_what_is_html_in_it_is_dead() -> None:
    marks = glossary.Marks("en")
    made = marks("<b>1 future</b> & futures")
    assert made.striptags() == "<b>1 future</b> & futures"
    assert "<b>" not in made
    assert marks("another future") == "another future", "a word is marked once"
