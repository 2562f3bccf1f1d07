"""The short answer at a terminal: at most 30 lines of at most 100 columns, with the same findings in every language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten, wrap

from rich.console import Console, Group, RenderableType
from rich.text import Text

from premortem.analysis.compare import Comparison
from premortem.analysis.short_answer import DECIDING, ShortAnswer, short_answer
from premortem.cli.cells import WIDTH, grid
from premortem.study.provenance import Provenance
from premortem.study.store import OWN, Store
from premortem.wording.languages import LANGUAGES, Messages, messages, spoken
from premortem.wording.short_answer import short_words

LINES = 30
MEANING = 90
"""Letters of the meaning of an input."""
COMMANDS = 3
"""Lines at the end, to copy: one of them is wider where the name of the folder is long."""


@dataclass(frozen=True)
class Form:
    """How much of an answer is shown: so many deciding inputs; what goes ``together`` with findings; ``lines`` of each text at most."""

    answer: ShortAnswer
    decides: int = DECIDING
    together: bool = False
    lines: int = 3


def show(console: Console, comparison: Comparison, store: Store) -> None:
    """Print the short answer of a comparison in the language that is spoken."""
    answer = short_answer(store, comparison.plan, comparison.baseline)
    made = _Made(store.provenance, comparison.failed, min(WIDTH, console.width))
    fitting = made.fit(console, answer)
    t, folder = spoken(), store.folder.url
    folder += f" --with {folder}/{OWN}" if store.provenance.recipe.own else ""
    console.print(Group(*made.parts(fitting, t)), width=made.width)
    words = short_words(fitting.answer, store.provenance, t)
    for command in (
        t("cli.every", folder=folder),
        t("cli.report", folder=folder),
        t("cli.why", outcome=words.example, folder=folder),
    ):
        console.print(Text(command), soft_wrap=True)


@dataclass(frozen=True)
class _Made:
    """What an answer was made of: ``failed`` is cause -> number of futures that are left out, ``width`` the columns of a line."""

    about: Provenance
    failed: dict[str, int]
    width: int

    def fit(self, console: Console, answer: ShortAnswer) -> Form:
        """Return the fullest form that fits into `LINES` lines in every language; the shortest where none does."""
        options = console.options.update(width=self.width)

        def fits(form: Form, language: str) -> bool:
            parts = self.parts(form, messages(language))
            return sum(len(console.render_lines(part, options, pad=False)) for part in parts) <= LINES - COMMANDS

        *forms, shortest = _forms(answer)
        return next((form for form in forms if all(fits(form, language) for language in LANGUAGES)), shortest)

    def parts(self, form: Form, t: Messages) -> list[RenderableType]:
        """Return the answer in a form and a language."""
        words = short_words(form.answer, self.about, t)
        head = self._text(f"{words.plan} {words.under}", form, most=2)
        head.stylize("bold", 0, len(words.plan))
        together = f" {words.together}" if form.together and words.together else ""
        shown: list[RenderableType] = [
            head,
            *([self._text(words.unfolds, form, "dim", most=2)] if words.unfolds else []),
            grid(words.table, dense=True, drawn=t("short.ten")),
            self._text(f"{t('short.drawn')}{together}", form, "dim"),
        ]
        meanings = (shorten(meaning, MEANING, placeholder=" …") for _, meaning in words.decides[: form.decides])
        if decides := f"{'; '.join(meanings)}.".replace("….", "…") if words.decides else words.undecided:
            title = f"{t('short.decides')}:"
            line = self._text(f"{title} {decides}", form)
            line.stylize("bold", 0, len(title))
            shown.append(line)
        if words.rests:
            shown.append(self._text(words.rests, form, "dim"))
        if self.failed:
            shown.append(self._text(failures(self.failed, t), form, "bold", most=1))
        return shown

    def _text(self, words: str, form: Form, style: str = "", most: int = LINES) -> Text:
        """Return a text folded at the width, cut where it is longer than the form allows."""
        lines = wrap(words, self.width, max_lines=min(form.lines, most), placeholder=" …", break_on_hyphens=False)
        return Text("\n".join(lines), style)


def _forms(answer: ShortAnswer) -> Iterator[Form]:
    """Yield ever shorter forms: first without what goes together, then with fewer inputs, fewer findings, and fewer lines of each text."""
    yield Form(answer, together=True)
    yield from (Form(answer, decides) for decides in range(DECIDING, 0, -1))
    left: ShortAnswer | None = answer
    while left is not None:
        last, left = left, left.shorter()
        yield Form(last, decides=1)
    yield from (Form(last, decides=1, lines=lines) for lines in (2, 1))


def failures(failed: dict[str, int], t: Messages) -> str:
    """Return in a sentence how many futures are left out, and why."""
    causes = "; ".join(f"{cause} ({count})" for cause, count in failed.items())
    return t("partial_failed", n=sum(failed.values()), causes=causes)
