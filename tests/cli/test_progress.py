import io
import json
import re
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
from rich.console import Console, RenderableType
from rich.text import Text

from premortem.cli import progress
from premortem.cli.comparison import provisional
from premortem.engine.simulate import CHUNK
from premortem.errors import StoppedError
from premortem.study.executors import Threads
from premortem.study.run import conduct
from premortem.study.store import Status, Store
from tests.cli.terminal import command
from tests.study.toy_recipe import ToySource

TWO_CHUNKS = ("run", "--futures", str(2 * CHUNK), "--years", "1", "--seed", "7")
PROVISIONAL = re.compile(r"provisional: (\d+) of (\d+) futures")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def left_on_screen(text: str) -> str:
    """Return what is to be seen on a terminal at the end, if nothing has scrolled away."""
    lines, row = [""], 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\n|\r|[^\x1b\n\r]+", text):
        if piece == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif piece == "\x1b[1A":
            row = max(0, row - 1)
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif piece[0] not in "\x1b\r":
            lines[row] += piece
    return "".join(lines).strip()


def test_a_terminal_shows_the_table_of_the_futures_so_far_and_at_the_end_the_final_one_alone(tmp_path: Path) -> None:
    ended = command(*TWO_CHUNKS, "--out", str(tmp_path / "run"))
    assert ended.code == 0, ended.stderr
    shown = PROVISIONAL.findall(plain(ended.stderr))
    assert shown
    assert all(int(count) in {CHUNK, 2 * CHUNK} and int(of) == 2 * CHUNK for count, of in shown)
    so_far = plain(ended.stderr).split("provisional: ")[1]
    assert "border_task_forces, compared with status_quo" in so_far
    for part in ("Outcome", "Baseline", "Difference", "Members of", "people; less is"):
        assert part in so_far
    for part in ("Outcome", "Members of", "Makes no difference".upper(), "Rests on", "premortem report"):
        assert part in plain(ended.stdout)
    assert "provisional" not in ended.stdout
    assert plain(ended.stdout).count("Members of") == 1
    assert left_on_screen(ended.stderr) == ""


def test_redirected_output_and_json_are_what_they_were_and_show_nothing_early(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    redirected = command(*TWO_CHUNKS, "--out", folder, redirected=True)
    assert "\x1b" not in redirected.stdout
    assert redirected.stdout.count("Members of") == 1
    as_json = command(*TWO_CHUNKS, "--out", str(tmp_path / "json"), "--format", "json")
    assert json.loads(as_json.stdout)["futures"] == 2 * CHUNK
    assert "provisional" not in redirected.stderr + as_json.stderr


def test_an_interrupt_while_the_table_fills_leaves_nothing_behind_and_says_so(tmp_path: Path) -> None:
    many = ("run", "--futures", str(40 * CHUNK), "--years", "1")
    ended = command(*many, "--out", str(tmp_path / "run"), interrupt_at="provisional")
    assert ended.code == StoppedError.exit_code
    assert "interrupted; nothing was written" in plain(ended.stderr)
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


class Window:
    """A terminal of a given size and a clock, for the bar of a study whose plans share ever more futures."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 120, rows: int = 40) -> None:
        self.file, self.now, self.shared, self.asked = io.StringIO(), 100.0, 0, list[int]()
        console = Console(file=self.file, force_terminal=True, width=columns, height=rows, _environ={"TERM": "xterm"})
        monkeypatch.setattr(progress, "notes", lambda: console)
        monkeypatch.setattr(progress, "perf_counter", lambda: self.now)

    def paired(self) -> int:
        return self.shared

    def look(self, store: Store) -> RenderableType | None:
        self.asked.append(self.shared)
        self.now += self.costs
        return Text("\n".join(f"line {number} of {self.shared}" for number in range(60)))

    costs = 0.0

    def show(self, *moments: tuple[float, int], complete: bool = False) -> list[int]:
        """Report a status at each moment (seconds, futures done under every plan); return of what there was a look."""
        status = Status(chunks=9, chunks_done=9 if complete else 1, chunks_failed=0, runs=99, runs_done=1, failed=0)
        with progress.bar(self.look, columns=100) as report:
            for seconds, self.shared in moments:
                self.now = 100 + seconds
                report(status, cast("Store", self))
        return self.asked


def test_the_table_is_made_anew_when_plans_share_more_futures_and_not_twice_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = (0, 0), (0.1, 16), (0.2, 16), (0.9, 32), (1.2, 32), (3, 32), (4, 48)
    assert Window(monkeypatch).show(*moments) == [16, 32, 48]


def test_where_a_table_takes_long_it_is_made_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(monkeypatch)
    window.costs = 3.0
    assert window.show(*((10.0 * turn, turn) for turn in range(1, 30))) == [1, 12, 23]


def test_there_is_no_early_table_in_a_narrow_window_or_when_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Window(monkeypatch, columns=99).show((0, 16), (9, 32)) == []
    assert Window(monkeypatch).show((0, 16), complete=True) == []


def test_in_a_low_window_the_bar_stays_in_sight_and_what_is_left_out_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = Window(monkeypatch, rows=24)
    window.show((0, 16))
    drawn = plain(window.file.getvalue())
    assert "line 20 of 16" in drawn
    assert "line 21 of 16" not in drawn
    assert "… 39 more lines at the end" in drawn
    assert left_on_screen(window.file.getvalue()) == ""


def test_the_futures_that_count_are_those_done_under_every_plan(tmp_path: Path) -> None:
    source = ToySource(futures=2 * CHUNK + 3)
    seen = []
    store = Store.create(tmp_path / "s", source)
    conduct(store, source, executor=Threads(1), progress=lambda _, store: seen.append(store.paired()))
    # The last futures are few: those of both plans are computed together and stored before either is reported.
    assert seen == [0, 0, CHUNK, CHUNK, 2 * CHUNK, 2 * CHUNK + 3, 2 * CHUNK + 3]


def test_while_every_future_so_far_has_failed_there_is_nothing_to_show(tmp_path: Path) -> None:
    source = ToySource(futures=1, poison=0)
    store = Store.create(tmp_path / "s", source)
    conduct(store, source, executor=Threads(1))
    assert store.table().collect()["fault"].null_count() == 0
    assert provisional(store) is None


def test_where_standard_error_is_no_terminal_one_line_says_what_is_going_on() -> None:
    written = io.StringIO()
    with (
        patch.object(progress, "notes", lambda: Console(file=written, force_terminal=False, width=200)),
        progress.bar() as show,
    ):
        for done in range(3):
            show(Status(2, done, 0, 80, 40 * done, 0), cast("Store", None))
    assert written.getvalue().strip() == f"80 runs; {progress.COMPILING}"


def test_a_search_says_how_long_it_takes_by_what_it_has_measured_and_not_by_what_was_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = iter([0.0, 1.0, 2.0, 182.0, 242.0, *(242.0 + 60 * tries for tries in range(1, 8))])
    with patch.object(progress, "perf_counter", lambda: next(clock)), progress.tries("100 plans", 10) as count:
        for done in range(0, 101, 10):  # ten kept, ten that compile, then ten a minute
            count(done, 100)
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert said[:2] == ["100 plans", "It goes on: 10 plans were tried before."]
    assert said[2] == "30 of 100 plans tried; about 7 minutes more, then the best again"
    assert [line.split()[0] for line in said[2:]] == ["30", "40", "50", "60", "70", "80", "90"]
