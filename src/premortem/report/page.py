"""The report as one HTML file that loads nothing: text, tables and figures stand without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import jinja2

from premortem.analysis import ledger
from premortem.analysis.drawn import field
from premortem.evidence.parameters import Parameter
from premortem.evidence.parameters import load as load_parameters
from premortem.evidence.reading import data
from premortem.lint import SEVERITIES
from premortem.plan.language import catalogue
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified
from premortem.plan.telling.difference import said as in_words
from premortem.plan.telling.left_open import left_open as plan_left_open
from premortem.plan.telling.overview import base_state, people
from premortem.report import left_open, pictures, state_maps
from premortem.report.brief import Material, PlanPart
from premortem.report.explorer import explorer
from premortem.report.figures import maps, spread
from premortem.report.ledger_entries import collect, span
from premortem.wording.languages import Messages
from premortem.wording.quantities import amount, measured, number
from premortem.wording.sentences import Said, after, answer, said, unit_words


def html(material: Material, t: Messages) -> str:
    """Return the page."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "amount": amount,
        "span": lambda parameter: _span(parameter, t),
        "unit": lambda unit: unit_words(unit, t),
        "web": lambda url: url.startswith(("https://", "http://")),
    }
    return environment.from_string(_asset("report.html.jinja")).render(context(material, t))


def _asset(name: str) -> str:
    return (data() / "report" / name).read_text(encoding="utf-8")


def context(material: Material, t: Messages, *, drawn: bool = True) -> dict[str, Any]:
    """Return what the template shows; ``drawn``: with the figures."""
    entries = collect(material)
    parts = {part.id: part for part in material.plans}
    answers = [answer(c, parts[c.plan].title, material.baseline.title, t) for c in material.comparisons]
    few = len(answers) <= spread.ABREAST
    told = [(c.plan, [said(line, t) for line in c.lines]) for c in material.comparisons]
    first, screened = told[0][1], parts[material.comparisons[0].plan]
    planned = [_planned(material, part, t) for part in material.plans if part.loaded is not None]
    states, screens = (state_maps.by_year(material, t), pictures.screens(material, t)) if drawn else ([], [])
    flows = _flows(material, t) if few and drawn else []
    explored = explorer(material, told, t) if drawn else None
    absent = {"plan": not planned, "lint": not planned, "open": not planned, "maps": not explored, "decides": not screens,
              "accounts": not flows, "aftermath": not material.aftermaths}  # fmt: skip
    return {
        "t": t,
        "m": material,
        "css": _asset("report.css"),
        "js": _asset("report.js"),
        "title": heading(material, t),
        "heading": heading(material, t),
        "sections": [
            name.partition(".")[2] for name in t.texts if name.startswith("section.") and not absent.get(name[8:])
        ],
        "futures": f"{material.comparisons[0].futures:,}",
        "question": _question(material, t),
        "parts": parts,
        "answers": answers,
        "shares": {
            c.plan: pictures.shares_figure(material, parts[c.plan], t) for c in material.comparisons if few and drawn
        },
        "heat": list(
            zip(*([s for s in lines if s.line.outcome.headline and s.better] for _, lines in told), strict=True)
        ),
        "planned": planned,
        "cards": _cards(material, told, t) if drawn else [],
        "tables": [(plan, _grouped(lines), plan == told[0][0]) for plan, lines in told],
        "aftermaths": [after(result, parts[result.plan].title, t) for result in material.aftermaths],
        "states": states,
        "explorer": explored,
        "screens": screens,
        "place_of": lambda name: left_open.target(material, screened, name),
        "field_of": field,
        "known": load_parameters(),
        "flows": flows,
        "entries": entries,
        "numbers": {source.key: number for number, source in enumerate(entries.sources, 1)},
        "titles": {s.id: s.title for s in first},
        "mechanism_of": material.provenance.mechanism_of,
        "bearing": _bearing(first),
        "rests": _rests(material),
        "limits": _limits(material, t),
        "provenance": list(_provenance(material, t)),
    }


def heading(material: Material, t: Messages) -> str:
    """Return the title of the report."""
    titles = [material.plans[c_place].title for c_place in range(1, len(material.plans))]
    named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} {t('and_word')} {titles[-1]}"
    if len(titles) > spread.ABREAST:
        named = f"{len(titles)} {t('outcomes.plan').lower()}s" if t.language == "en" else f"{len(titles)} planes"
    return t("versus", plan=named, baseline=material.baseline.title)


def _question(material: Material, t: Messages) -> str:
    rests = _rests(material)
    values = {
        "baseline": material.baseline.title,
        "futures": f"{material.provenance.futures:,}",
        "parameters": rests["parameters"] if rests else "?",
    }
    if len(material.plans) > 2:
        return t("question.several", count=len(material.plans) - 1, **values)
    return t("question.text", plan=material.plans[1].title, **values)


def _span(parameter: Parameter, t: Messages) -> str:
    found = span(parameter)
    return (
        f"{amount(found[0], parameter.unit)} {t('to')} {amount(found[1], parameter.unit)}"
        if found
        else measured(parameter.unit)
    )


def _planned(material: Material, part: PlanPart, t: Messages) -> dict[str, Any]:
    assert part.loaded is not None
    plan = part.loaded.plan
    titles = catalogue.vocabulary("source").words
    forces = [
        (
            force.id.replace("_", " "),
            f"{t('plan.open') if isinstance(force.base, Unspecified) else plan.glossary.bases[force.base].name}, {base_state(plan, force)}",
            people(plan, force).replace("?", t("plan.open")),
            _units(plan, force, t),
            in_words(force.reach),
        )
        for force in plan.task_force
    ]
    measures = [
        (
            catalogue.levers()[m.lever].meaning,
            in_words(m.level),
            f"{catalogue.levers()[m.lever].status_quo:g}",
            catalogue.levers()[m.lever].unit,
        )
        for m in plan.measure
    ]
    by_severity = [(s, [f for f in part.findings if f.severity == s]) for s in SEVERITIES]
    present = [(severity, found) for severity, found in by_severity if found]
    return {
        "part": part,
        "source": "; ".join(titles[key] for key in plan.source) + (f", {plan.locator}" if plan.locator else ""),
        "forces": forces,
        "measures": measures,
        "map": pictures.map_figure(part, t),
        "map_caption": t("plan.map_caption", depth=_depth(plan, t)),
        "timeline": pictures.timeline_figure(part, t),
        "findings": present,
        "told": ", ".join(f"{len(found)} {severity}" for severity, found in present),
        "open": left_open.rows(material, part, t),
        "silent": len({one.path for one in plan_left_open(plan)} - set(part.open_fields)),
    }


def _depth(plan: Plan, t: Messages) -> str:
    """Return how deep the zone of a plan is, beside a map that draws every zone as deep as any other."""
    if plan.zone is None:
        return ""
    depth = plan.zone.depth_miles
    if isinstance(depth, Unspecified):
        return t("plan.depth_open")
    return t("plan.depth" if depth == maps.DEPTH else "plan.depth_other", depth=depth)


def _units(plan: Plan, force: TaskForce, t: Messages) -> str:
    """Return the units of a task force, with their numbers where the plan gives them."""
    left_out, stated = [], []
    for unit, number_ in force.units.items():
        name = plan.glossary.units[unit].name
        if isinstance(number_, Unspecified):
            left_out.append(name)
        else:
            stated.append(f"{number_:,} {name}")
    if left_out:
        stated.append(t("plan.number_open", units=", ".join(left_out)))
    return "; ".join(stated) or t("none_word")


def _cards(
    material: Material, told: Sequence[tuple[str, Sequence[Said]]], t: Messages
) -> list[tuple[str, list[dict[str, Any]]]]:
    cards: list[dict[str, Any]] = [
        {
            "said": about,
            "all": [(plan, next(s for s in lines if s.id == about.id)) for plan, lines in told],
            "figures": pictures.outcome_figures(material, about, t),
            "mechanism": material.provenance.mechanism_of.get(about.id, ""),
        }
        for about in told[0][1]
        if about.line.outcome.headline
    ]
    return [(group, list(found)) for group, found in groupby(cards, key=lambda card: card["said"].line.outcome.group)]


def _grouped(lines: Sequence[Said]) -> list[tuple[str, list[Said]]]:
    return [(group, list(found)) for group, found in groupby(lines, key=lambda s: s.line.outcome.group)]


def _bearing(lines: Sequence[Said]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for about in lines:
        if about.line.outcome.headline:
            for claim in about.line.outcome.claims:
                found.setdefault(claim, []).append(about.id)
    return found


def _flows(
    material: Material, t: Messages
) -> list[tuple[PlanPart, list[tuple[str, pictures.Figure | None, list[Any]]]]]:
    units = list(dict.fromkeys(account.unit for account in material.provenance.accounts.values()))
    found = []
    for comparison in material.comparisons:
        part = next(p for p in material.plans if p.id == comparison.plan)
        kinds = []
        for unit in units:
            flowed = ledger.flowed(material.futures, material.provenance.accounts, part.id, unit)
            if flowed:
                rows = [
                    (f.name, f.meaning, t("accounts.gave" if f.mean < 0 else "accounts.took"), number(abs(f.mean)),
                     f"{number(f.low)} {t('to')} {number(f.high)}")
                    for f in flowed
                ]  # fmt: skip
                kinds.append((t.named("unit", unit), pictures.sankey(part, unit, flowed, t), rows))
        if kinds:
            found.append((part, kinds))
    return found


def _rests(material: Material) -> dict[str, int] | None:
    counts = material.provenance.recipe.rests_on
    if counts is None:
        return None
    return {
        "parameters": counts.parameters,
        "calibrated": counts.calibrated,
        "sourced": counts.sourced,
        "assumed": counts.assumed,
    }


def _limits(material: Material, t: Messages) -> list[str]:
    rests, futures = _rests(material), material.comparisons[0].futures
    fifth = t("limits.calibrated", count=rests["calibrated"]) if rests and rests["calibrated"] else t("limits.fifth")
    margin = f"{1.96 * 50 / futures**0.5:.0f}"
    return [
        t("limits.first"), t("limits.second"), t("limits.third"), t("limits.fourth"), fifth,
        t("limits.sixth", missing=t("limits.missing")), t("limits.seventh", futures=futures, margin=margin),
    ]  # fmt: skip


def _provenance(material: Material, t: Messages) -> Iterator[tuple[str, str]]:
    about, recipe = material.provenance, material.provenance.recipe
    if recipe.spec is not None and len(about.plans) == 2:
        before, after = recipe.spec.plans
        options = f"--futures {about.futures} --years {about.years} --seed {about.seed}"
        yield t("provenance.command"), f"premortem run --plan {after} --against {before} {options}"
    yield t("provenance.seed"), str(about.seed)
    if (theatre := recipe.theatre) is not None:
        yield t("provenance.start"), f"{theatre.name}, {theatre.start}"
        yield t("provenance.depth"), f"{theatre.depth_miles:g}"
        yield t("provenance.theatre"), theatre.digest
        yield t("provenance.evidence"), recipe.evidence
        yield t("provenance.mechanisms"), ", ".join(recipe.mechanisms)
    for plan in recipe.plans:
        yield t("provenance.plan", plan=plan.id), plan.hash
    if about.versions:
        yield t("provenance.versions"), ", ".join(f"{name} {version}" for name, version in about.versions.items())
        yield t("provenance.machine"), ", ".join(about.machine.values())
