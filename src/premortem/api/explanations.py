"""Why a number is what it is: definition, value, the inputs that move it most, and the chain of mechanisms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from premortem.analysis.explanation import Account, Link, Mover, account
from premortem.analysis.inputs import About
from premortem.api.arguments import Library, checked
from premortem.api.comparisons import Comparison
from premortem.api.studies import Study, study
from premortem.evidence import ledger
from premortem.wording.inputs import about_words, in_words
from premortem.wording.languages import Messages, spoken
from premortem.wording.numbers import per_cent
from premortem.wording.sentences import outcome_title, plan_titles, statement

if TYPE_CHECKING:
    import pandas as pd

    from premortem.frames import pl
    from premortem.wording.sentences import Statement


@checked
@dataclass(frozen=True)
class Explanation:
    """An explanation of one outcome; ``print`` it, look at it in a notebook, or take its `frame`.

    Attributes
    ----------
    account : the findings as data: ``account.movers``, ``account.reads``, ``account.line``.
    """

    account: Account

    @overload
    def frame(self, library: Literal["polars"] = "polars") -> pl.DataFrame: ...
    @overload
    def frame(self, library: Literal["pandas"]) -> pd.DataFrame: ...
    def frame(self, library: Library = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return the inputs that move it most, a row each, strongest first.

        Returns
        -------
        ``input``, ``kind`` (parameter, open field), ``share`` with ``share_low`` and ``share_high`` (90 %) and ``correlation`` (see
        `Explanation`), ``clear`` (beyond chance in all headline outcomes together),
        ``grade``, ``prior``, ``unit``, ``meaning``, ``facts`` and ``sources`` (ids for `premortem.evidence`), ``chain`` (mechanisms from
        the input to the outcome).
        """
        from premortem.api import frames

        rows = [
            {
                "input": mover.about.id,
                "kind": mover.about.kind,
                "share": mover.share,
                "share_low": mover.share_range[0],
                "share_high": mover.share_range[1],
                "correlation": mover.correlation,
                "clear": mover.clear,
                "grade": mover.about.grade,
                "prior": mover.about.prior,
                "unit": mover.about.unit,
                "meaning": mover.about.meaning,
                "facts": list(mover.about.facts),
                "sources": list(mover.about.sources),
                "chain": self._mechanisms(mover),
            }
            for mover in self.account.movers
        ]
        return frames.given(frames.of_records(rows, frames.MOVERS), library)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, unrounded: definition, value, inputs with their sources, mechanisms from inputs to outcome."""
        one, line = self.account, self.account.line.as_json()
        chains = [self._mechanisms(mover) for mover in one.movers]
        return {
            "outcome": line["id"],
            "plan": one.plan,
            "baseline": one.baseline,
            "futures": one.futures,
            "definition": one.line.outcome.definition,
            "value": {key: value for key, value in line.items() if key not in {"id", "summary", "headline", "group"}},
            "inputs": [
                {
                    "id": mover.about.id,
                    "share": mover.share,
                    "share_range": list(mover.share_range),
                    "sources": _sources(mover.about),
                }
                | {"kind": mover.about.kind, "meaning": mover.about.meaning, "grade": mover.about.grade}
                | {"prior": mover.about.prior, "unit": mover.about.unit, "facts": list(mover.about.facts)}
                | {"correlation": mover.correlation, "clear": mover.clear, "chain": chain}
                for mover, chain in zip(one.movers, chains, strict=True)
            ],
            "mechanisms": list(dict.fromkeys([one.mechanism, *(link.provider for link in one.reads)])),
            "why_no_inputs": one.why_not,
        }

    @cached_property
    def _statement(self) -> Statement:
        return statement(self.account.line, spoken())

    def _mechanisms(self, mover: Mover) -> list[str]:
        if mover.chain:
            return [mover.chain[0].provider, *(link.reader for link in mover.chain)]
        return [self.account.mechanism] if self.account.mechanism in mover.about.mechanisms else []

    def _values(self) -> Iterator[tuple[str, str]]:
        titles = plan_titles(self.account.titles, spoken())
        before, after = (titles.get(id_, id_) for id_ in (self.account.baseline, self.account.plan))
        amounts = {
            before: self._statement.baseline,
            after: self._statement.plan,
            spoken()("explain.difference"): self._statement.difference,
        }
        for name, shown in amounts.items():
            yield name, str(shown)

    def _movers(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield name, share, meaning and origin of each input."""
        t = spoken()
        for mover in self.account.movers:
            about, (low, high) = mover.about, map(per_cent, mover.share_range)
            doubt = "" if mover.clear else f", {t('explain.chance')}"
            grade = t("explain.left_open")
            if about.grade:
                grade = t("why.assumed") if about.grade == "assumption" else t("why.grade", grade=about.grade)
            sources = t("explain.rests", sources="; ".join(_cited(about))) if about.sources else ""
            chain = " -> ".join(t.named("mechanism", name) for name in self._mechanisms(mover))
            origin = "; ".join(part for part in (sources, chain and t("explain.through", chain=chain)) if part)
            correlation = t("explain.correlation", value=f"{mover.correlation:+.2f}")
            share = t("explain.share", share=per_cent(mover.share), range=f"{low.removesuffix(' %')} {t('to')} {high}")
            meaning = in_words(about.meaning, t) if t.language == "en" else _capital(about_words(about, t))
            yield (
                f"{_capital(about_words(about, t))[:-1]} ({about.id})",
                f"{share}; {correlation}{doubt}; {grade}",
                meaning,
                origin,
            )

    def _reads(self) -> str:
        return _sentence(self.account.mechanism, self.account.reads, spoken())

    @property
    def _title(self) -> str:
        return outcome_title(self.account.line.outcome, spoken())

    @property
    def _moves(self) -> str:
        """What stands over the inputs."""
        t, told = spoken(), self.account
        if told.movers:
            return f"{t('explain.moves')} ({t('explain.tried', n=told.tried)}):"
        return f"{t('explain.moves')}: {t('explain.too_few') if told.why_not else ''}"

    def __str__(self) -> str:
        t, info, told = spoken(), self.account.line.outcome, self.account
        lines = [
            f"{self._title} ({info.id}), {self._statement.measure}",
            in_words(t.translated(info.definition), t),
            "",
            t("explain.values"),
        ]
        lines += [f"  {name}: {value}" for name, value in self._values()]
        if self._statement.better:
            futures, same = t.count("future", told.futures), self._statement.same
            lines.append(f"  {t('explain.better', share=self._statement.better, futures=futures, same=same)}")
        lines += ["", self._moves]
        for number, (head, *below) in enumerate(self._movers(), 1):
            lines += [f"  {number}. {head}", *(f"     {text}" for text in below if text)]
        return "\n".join([*lines, "", self._reads(), *([t("explain.limits")] if told.movers else [])])

    def _repr_html_(self) -> str:
        t, info = spoken(), self.account.line.outcome
        values = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self._values())
        movers = "".join(
            f"<li><b>{escape(head)}</b>: {escape(share)}<br>{escape(meaning)}<br><small>{escape(origin)}</small></li>"
            for head, share, meaning, origin in self._movers()
        )
        definition = in_words(t.translated(info.definition), t)
        return (
            f"<h3>{escape(self._title)} <small>{escape(self._statement.measure)}</small></h3><p>{escape(definition)}</p>"
            f"<table>{values}</table><p>{escape(self._moves)}</p><ol>{movers}</ol>"
            f"<p>{escape(self._reads())} <small>{escape(t('explain.limits'))}</small></p>"
        )


@checked
def explain(source: Comparison | Study | str | Path, outcome: str, *, plan: str = "", against: str = "") -> Explanation:
    """Explain an outcome: what it is, its value under both plans, the five inputs that move the difference most, and their chain.

    Parameters
    ----------
    source : a comparison, a study, or the folder of one.
    outcome : id, such as ``homicides_mx`` (docs/reference/outcomes.md).
    plan, against : ids of the plans to compare, of a study; see `Study.compare`.

    Raises
    ------
    InputError : no such outcome or plan, or the study keeps no draws.

    Examples
    --------
    >>> import premortem as pm
    >>> print(pm.explain("runs/border_task_forces_vs_status_quo", "homicides_mx"))  # doctest: +SKIP
    """
    if not isinstance(source, Comparison):
        source = (source if isinstance(source, Study) else study(source)).compare(plan, against)
    return Explanation(account(source.study.store, outcome, source.plan, source.baseline))


def _cited(about: About) -> list[str]:
    """Return the sources of an input in few words: title and year."""
    known = (ledger.load().sources[id_] for id_ in about.sources)
    return [f"{one.title} ({one.year})" if one.year else one.title for one in known]


def _sources(about: About) -> list[dict[str, str]]:
    """Return the sources of an input with their addresses."""
    known = ledger.load().sources
    return [{"id": id_, "title": known[id_].title, "url": known[id_].url} for id_ in about.sources]


def _sentence(mechanism: str, reads: Iterable[Link], t: Messages) -> str:
    """Return in a sentence which mechanism computes an outcome, and from which others it reads.

    >>> _sentence("rivalry", [Link("state", "rivalry", ("pressure", "arrests"))], spoken())
    'Computed by: fights among organisations; it reads from: Mexican forces.'
    """
    named = ", ".join(dict.fromkeys(t.named("mechanism", link.provider) for link in reads))
    told = t("explain.reads", mechanisms=named) if named else ""
    return t("explain.computed", mechanism=t.named("mechanism", mechanism), reads=told)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
