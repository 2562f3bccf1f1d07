import re
import string

import pytest

from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.wording.languages import LANGUAGES, messages

HARD = 32  # words: a sentence longer than this loses readers


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_in_every_language_with_the_same_places() -> None:
    english, spanish = (messages(language).texts for language in LANGUAGES)
    ours = {key for key in spanish if not key.startswith("outcome.")}
    assert ours == set(english)
    assert {key: places(text) for key, text in english.items()} == {key: places(spanish[key]) for key in english}


def test_outcomes_have_a_spanish_name_of_their_own() -> None:
    spanish = [messages("es").named("outcome", outcome) for outcome in outcomes.load()]
    assert len(set(spanish)) == len(spanish)
    assert messages("es").named("outcome", "members") == "Miembros de organizaciones"


def test_every_group_of_outcomes_has_a_name() -> None:
    for language in LANGUAGES:
        texts = messages(language).texts
        assert {f"group.{info.group}" for info in outcomes.load().values()} <= texts.keys()


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(InputError, match="en, es"):
        messages("fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    for key, text in messages(language).texts.items():
        for sentence in re.split(r"[.!?;:]\s", text):
            assert len(sentence.split()) <= HARD, (key, sentence)


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [("en", 1, "1 future"), ("en", 0, "0 futures"), ("en", 1200, "1,200 futures"),
     ("es", 1, "1 futuro"), ("es", 0, "0 futuros"), ("es", 1_000_000, "1,000,000 futuros")],
)  # fmt: skip
def test_what_is_counted_takes_the_plural_form_of_its_language(language: str, number: int, words: str) -> None:
    assert messages(language).count("future", number) == words


def test_a_number_takes_its_form_as_it_is_shown() -> None:
    english = messages("en")
    assert [english.of("unit.death", shown) for shown in ("1", "\N{MINUS SIGN}1", "+1", "1.0", "1,000")] == [
        "death", "death", "death", "deaths", "deaths"
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_depends_on_a_number_has_a_form_for_all_others(language: str) -> None:
    texts = messages(language).texts
    for key in texts:
        stem, _, form = key.rpartition(".")
        if form == "one":
            assert f"{stem}.other" in texts, key
