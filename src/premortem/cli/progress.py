"""Progress of a study on standard error: how much, how fast, how long still, and what is known so far."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.segment import Segment, Segments
from rich.text import Text

from premortem.cli.output import notes

if TYPE_CHECKING:
    from premortem.study.store import Status, Store

Look = Callable[["Store"], RenderableType | None]

PAUSE = 1.0  # seconds at least between two looks at the results so far
SHARE = 0.03  # of the time, at most, that goes into them: where a look takes long, looks are rarer
COMPILING = "the first run on a machine compiles the model: about a minute"
SECONDS, TENTH = 60, 10
BELOW = 3  # lines of the window that are not for results: what is left out of them, the bar, the cursor


class _Rate(TextColumn):
    """Futures a second, over the last half minute."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


@dataclass(frozen=True)
class _Fitting:
    """Rendered lines, as many as the window has room for."""

    lines: tuple[list[Segment], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self.lines[: max(0, console.height - BELOW)]
        yield Segments(chain.from_iterable((*line, Segment.line()) for line in shown))
        if hidden := len(self.lines) - len(shown):
            yield Text(f"… {hidden} more lines at the end, or now in a higher window", "dim")


class _Bar(Progress):
    """A bar below what is known so far."""

    above = _Fitting(())

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.above
        yield from super().get_renderables()


@contextmanager
def bar(look: Look | None = None, *, columns: int = 0) -> Generator[Callable[[Status, Store], None]]:
    """Yield what to call with every new status of a study.

    Parameters
    ----------
    look : returns what to show above the bar of a study that has all plans' results in some futures, or nothing. It is asked when there are
        more such futures, about once a second at most, and only where standard error is a terminal of at least so many ``columns``.
    """
    fields = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with _Bar(*fields, console=notes(), transient=True, refresh_per_second=4) as progress:
        task = progress.add_task("starting", total=None)
        able = progress.console.is_interactive and progress.console.width >= columns
        early = look if able else None
        seen, due, said = 0, 0.0, progress.console.is_terminal

        def show(status: Status, store: Store) -> None:
            nonlocal seen, due, said
            if not said and not status.complete:
                said = True
                progress.console.print(f"{status.runs:,} runs; {COMPILING}")
            failed = f", {status.failed:,} failed" if status.failed else ""
            doing = "futures" + failed if status.runs_done else "compiling the model"
            progress.update(task, description=doing, completed=status.runs_done, total=status.runs)
            began = perf_counter()
            if early is None or status.complete or began < due or (paired := store.paired()) == seen:
                return
            if (found := early(store)) is not None:
                progress.above = _Fitting(tuple(progress.console.render_lines(found, pad=False)))
                progress.refresh()
            ended = perf_counter()
            seen, due = paired, ended + max(PAUSE, (ended - began) / SHARE)

        yield show


@contextmanager
def counter() -> Generator[Callable[[int, int], None]]:
    """Yield what to call with the number of runs done and of all, of runs that are no study."""
    fields = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*fields, console=notes(), transient=True, refresh_per_second=4) as progress:
        task = progress.add_task("compiling the model", total=None)
        if progress.console.is_terminal:
            progress.console.print("the model with a switch for each mechanism is compiled first: about a minute")
        yield lambda done, every: progress.update(task, description="runs", completed=done, total=every)


@contextmanager
def tries(about: str, before: int) -> Generator[Callable[[int, int], None]]:
    """Yield what to call with the number of plans tried and of all.

    It says first what is done, and how much is left, once that is measured; where standard error is no terminal, after every tenth.

    Parameters
    ----------
    before : how many were tried by the same command, before it was interrupted.
    """
    fields = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*fields, console=notes(), transient=True, refresh_per_second=4) as progress:
        say = progress.console.print
        task = progress.add_task("compiling the model", total=None)
        last, at, measured = before, perf_counter(), 0

        def show(done: int, every: int) -> None:
            nonlocal last, at, measured
            doing = "plans tried" if done < every else "the best again, in fresh futures"
            progress.update(task, description=doing, completed=done, total=every)
            if done == 0:
                say(about, soft_wrap=True)
                if before:
                    say(f"It goes on: {before:,} plans were tried before.")
            if done <= before:
                at = perf_counter()
                return
            now, measured = perf_counter(), measured + 1
            left = max(1, round((every - done) / (done - last) * (now - at) / SECONDS))
            tenth = not progress.console.is_terminal and done * TENTH // every > last * TENTH // every
            if (
                done < every and measured > 1 and (measured == 2 or tenth)
            ):  # the first holds the time that compiling takes
                say(
                    f"{done:,} of {every:,} plans tried; about {left:,} minute{'s' * (left > 1)} more, then the best again"
                )
            last, at = done, now

        yield show
