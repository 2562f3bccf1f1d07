"""A plan against another, in the same futures: tables, frames, pictures, what decides."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from premortem.analysis import compare as pairs
from premortem.analysis.compare import OutcomeComparison
from premortem.api.arguments import Library, Progress, checked
from premortem.api.plans import Plan
from premortem.api.studies import Study, run
from premortem.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from premortem.analysis.aftermath import Aftermath
    from premortem.analysis.decisive import Ranking
    from premortem.analysis.unfolding import Unfolding
    from premortem.analysis.weights import Weighed
    from premortem.api.explanations import Explanation
    from premortem.frames import pl
    from premortem.report.pictures import Figure


@checked
@dataclass(frozen=True, eq=False)
class Comparison:
    """A plan against a baseline, as likely to unfold (or as `carried_out`). In a notebook it shows its headline outcomes.

    Attributes
    ----------
    study : the run or study that holds both.
    result : the numbers, unrounded: ``result.lines`` has one `OutcomeComparison` an outcome.
    """

    study: Study
    result: pairs.Comparison

    @cached_property
    def carried_out(self) -> Comparison:
        """The same two plans in the same futures, each carried out as written: nobody refuses, delays, bars, widens or stops anything.

        Raises
        ------
        InputError : the run is older than readings, or no future is finished under both.
        """
        from premortem.api.studies import Study

        return Study(self.study.store.under("carried_out")).compare(self.plan, self.baseline)

    @cached_property
    def unfolding(self) -> Unfolding | None:
        """Whether the plan's campaign starts, for how long, and who cuts it short when; None where nobody could stop it."""
        from premortem.analysis.unfolding import unfolding

        return unfolding(self.study.store, self.plan)

    @property
    def plan(self) -> str:
        """Id of the plan."""
        return self.result.plan

    @property
    def baseline(self) -> str:
        """Id of the plan that it is compared with."""
        return self.result.baseline

    @property
    def futures(self) -> int:
        """Number of futures finished under both."""
        return self.result.futures

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Ids of the outcomes compared."""
        return tuple(line.outcome.id for line in self.result.lines)

    def line(self, outcome: str) -> OutcomeComparison:
        """Return one outcome under both plans.

        Raises
        ------
        InputError : it is not compared here.
        """
        for line in self.result.lines:
            if line.outcome.id == outcome:
                return line
        near = nearest(outcome, self.outcomes)
        allowed = "an id of docs/reference/outcomes.md that the study keeps"
        raise InputError(Problem("unknown_outcome", "no such outcome", found=outcome, allowed=allowed, nearest=near))

    def table(self) -> pl.DataFrame:
        """Return the headline outcomes as people read them, rounded to what their range supports.

        Returns
        -------
        Columns of text: ``outcome``, ``unit``, ``baseline``, ``plan``, ``difference`` (median and range of 90 % of futures), ``better``
        (share of futures in which the plan does better by a difference that matters) and ``same`` (about the same).
        """
        from premortem.frames import pl
        from premortem.wording.languages import messages
        from premortem.wording.sentences import statement

        shown = [statement(line, messages("en")) for line in pairs.headlines(self.result.lines)]
        return pl.DataFrame(
            {
                "outcome": [one.title for one in shown],
                "unit": [one.measure for one in shown],
                "baseline": [str(one.baseline) for one in shown],
                "plan": [str(one.plan) for one in shown],
                "difference": [str(one.difference) for one in shown],
                "better": [one.better for one in shown],
                "same": [one.same for one in shown],
            }
        )

    @overload
    def frame(self, library: Literal["polars"] = "polars") -> pl.DataFrame: ...
    @overload
    def frame(self, library: Literal["pandas"]) -> pd.DataFrame: ...
    def frame(self, library: Library = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return every outcome, a row each, unrounded.

        Returns
        -------
        Columns ``id``, ``title``, ``unit``, ``direction``; ``baseline_median``, ``_low``, ``_high`` (90 % of futures), ``_expected``
        (average), the same for ``plan`` and for ``difference`` (plan minus baseline, future by future); ``tail`` (what the worst twentieth
        of futures adds at the least); ``share_better`` (by a difference that matters), ``about_same`` and ``share_same`` (equal).
        A Polars frame, or a pandas one with ``library="pandas"``. A row per future: ``comparison.study.frame()``.
        """
        from premortem.api import frames
        from premortem.wording.languages import messages
        from premortem.wording.sentences import statement
        from premortem.wording.tables import unrounded

        return frames.given(unrounded([statement(line, messages("en")) for line in self.result.lines]), library)

    def dataset(self) -> xr.Dataset:
        """Return both plans over time, with dates: `Study.dataset` of the two, the baseline first."""
        return self.study.dataset().sel(plan=[self.baseline, self.plan])

    def plot(self, outcome: str) -> Figure:
        """Return a picture of an outcome: both plans, their difference, and the course where the study keeps its weeks.

        A notebook shows it; ``.chart`` is the Altair chart.

        Raises
        ------
        InputError : no such outcome here.
        """
        import altair as alt

        from premortem.report.pictures import Figure, outcome_figures
        from premortem.wording.languages import messages
        from premortem.wording.sentences import statement

        about = statement(self.line(outcome), messages("en"))
        material = self.study.material
        both = [next(part for part in material.plans if part.id == name) for name in (self.baseline, self.plan)]
        mine = dataclasses.replace(material, plans=tuple(both), comparisons=(self.result,))
        figures = outcome_figures(mine, about, messages("en"))
        chart = alt.vconcat(*(figure.chart for figure in figures)).resolve_scale(
            color="independent", shape="independent"
        )
        return Figure(outcome, chart, about.title)

    def explain(self, outcome: str) -> Explanation:
        """Say what a number is, what moves it most, and through which mechanisms: `explain`.

        Raises
        ------
        InputError : no such outcome here, or the study keeps no draws.
        """
        from premortem.api.explanations import explain

        return explain(self, outcome)

    def decides(self) -> pl.DataFrame:
        """Rank the assumptions and open fields that decide the difference, over all headline outcomes.

        Returns
        -------
        Strongest first: ``input`` (id of a parameter, or field left open), ``kind``, ``grade`` (of a parameter), ``score`` (mean squared
        rank correlation), ``clear`` (whether it stands out from chance on an outcome), ``outcomes`` on which it does.

        Raises
        ------
        InputError : the study keeps no draws, or has too few futures.
        """
        from premortem.analysis.inputs import about_input
        from premortem.api import frames

        rows = []
        for one in self.ranking.ranked:
            about = about_input(one.parameter)
            rows.append(
                {
                    "input": about.id,
                    "kind": about.kind,
                    "grade": about.grade,
                    "score": one.score,
                    "clear": bool(one.decides),
                    "outcomes": [id_ for id_, _ in one.decides],
                }
            )
        return frames.of_records(rows, frames.DECIDES)

    @cached_property
    def ranking(self) -> Ranking:
        """The screen behind `decides`: every input against every headline outcome."""
        from premortem.analysis.decisive import rank

        return rank(self.study.store, self.plan, self.baseline)

    def weigh(self, weights: Mapping[str, float] | str | Path) -> Weighed:
        """Return one measure of several outcomes by weights, and how the answer changes with them.

        Parameters
        ----------
        weights : id of an outcome -> what one unit of it is worth, in any measure; or a TOML file with a table ``[weights]``.

        Raises
        ------
        InputError : a weight is wrong, or the study lacks an outcome.

        Examples
        --------
        >>> comparison.weigh({"homicides_mx": 1, "us_killed": 3, "fiscal_cost": 1e-7}).better  # doctest: +SKIP
        """
        from premortem.analysis import weights as measures

        given = weights if isinstance(weights, Mapping) else measures.read(weights)
        return measures.weigh(self.study.store, self.plan, self.baseline, given)

    def measures(self) -> dict[str, Weighed]:
        """Return the measures of the reader's own data (`own_data`) by id; those of which the study lacks an outcome are left out."""
        from premortem.analysis.weights import own_measures

        return {one.id: found for one, found in own_measures(self.study.store, self.plan, self.baseline)}

    def aftermath(self) -> Aftermath:
        """Return every outcome two and five years after the campaign ends, and what of an effect lasts.

        Raises
        ------
        InputError : the study keeps no weeks.
        """
        from premortem.analysis.aftermath import aftermath

        return aftermath(self.study.store, self.plan, self.baseline)

    def report(self, path: str | Path = "report.html", *, lang: str = "en", brief: bool = False) -> Path:
        """Write the report of its study and return the path: `Study.report`."""
        return self.study.report(path, lang=lang, brief=brief)

    def __repr__(self) -> str:
        return f"<Comparison of {self.plan} with {self.baseline}: {self.futures:,} futures in {self.study.folder}>"

    def _repr_html_(self) -> str:
        from premortem.report.notebook import comparison_html

        written = self.carried_out.result if self.unfolding else None
        return comparison_html(self.result, self.unfolding, written)


@checked
def compare(
    plan: Plan | str | Path,
    against: Plan | str | Path = "status_quo",
    *,
    futures: int = 200,
    years: int = 5,
    seed: int = 1,
    out: str | Path = "",
    workers: int = 0,
    reuse: bool = True,
    posterior: str = "default",
    progress: Progress | None = None,
) -> Comparison:
    """Simulate a plan and its alternative in the same futures, or take the identical run that is there, and compare them.

    Parameters
    ----------
    plan, against : a `Plan`, a packaged name, or a file; ``against`` is the baseline.
    futures, years, seed, out, workers, reuse, posterior, progress : see `run`; runs are below ``runs`` of the current folder unless ``out``
        names one.

    Raises
    ------
    InputError, RunError, StoppedError : see `run`.

    Examples
    --------
    >>> import premortem as pm
    >>> comparison = pm.compare("border_task_forces", "status_quo", futures=40, years=1)  # doctest: +SKIP
    >>> comparison.table(), comparison.explain("homicides_mx")  # doctest: +SKIP
    """
    made = run(
        against,
        plan,
        futures=futures,
        years=years,
        seed=seed,
        out=out,
        workers=workers,
        reuse=reuse,
        posterior=posterior,
        progress=progress,
    )
    baseline, judged = made.plans
    return made.compare(judged, baseline)
