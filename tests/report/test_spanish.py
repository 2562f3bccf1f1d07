"""How much of a report in Spanish is Spanish, word by word as a reader sees it."""

import re
from html.parser import HTMLParser

import pytest

from premortem.evidence import load as load_evidence
from premortem.evidence import outcomes
from premortem.evidence.reading import document
from premortem.lint import rules
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.report.brief import Brief
from premortem.report.material import Material
from premortem.report.page import html, two_pages
from premortem.wording.languages import messages

SMALL = {
    "en": "the of and in to a is are was be by with for not that which who from at on or its it as than no any each must may",
    "es": "el la los las de del y en a es son un una por con para no que se su al o como más lo sin ni",
}
"""Words that tell one language from the other."""
VOID = re.compile("meta|link|br|img|input|hr|circle|path|rect|line|use|image|stop")
UNSEEN = frozenset({"style", "script", "title", "head"})
WORD = re.compile(r"[^\W\d_]{2,}")


class Seen(HTMLParser):
    """Collects the texts that a reader sees, each with whether it is marked as English.

    ``opened``: whether all details are open. What is cited (titles of sources, places in them) and ids are in their own language.
    """

    def __init__(self, *, opened: bool) -> None:
        super().__init__()
        self.opened = opened
        self.open: list[
            tuple[str, bool, bool]
        ] = []  # tag, whether what is in it is hidden, whether it is marked as English
        self.texts: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if VOID.fullmatch(tag):
            return
        known = dict(attrs)
        hidden, english = (self.open[-1][1], self.open[-1][2]) if self.open else (False, False)
        if self.open and self.open[-1][0] == "details" and not self.opened:
            hidden = hidden or tag != "summary"
        cited = bool({"cited", "references"} & set((known.get("class") or "").split())) or "rel" in known
        hidden = hidden or tag in UNSEEN or (self.opened and (cited or tag == "code"))
        hidden = hidden or (not self.opened and ("popover" in known or "hidden" in known))
        english = known["lang"] == "en" if "lang" in known else english
        self.open.append((tag, hidden, english))

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in {name for name, _, _ in self.open}:
            if self.open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        inside = self.open and not self.open[-1][1] and (self.opened or self.open[-1][0] != "details")
        if inside and data.strip():
            self.texts.append((data, self.open[-1][2]))


def words(page: str, *, opened: bool = False) -> tuple[int, dict[str, int]]:
    """Return how many words are seen, and the texts that are English by mark or by their small words, with the words of each."""
    reader = Seen(opened=opened)
    reader.feed(page)
    total, english = 0, dict[str, int]()
    for text, marked in reader.texts:
        found = [word.casefold() for word in WORD.findall(text)]
        total += len(found)
        theirs, ours = (sum(word in small.split() for word in found) for small in SMALL.values())
        if marked or theirs > ours:
            english[text] = english.get(text, 0) + len(found)
    return total, english


@pytest.mark.parametrize("short", [False, True], ids=["report", "brief"])
def test_of_the_words_that_a_reader_sees_95_in_100_are_spanish(material: Material, *, short: bool) -> None:
    made = Brief(material, messages("es"))
    page = two_pages(made) if short else html(made)
    for opened in (False, True):
        total, english = words(page, opened=opened)
        assert total > 300
        assert sum(english.values()) <= 0.05 * total, english


def test_the_count_sees_english() -> None:
    total, english = words(
        "<p>El plan de la casa</p><p>The plan of the house</p><details><summary>Uno y dos</summary>Of the rest</details>"
    )
    assert total == 5 + 5 + 2  # one letter is no word
    assert english == {"The plan of the house": 5}


def test_what_is_translated_is_what_the_data_say() -> None:
    plans = [load(name).plan for name in packaged.names()]
    said = {rule.message for rule in rules().values()} | {one.definition for one in outcomes.load().values()}
    said |= {text for claim in load_evidence().claims.values() for text in (claim.paraphrase, claim.finding)}
    said |= {text for rule in rules().values() for text in (rule.when, rule.dispute, rule.cure, rule.citation)}
    said |= {plan.title for plan in plans} | {str(plan.summary) for plan in plans}
    known = messages("es").of_data.whole
    ours = [
        text["en"]
        for name in ("data", "rules", "claims", "explain")
        for text in document(f"report/es_{name}.toml")["text"]
    ]
    assert [english for english in ours if english not in said] == []
    assert {plan.title for plan in plans if plan.title not in known} == set()
    headline = {one.definition for one in outcomes.load().values() if one.headline}
    assert headline - known.keys() == set()


def test_a_message_is_translated_with_what_fills_it() -> None:
    t = messages("es")
    assert t.translated("No group covers the fall.") == "Ningún grupo cubre the fall."
    silent = "The plan is silent on cost and its source; results must be run over a stated range rather than a guess."
    assert "{" not in t.translated(silent)
    assert t.translated(silent).startswith("El plan no dice nada")
    assert messages("en").translated("No group covers it.") == "No group covers it."
