"""Commands on whatever their streams lead to, and whatever ends them."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from premortem.cli.main import main
from premortem.cli.output import print_json
from tests.study.executors.client import ROOT, environment

COMMAND = [sys.executable, "-m", "premortem"]


def ended(*arguments: str, env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own: for what is decided when Python or JAX starts."""
    env = environment() | {"COLUMNS": "100"} | dict(env)
    return subprocess.run([*COMMAND, *arguments], env=env, cwd=cwd, capture_output=True, timeout=100, check=False)


@contextmanager
def as_it_was() -> Iterator[None]:
    """Give signals back to whoever had them: a command takes them."""
    had = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in had.items():
            signal.signal(number, handler)


def ended_here(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, cwd: Path = ROOT, encoding: str = "utf-8"
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in this process, on streams of its own: much faster, and the same but for what ends a process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    with as_it_was(), monkeypatch.context() as here:
        here.setattr(sys, "argv", ["premortem", *arguments])
        here.setattr(sys, "stdout", out)
        here.setattr(sys, "stderr", err)
        here.setenv("COLUMNS", "100")
        here.chdir(cwd)
        with pytest.raises(SystemExit) as end:
            main()
    written = []
    for stream in (out, err):
        stream.flush()
        written.append(stream.detach().getvalue())
    return subprocess.CompletedProcess(arguments, int(end.value.code or 0), *written)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850", "utf-8"])
def test_no_encoding_ends_a_command(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("plans",), ("plans", "--format", "json"), ("lint", "border_task_forces", "--fail-on", "never")):
        done = ended_here(monkeypatch, *arguments, encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
        done.stdout.decode(encoding)


def test_a_process_takes_the_encoding_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    done = ended("plan", "show", "kingpin", cwd=ROOT, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert done.stdout == ended_here(monkeypatch, "plan", "show", "kingpin", encoding="ascii").stdout


@pytest.mark.parametrize("arguments", [("plans",), ("plans", "--format", "json"), ("lint", "kingpin"), ("--help",)])
def test_a_full_device_is_an_error_and_a_closed_pipe_is_silent(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 3, done.stderr
    assert done.stderr.endswith(b"error: the output cannot be written: No space left on device\n")
    assert b"Traceback" not in done.stderr
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False
        )
    finally:
        os.close(writer)
    assert done.returncode == 141, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_stream_that_was_closed_before_the_start_changes_no_exit_code(number: str) -> None:
    shell = ["sh", "-c", f'exec "$@" {number}>&-', "sh", *COMMAND, "claims"]
    done = subprocess.run(shell, env=environment(), capture_output=True, timeout=100, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


def test_without_a_home_and_with_a_narrow_umask_commands_work(tmp_path: Path) -> None:
    env = {name: value for name, value in environment().items() if name not in {"HOME", "XDG_CACHE_HOME"}}
    done = subprocess.run(
        [*COMMAND, "lint", "kingpin", "--fail-on", "never"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        umask=0o077,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["fifo", "folder", "device", "socket"])
@pytest.mark.parametrize("command", [("lint",), ("plan", "show"), ("study", "run", "--out", "never")])
def test_what_is_no_file_is_refused_at_once(
    tmp_path: Path, kind: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.toml"
    bound = socket.socket(socket.AF_UNIX)
    try:
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "device":
            path.symlink_to("/dev/zero")
        else:
            bound.bind(str(path))
        done = ended_here(monkeypatch, *command, str(path), cwd=tmp_path)
    finally:
        bound.close()
    assert done.returncode == 2, done.stderr
    assert b"not a file" in done.stderr
    assert not (tmp_path / "never").exists()


def test_a_terminal_obeys_nothing_that_a_name_or_title_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a\x1b[2J\u202e[red]b.toml"
    plan = tmp_path / name
    plan.write_text('schema = 1\nid = "x"\ntitle = "\\u001B]0;owned\\u0007 [bold]t"\nsurprise = 1\n', encoding="utf-8")
    for arguments in (("lint", name), ("plan", "show", name), ("study", "show", name), ("report", name)):
        done = ended_here(monkeypatch, *arguments, cwd=tmp_path)
        assert done.returncode in {2, 3}, done.stdout
        assert b"\x1b" not in done.stderr + done.stdout
        assert "\u202e".encode() not in done.stderr + done.stdout
        assert b"[red]b" in done.stderr


LOSING = """
import gc, time
def losing(phase, about):
    if phase == "start":
        print("at work", flush=True)
        time.sleep(60)  # a callback of the garbage collector: what is raised in it is discarded
def sleep():
    gc.callbacks.append(losing)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(losing)
    time.sleep(60)
"""
PLAIN = """
import time
def sleep():
    print("at work", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("number", "sleep"),
    [(signal.SIGTERM, PLAIN), (signal.SIGINT, PLAIN), (signal.SIGTERM, LOSING)],
    ids=["SIGTERM", "SIGINT", "lost by a callback"],
)
def test_sigterm_is_like_ctrl_c_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, sleep: str) -> None:
    script = f"""
import sys
from premortem.cli import streams
from premortem.study.executors import Threads
from premortem.study.run import once
from premortem.errors import StoppedError
from tests.study.toy_recipe import ToySource
{sleep}
try:
    with streams.interruptible():
        once(ToySource(), {str(tmp_path / "runs" / "x")!r}, executor=Threads(1), progress=lambda *_: sleep())
except StoppedError as error:
    print(error, file=sys.stderr)
    streams.leave(error.exit_code)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=50)
    assert process.returncode == 130
    assert errors.decode() == "interrupted; nothing was written\n"
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("loaded", ["premortem.cli.streams", "typer"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_command_is_still_being_loaded_ends_it_and_says_nothing(
    number: signal.Signals, loaded: str
) -> None:
    script = f"""
import os, runpy, sys
class Signalled:
    def find_spec(self, name, *_):
        if name == "{loaded}":
            os.kill(os.getpid(), {number.value})
sys.meta_path.insert(0, Signalled())
sys.argv = ["premortem", "claims"]
runpy.run_module("premortem", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, None])
def test_a_second_ctrl_c_or_tidying_up_without_end_ends_at_once_and_says_nothing(second: signal.Signals | None) -> None:
    script = f"""
import time
from premortem.cli import streams
streams.LONGEST = {1.0 if second is None else 100.0}
with streams.interruptible():
    try:
        print("at work", flush=True)
        time.sleep(60)
    finally:
        print("tidying up", flush=True)
        time.sleep(60)
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"tidying up\n"
        if second is not None:
            process.send_signal(second)
        said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, (b"", b""))


@pytest.fixture
def without_proc() -> list[str]:
    """What begins a command that sees no ``/proc``."""
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("hiding /proc needs root and unshare")
    return hidden


def test_without_proc_and_with_an_unreadable_home_and_cache_commands_work(
    tmp_path: Path, without_proc: list[str]
) -> None:
    """A home below a file can be neither read nor made, by root either."""
    (tmp_path / "file").touch()
    env = environment() | {"HOME": str(tmp_path / "file" / "home"), "PREMORTEM_CACHE": "/dev/null/cache"}
    linted = [*COMMAND, "lint", "kingpin", "--fail-on", "never"]
    described = [sys.executable, "-c", "from premortem.study.provenance import Environment; Environment.here()"]
    for command in (linted, described):
        done = subprocess.run([*without_proc, *command], env=env, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "command", "apart"),
    [
        ("JAX_ENABLE_X64", "1", "study run study.toml --out s", False),
        ("JAX_DISABLE_JIT", "True", "run --futures 1 --years 1", False),
        ("JAX_PLATFORMS", "cuda", "study run study.toml --out s", True),
        ("PREMORTEM_ENGINE", "x", "run --futures 1 --years 1", False),
    ],
)
def test_settings_under_which_nothing_sound_can_be_computed_are_refused_before_a_folder_is_made(
    tmp_path: Path, name: str, value: str, command: str, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What JAX looks for when it starts needs a process of its own; the others are read from the environment by us."""
    (tmp_path / "study.toml").write_text('plans = ["status_quo", "kingpin"]\nfutures = 1\nyears = 1\n')
    if apart:
        done = ended(*command.split(), cwd=tmp_path, env={name: value})
    else:
        monkeypatch.setenv(name, value)
        done = ended_here(monkeypatch, *command.split(), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert name.encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_json_holds_no_number_that_json_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [1.5, float("nan")], "b": {"c": (float("inf"), "NaN")}})
    document = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert document == {"a": [1.5, None], "b": {"c": [None, "NaN"]}}
