"""The report as one HTML file that loads nothing: text, tables and figures stand without scripts."""

from __future__ import annotations

from premortem.analysis.compare import VERDICTS
from premortem.errors import InputError, Problem
from premortem.evidence.parameters import Parameter
from premortem.evidence.reading import data
from premortem.report import left_open
from premortem.report.brief import Brief
from premortem.report.ledger_entries import span
from premortem.report.templates import content_hash, environment
from premortem.wording.glossary import Marks
from premortem.wording.languages import Messages
from premortem.wording.quantities import amount, measured
from premortem.wording.sentences import unit_words


def html(brief: Brief) -> str:
    """Return the page."""
    t, first = brief.t, brief.parts[brief.comparisons[0].plan]
    templates = environment()
    terms = Marks(t.language)
    templates.filters |= {
        "terms": terms,
        "amount": lambda value, unit: t.translated(amount(value, unit)),
        "span": lambda parameter: _span(parameter, t),
        "unit": lambda unit: unit_words(unit, t),
        "web": lambda url: url.startswith(("https://", "http://")),
        "place": lambda name: left_open.target(brief.material, first, name) or "open",
    }
    css, js = _asset("report.css"), _asset("report.js")
    return templates.get_template("report.html.jinja").render(
        b=brief,
        t=t,
        ids={part.title: part.id for part in brief.material.plans},
        verdicts=VERDICTS,
        css=css,
        js=js,
        css_hash=content_hash(css),
        js_hash=content_hash(js),
        entries=brief.entries,
        numbers={source.key: number for number, source in enumerate(brief.entries.sources, 1)},
        titles={one.id: one.title for one in brief.outcomes},
        claims={one.id: one.paraphrase for one in brief.entries.claims},
        saved=True,
        terms=terms.used,
    )


def two_pages(brief: Brief) -> str:
    """Return the short page on one plan: the answer, what decides, where it acts, the gravest findings, limits. On paper it is two pages.

    Raises
    ------
    InputError : the study judges several plans.
    """
    if len(brief.comparisons) > 1:
        plans = ", ".join(one.plan for one in brief.comparisons)
        raise InputError(
            Problem("plan", "a brief is about one plan", found=plans, allowed="a study of a plan and its baseline")
        )
    plan = brief.comparisons[0].plan
    page = next((one for one in brief.plans if one.part.id == plan), None)
    css = _asset("report.css")
    templates, terms = environment(), Marks(brief.t.language)
    templates.filters["terms"] = terms
    return templates.get_template("brief.html.jinja").render(
        b=brief, t=brief.t, w=brief.short[plan], p=page, css=css, saved=False, terms=terms.used,
        css_hash=content_hash(css),
    )  # fmt: skip


def _asset(name: str) -> str:
    return (data() / "report" / name).read_text(encoding="utf-8")


def _span(parameter: Parameter, t: Messages) -> str:
    found = span(parameter)
    if found is None:
        return t.translated(measured(parameter.unit), inside=True)
    low, high = (t.translated(amount(end, parameter.unit)) for end in found)
    return f"{low} {t('to')} {high}"
