"""The brief: what a report says, as typed statements, tables and figures that page, PDF, Markdown and workbook only lay out.

Every part is made when it is first asked for: a face without figures draws none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from premortem.analysis import ledger
from premortem.analysis.aftermath import Aftermath
from premortem.analysis.compare import Comparison, headlines
from premortem.analysis.short_answer import common
from premortem.report import deciding, material, pictures, state_maps
from premortem.report.explorer import Explorer, explorer
from premortem.report.figures import spread
from premortem.report.for_a_decision import Asked, asked
from premortem.report.ledger_entries import Entries, collect
from premortem.report.material import Material, PlanPart
from premortem.report.plan_pages import PlanPage, plan_page
from premortem.study.provenance import RestsOn
from premortem.study.store import Store
from premortem.wording.inputs import input_words
from premortem.wording.languages import Messages
from premortem.wording.quantities import number
from premortem.wording.sentences import (
    AftermathStatement,
    Answer,
    Statement,
    aftermath_statement,
    answer,
    in_language,
    plan_titles,
    statement,
    unfolding_sentence,
)
from premortem.wording.short_answer import Abreast, ShortWords, abreast_tables, short_words
from premortem.wording.tables import Cell, Row, Table, outcome_table, readings_table, year_table
from premortem.wording.weights import own_tables

HASH = 12  # letters of a plan's hash in a citation


@dataclass(frozen=True)
class Card:
    """A headline outcome: under the baseline and under each plan (id -> statement), with its figures and its mechanism."""

    first: Statement
    plans: Mapping[str, Statement]
    figures: tuple[pictures.Figure, ...]
    mechanism: str


@dataclass(frozen=True)
class Year:
    """What is left in a year after the campaign; no table where the run holds no such future."""

    title: str
    held: str
    table: Table | None


@dataclass(frozen=True)
class AftermathPart:
    """What is left after a plan's campaign, under a ``reading`` that is named where there are two."""

    statement: AftermathStatement
    years: tuple[Year, ...]
    reading: str = ""

    @property
    def title(self) -> str:
        """Title of the plan, with the reading."""
        return f"{self.statement.title}: {self.reading}" if self.reading else self.statement.title


@dataclass(frozen=True)
class Flow:
    """What the accounts of one unit gave and took under a plan."""

    unit: str
    figure: pictures.Figure | None
    table: Table


@dataclass(frozen=True)
class Brief:
    """What a report on some results says, in one language."""

    material: Material
    t: Messages

    def __post_init__(self) -> None:
        """Name the plans in the language of the report."""
        titles = plan_titles({part.id: part.title for part in self.material.plans}, self.t)
        plans = tuple(replace(part, title=titles[part.id]) for part in self.material.plans)
        object.__setattr__(self, "material", replace(self.material, plans=plans))

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Each plan against the baseline."""
        return self.material.comparisons

    @property
    def few(self) -> bool:
        """Whether the plans are few enough to be shown each in full."""
        return len(self.comparisons) <= spread.ABREAST

    @cached_property
    def parts(self) -> Mapping[str, PlanPart]:
        """Plans by id."""
        return {part.id: part for part in self.material.plans}

    # -- what it is about

    @property
    def title(self) -> str:
        """Title of the report."""
        t, titles = self.t, [part.title for part in self.material.plans[1:]]
        named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} {t('and_word')} {titles[-1]}"
        named = named if len(titles) <= spread.ABREAST else t.count("plan", len(titles))
        return t("versus", plan=named, baseline=self.material.baseline.title)

    @property
    def futures(self) -> str:
        """Number of futures compared."""
        return self.t.count("future", self.comparisons[0].futures)

    @property
    def under(self) -> str:
        """What stands under the title."""
        return self.t("futures_of", futures=self.futures, years=self.t.count("year", self.material.provenance.years))

    @property
    def partial(self) -> tuple[str, ...]:
        """Why the report is not whole."""
        t = self.t
        changed = [
            t.translated(str(values["plan"])) for key, values in self.material.partial if key == "partial_changed"
        ]
        return (
            *(
                t(
                    key,
                    **{
                        name: t.translated(value) if isinstance(value, str) else value for name, value in values.items()
                    },
                )
                for key, values in self.material.partial
                if key != "partial_changed"
            ),
            *((t("partial_changed", plans=", ".join(changed)),) if changed else ()),
        )

    @property
    def question(self) -> str:
        """What was asked."""
        material, rests, t = self.material, self.rests_on, self.t
        values = {
            "baseline": material.baseline.title,
            "futures": t.count("future", material.provenance.futures),
            "parameters": str(rests.parameters) if rests else "?",
        }
        if len(material.plans) > 2:
            return t("question.several", plans=t.count("plan", len(material.plans) - 1), **values)
        return t("question.text", plan=material.plans[1].title, **values)

    # -- the answer and the outcomes

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """The answer for each plan."""
        baseline = self.material.baseline.title
        return tuple(answer(one, self.parts[one.plan].title, baseline, self.t) for one in self.comparisons)

    @cached_property
    def short(self) -> Mapping[str, ShortWords]:
        """The short answer of each plan."""
        about = self.material.provenance
        return {one.plan: short_words(one, about, self.t) for one in self.material.short}

    @cached_property
    def readings(self) -> Mapping[str, tuple[str, Table]]:
        """Of each plan that somebody could stop: how its campaign unfolds, and its headline outcomes in both readings."""
        found, t = {}, self.t
        for one in self.comparisons:
            if one.plan in self.material.carried_out:
                written = self.material.carried_out[one.plan]
                both = ([statement(line, t) for line in headlines(each.lines)] for each in (written.comparison, one))
                table = readings_table(next(both), next(both), t, baseline=self.material.baseline.title)
                found[one.plan] = (unfolding_sentence(written.unfolding, t), table)
        return found

    @cached_property
    def measures(self) -> Mapping[str, tuple[tuple[str, Table], ...]]:
        """The answer on each plan by the measures of the reader's own data."""
        return {plan: tuple(own_tables(found, self.t)) for plan, found in self.material.measures.items() if found}

    @cached_property
    def statements(self) -> Mapping[str, tuple[Statement, ...]]:
        """Every outcome of each plan."""
        return {one.plan: tuple(statement(line, self.t) for line in one.lines) for one in self.comparisons}

    @property
    def outcomes(self) -> tuple[Statement, ...]:
        """Every outcome of the first plan, which all plans share."""
        return self.statements[self.comparisons[0].plan]

    @cached_property
    def abreast(self) -> tuple[Table, ...]:
        """Several plans side by side in both readings, four to a table: what opens the answer. None of a single plan."""
        if len(self.comparisons) == 1:
            return ()
        return abreast_tables(common(self.material.short), self._columns, self.material.provenance.years, self.t)

    @cached_property
    def abreast_whole(self) -> tuple[Table, ...]:
        """The same of every headline outcome."""
        ids = [line.outcome.id for line in headlines(self.comparisons[0].lines) if line.verdict]
        return abreast_tables(ids, self._columns, self.material.provenance.years, self.t, whole=True)

    @property
    def _columns(self) -> tuple[Abreast, ...]:
        carried_out = self.material.carried_out
        return tuple(
            Abreast.of(
                self.parts[one.plan].title, one, carried_out[one.plan].comparison if one.plan in carried_out else None
            )
            for one in self.comparisons
        )

    @cached_property
    def shares(self) -> Mapping[str, pictures.Figure]:
        """How the futures fall under each of few plans."""
        return {one.plan: pictures.shares_figure(one, self.t) for one in self.answers if self.few}

    @cached_property
    def first_cards(self) -> tuple[Card, ...]:
        """The outcomes of the short answer on the first plan, in its order."""
        every = {card.first.id: card for _, cards in self.cards for card in cards}
        found = (one.as_likely.outcome.id for one in self.material.short[0].findings)
        return tuple(every[id_] for id_ in found if id_ in every)

    @cached_property
    def cards(self) -> tuple[tuple[str, tuple[Card, ...]], ...]:
        """Headline outcomes, under the names of their groups."""
        mechanism_of = self.material.provenance.mechanism_of
        cards = [
            Card(
                about,
                {plan: next(one for one in found if one.id == about.id) for plan, found in self.statements.items()},
                tuple(pictures.outcome_figures(self.material, about, self.t)),
                mechanism_of.get(about.id, ""),
            )
            for about in self.outcomes
            if about.outcome.headline
        ]
        found = groupby(cards, key=lambda card: card.first.outcome.group)
        return tuple((self.t.named("group", group), tuple(members)) for group, members in found)

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Every outcome of each plan as a table; rows of the first can be led to."""
        first, mechanism_of = self.comparisons[0].plan, self.material.provenance.mechanism_of
        return {
            plan: outcome_table(found, self.t, mechanism_of=mechanism_of, anchored=plan == first)
            for plan, found in self.statements.items()
        }

    @cached_property
    def aftermaths(self) -> tuple[AftermathPart, ...]:
        """What is left after the campaign of each plan."""
        return tuple(part for likely in self.material.aftermaths for part in self._aftermath(likely))

    def _aftermath(self, likely: Aftermath) -> Iterator[AftermathPart]:
        """Yield what is left after a campaign, in both readings where they differ."""
        t, title, apart = self.t, self.parts[likely.plan].title, self.material.carried_out.get(likely.plan)
        readings = {"": likely}
        if apart is not None and apart.aftermath is not None:
            readings = {"as_likely_title": likely, "carried_out_title": apart.aftermath}
        for reading, result in readings.items():
            one = aftermath_statement(result, title, t)
            years = (Year(year.title, year.held, year_table(year, t) if year.lines else None) for year in one.years)
            yield AftermathPart(one, tuple(years), t(f"readings.{reading}") if reading else "")

    # -- the plans

    @cached_property
    def plans(self) -> tuple[PlanPage, ...]:
        """The plans that can be read, the baseline last, with what the linter finds and what they leave open."""
        parts = (*self.material.plans[1:], self.material.baseline)
        return tuple(plan_page(self.material, part, self.t) for part in parts if part.loaded is not None)

    # -- where, why, and in which accounts

    @cached_property
    def states(self) -> tuple[state_maps.StateMaps, ...]:
        """Maps by year."""
        return tuple(state_maps.by_year(self.material, self.t))

    @cached_property
    def explorer(self) -> Explorer | None:
        """The map that moves; None where nothing is mapped."""
        return explorer(self.material, self.statements, self.t)

    @cached_property
    def screens(self) -> tuple[deciding.Screened, ...]:
        """What decides the result of the first plan."""
        return tuple(deciding.screens(self.material, self.t))

    @cached_property
    def decision(self) -> tuple[Asked, ...]:
        """What the study means for a decision on the first plan, by the methods of ``premortem decide``."""
        store, first = self.material.store, self.comparisons[0]
        return () if store is None else asked(store, first.plan, first.baseline)

    @cached_property
    def behind(self) -> tuple[deciding.Why, ...]:
        """What stands behind each headline number of each plan."""
        return tuple(deciding.behind(self.material, self.t))

    @cached_property
    def flows(self) -> tuple[tuple[PlanPart, tuple[Flow, ...]], ...]:
        """What the accounts gave and took under each of few plans."""
        return tuple(self._flows()) if self.few else ()

    def _flows(self) -> Iterator[tuple[PlanPart, tuple[Flow, ...]]]:
        material, t = self.material, self.t
        accounts = material.provenance.accounts
        units = dict.fromkeys(account.unit for account in accounts.values())
        for comparison in self.comparisons:
            part, kinds = self.parts[comparison.plan], list[Flow]()
            for unit in units:
                flowed = ledger.flowed(material.futures, accounts, part.id, unit)
                if not flowed:
                    continue
                words = t.named("unit", unit)
                rows = [
                    Row((
                        Cell(one.name, one.meaning),
                        Cell(
                            f"{t('accounts.gave' if one.mean < 0 else 'accounts.took')} {number(abs(one.mean))}",
                            in_language(f"{number(one.low)} to {number(one.high)}", t),
                        ),
                    ))
                    for one in flowed
                ]  # fmt: skip
                table = Table((t("accounts.account"), words), tuple(rows))
                kinds.append(Flow(words, pictures.sankey(part, unit, flowed, t), table))
            if kinds:
                yield part, tuple(kinds)

    # -- what it rests on

    @cached_property
    def entries(self) -> Entries:
        """Entries of the evidence that the numbers rest on."""
        return collect(self.material)

    @property
    def rests_on(self) -> RestsOn | None:
        """How many parameters are calibrated, sourced and assumed."""
        return self.material.provenance.recipe.rests_on

    @property
    def fitted(self) -> frozenset[str]:
        """Ids of the parameters that a fit to the record informs."""
        fit = self.material.provenance.recipe.posterior
        return frozenset() if fit is None else frozenset(fit.informed)

    @cached_property
    def bearing(self) -> Mapping[str, tuple[Statement, ...]]:
        """Claim -> the headline outcomes that bear on it."""
        found: dict[str, tuple[Statement, ...]] = {}
        for about in self.outcomes:
            for claim in about.outcome.claims if about.outcome.headline else ():
                found[claim] = (*found.get(claim, ()), about)
        return found

    @property
    def limits(self) -> tuple[str, ...]:
        """What this must not be used for."""
        t, fit = self.t, self.material.provenance.recipe.posterior
        fifth = t("limits.fifth")
        if fit is not None:
            informed = ", ".join(input_words(ident, t) for ident in fit.informed)
            fifth = t("limits.calibrated", calibrated=len(fit.informed), known=fit.known_on, informed=informed)
        margin = f"{1.96 * 50 / self.comparisons[0].futures ** 0.5:.0f}"
        return (
            t("limits.first"), t("limits.second"), t("limits.third"), t("limits.fourth"), fifth,
            t("limits.sixth", missing=t("limits.missing")), t("limits.seventh", futures=self.futures, margin=margin),
        )  # fmt: skip

    @property
    def provenance(self) -> tuple[tuple[str, str], ...]:
        """How the numbers can be made again."""
        return tuple(self._provenance())

    @property
    def citation(self) -> str:
        """How to cite the report: its plans by their hashes, which with version, futures and seed give the same numbers again."""
        about = self.material.provenance
        hashes = ", ".join(plan.hash[:HASH] for plan in about.recipe.plans)
        version = about.versions.get("premortem", "?")
        return self.t(
            "provenance.citation",
            title=self.title,
            version=version,
            futures=self.futures,
            seed=about.seed,
            plans=hashes,
        )

    def _provenance(self) -> Iterator[tuple[str, str]]:
        t, about = self.t, self.material.provenance
        recipe = about.recipe
        if recipe.spec is not None and len(about.plans) == 2:
            before, after = recipe.spec.plans
            options = f"--futures {about.futures} --years {about.years} --seed {about.seed}"
            yield t("provenance.command"), f"premortem run --plan {after} --against {before} {options}"
        yield t("provenance.seed"), str(about.seed)
        if (theatre := recipe.theatre) is not None:
            yield t("provenance.start"), f"{theatre.name}, {theatre.start}"
            if theatre.newest:
                yield t("provenance.newest"), theatre.newest
            yield t("provenance.depth"), f"{theatre.depth_miles:g}"
            yield t("provenance.theatre"), theatre.digest
            yield t("provenance.evidence"), recipe.evidence
            if recipe.posterior is not None:
                yield t("provenance.fit", known=recipe.posterior.known_on), recipe.posterior.digest
            yield t("provenance.mechanisms"), ", ".join(recipe.mechanisms)
        for plan in recipe.plans:
            yield t("provenance.plan", plan=plan.id), plan.hash
        if about.versions:
            versions = (f"{name} {version}" for name, version in about.versions.items())
            yield t("provenance.versions"), ", ".join(versions)
            yield t("provenance.machine"), ", ".join(about.machine.values())

    # -- its sections

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Ids of the sections that there is something to say in, in the order of the catalogue."""
        absent = {"plan": not self.plans, "lint": not self.plans, "open": not self.plans, "maps": not self.explorer,
                  "decides": not self.screens, "accounts": not self.flows, "aftermath": not self.aftermaths}  # fmt: skip
        every = (key.removeprefix("section.") for key in self.t.texts if key.startswith("section."))
        return tuple(id_ for id_ in every if not absent.get(id_))


def read(folder: str, t: Messages) -> Brief:
    """Read a run or study.

    Raises
    ------
    InputError : there is no study, it compares nothing, or nothing in it is finished yet.
    RunError : its results are damaged.
    """
    return Brief(material.read(Store.open(folder)), t)
