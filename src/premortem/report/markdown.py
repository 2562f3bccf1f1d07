"""The brief as Markdown: text and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from premortem.analysis.compare import VERDICTS
from premortem.report.brief import Brief
from premortem.wording.findings import message
from premortem.wording.tables import Cell, Table


def markdown(brief: Brief, *, figures: str = "") -> str:
    """Return the brief's text and tables.

    Parameters
    ----------
    figures : folder of the pictures beside it, if they are to be shown.
    """
    parts = (
        _head(brief),
        _answer(brief),
        _outcomes(brief, figures),
        _aftermaths(brief),
        _findings(brief),
        _rests(brief),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(brief: Brief) -> Iterator[str]:
    t = brief.t
    yield f"# {_plain(brief.title)}"
    yield f"\n{brief.under}\n"
    if brief.partial:
        told = brief.partial if brief.material.status.complete else (t("partial_text"), *brief.partial)
        yield f"**{t('partial')}.** {' '.join(map(_plain, told))}\n"


def _answer(brief: Brief) -> Iterator[str]:
    t = brief.t
    yield f"## {t('section.answer')}\n"
    for table in brief.abreast:
        yield from _table(table)
    for answer in brief.answers:
        if len(brief.answers) > 1:
            yield f"### {_plain(brief.parts[answer.plan].title)}\n"
        if words := brief.short.get(answer.plan):
            yield from (f"{_plain(line)}\n" for line in (words.unfolds, words.rests) if line)
            yield from _table(words.table)
        for title, table in brief.measures.get(answer.plan, ()):
            yield f"{_plain(title)}\n"
            yield from _table(table)
        yield f"{_plain(answer.lead)}\n"
        if answer.plan in brief.readings:
            unfolds, table = brief.readings[answer.plan]
            yield f"### {t('readings.title')}\n\n{_plain(unfolds)}\n"
            yield from _table(table)
        for verdict in VERDICTS:
            if found := answer.of(verdict):
                yield f"### {t(f'answer.{verdict}')}\n"
                yield from (f"- **{one.title}**: {one.sentence}" for one in found)
                yield ""
    yield f"{t('answer.caution')}\n"
    yield f"## {t('section.question')}\n\n{_plain(brief.question)}\n\n{t('question.reading')}\n"


def _outcomes(brief: Brief, figures: str) -> Iterator[str]:
    for plan, table in brief.tables.items():
        yield f"## {brief.t('outcomes.table')}: {_plain(brief.parts[plan].title)}\n"
        if figures and brief.few:
            yield f"![]({figures}/{plan}_shares.svg)\n"
        yield from _table(table)


def _aftermaths(brief: Brief) -> Iterator[str]:
    t = brief.t
    if brief.aftermaths:
        yield f"## {t('section.aftermath')}\n\n{t('aftermath.text')}\n"
    for part in brief.aftermaths:
        yield f"### {_plain(part.title)}\n\n{_plain(part.statement.ends)}\n"
        for year in part.years:
            yield f"#### {year.title}\n\n{year.held}\n"
            if year.table is not None:
                yield from _table(year.table)


def _findings(brief: Brief) -> Iterator[str]:
    t = brief.t
    for plan in brief.plans:
        yield f"## {t('section.lint')}: {_plain(plan.part.title)}\n"
        yield f"{plan.counts}\n"
        for severity, found in plan.findings:
            yield f"### {t(f'lint.{severity}')}\n"
            for f in found:
                yield f"- {f.code} {_plain(message(f, t))} ({_plain(t.translated(f.rule.citation))})"
            yield ""


def _rests(brief: Brief) -> Iterator[str]:
    t = brief.t
    yield f"## {t('section.claims')}\n\n{t('claims.text')}\n"
    for claim in brief.entries.claims:
        said, found = (_plain(t.translated(text)) for text in (claim.paraphrase, claim.finding))
        yield f"- {said} **{t.named('verdict', claim.verdict)}.** {found}"
    yield f"\n## {t('section.limits')}\n"
    yield from (f"- {_plain(text)}" for text in brief.limits)
    yield f"\n## {t('section.provenance')}\n"
    yield from (f"- {_plain(key)}: `{value}`" for key, value in brief.provenance)
    yield f"\n## {t('section.references')}\n"
    for source in brief.entries.sources:
        yield f"- {_plain(source.authors)} ({source.year or '-'}). {_plain(source.title)}. {_plain(source.publisher)}. {source.url}"


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.columns)} |\n|---|{'---:|' * (len(table.columns) - 1)}"
    for row in table.rows:
        if row.group:
            yield f"| **{_plain(row.cells[0].text)}** |{' |' * (len(table.columns) - 1)}"
        else:
            yield f"| {' | '.join(_plain(_cell(cell)) for cell in row.cells)} |"
    yield f"\n{table.note}\n"


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.below})" if cell.below else cell.text


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: no tags, no cells, no links of its own."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text.replace("\n", " "))
