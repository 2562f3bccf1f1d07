"""Names of inputs for people: of parameters drawn, and of fields that a plan leaves open."""

from __future__ import annotations

import re

from premortem.analysis.drawn import CHOICE, field
from premortem.analysis.inputs import About, row_of
from premortem.evidence import outcomes
from premortem.evidence.parameters import load as load_parameters
from premortem.plan.language.catalogue import levers
from premortem.wording.languages import Messages
from premortem.wording.sentences import outcome_title

_ID = re.compile(r"\b[a-z]\w*(?:[._][a-z0-9]\w*)+")


def input_words(name: str, t: Messages) -> str:
    """Return what an input is: its name in the catalogue, else the beginning of the meaning of a parameter, or of a field left open.

    ``name`` is a column of draws: the id of a parameter, or ``open.PATH`` with or without ``=choice``.
    """
    path = field(name)
    if path is None:
        known = load_parameters().get(name)
        return t.texts.get(f"input.{name}", in_words(_first_part(t.translated(known.meaning)), t) if known else name)
    return t("decides.field", field=field_words(path, t))


def about_words(about: About, t: Messages) -> str:
    """Return what an input is, of which it is known whether it is a parameter or a field left open."""
    return input_words(about.id, t) if about.kind == "parameter" else field_words(about.id, t)


def field_words(path: str, t: Messages) -> str:
    """Return what a field of a plan is, by its path, or what a choice of it is (``PATH = choice``)."""
    where, _, choice = path.partition(f" {CHOICE} ")
    row = row_of(where)
    kind = row.path if row is not None else where
    words = t.texts.get(f"input.open.{kind}", t.translated(row.meaning) if row is not None else _spaced(where))
    inside = [part for part in where.split(".") if part not in kind.replace("[]", "").split(".")]
    if inside and inside != ["all"]:
        words = f"{words} ({', '.join(map(_spaced, inside))})"
    if choice:
        words = t("decides.choice", field=words, choice=_spaced(t.named("choice", choice)))
    return words


def in_words(text: str, t: Messages) -> str:
    """Return a text with the words of each outcome and each lever in place of its id.

    >>> from premortem.wording.languages import messages
    >>> in_words("as homicides_mx", messages("en"))
    'as "Homicides in Mexico"'
    """

    def words(found: re.Match[str]) -> str:
        id_ = found.group()
        if (outcome := outcomes.load().get(id_)) is not None:
            return f'"{outcome_title(outcome, t)}"'
        lever = levers().get(id_)
        return id_ if lever is None else f'"{_first_part(t.translated(lever.meaning))}"'

    return _ID.sub(words, text)


def _first_part(meaning: str) -> str:
    """Return a meaning up to its first comma; up to the next one where that would be a single word."""
    first, *others = meaning.partition(";")[0].split(",")
    return (first if " " in first or not others else f"{first},{others[0]}").rstrip(".")


def _spaced(word: str) -> str:
    return word.replace("_", " ").replace(".", " ")
