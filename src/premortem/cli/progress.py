"""Progress of a study on standard error: how much, how fast, how long still."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from premortem.cli.output import notes

if TYPE_CHECKING:
    from premortem.study.store import Status


class _Rate(TextColumn):
    """Futures a second, over the last half minute."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


@contextmanager
def bar() -> Generator[Callable[[Status], None]]:
    """Yield what to call with every new status."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=notes(), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def show(status: Status) -> None:
            failed = f", {status.failed:,} failed" if status.failed else ""
            doing = "futures" + failed if status.runs_done else "compiling the model"
            progress.update(task, description=doing, completed=status.runs_done, total=status.runs)

        yield show
