"""Errors that people can meet, in Spanish: of files, of conditions, of the words of a command line."""

import sys
from pathlib import Path
from unittest import mock

import pytest
from typer import rich_utils

from premortem.cli import main
from premortem.cli.help import PANELS
from premortem.errors import PremortemError
from premortem.plan.language.load import load_text
from premortem.text import read, toml
from premortem.wording.errors import told
from premortem.wording.languages import messages
from tests.report.test_spanish import WORD
from tests.report.test_spanish_commands import NAMED, english

HEAD = 'schema = 1\nid = "mine"\nextends = "border_task_forces"\ntitle = "Mine"\nsource = ["project"]\n'
PLANS = (
    'schema = 1\ntitle = "X',
    "schema = \n",
    "schema = 1\nschema = 2\n",
    "schema = [1\n",
    "a b\n",
    "[zone\n",
    "[zone]\ndepth_miles = 1\n[zone]\n",
    'schema = 1\ntitel = "X"\nsource = ["projct"]\nstart = "soon"\n[zone]\ndepth_miles = -1\n',
    HEAD + "[zone]\ndepth_miles = 5000\nkind = 3\nwarning = 1\n",
    HEAD.replace("border_task_forces", "no_such_parent"),
    HEAD + 'extends_without = ["zone.nothing"]\n',
    HEAD + '[[task_force]]\nid = "x"\nbase = "fort_blis"\n',
    HEAD + '[[success]]\noutcome = "homicide_mx"\nlevel = "many"\n',
    HEAD + '[exit]\ncriteria = "us_killed >"\n',
    HEAD + '[exit]\ncriteria = "us_killed > 1 > 2"\n',
    HEAD + '[exit]\ncriteria = "us_killd > 1"\n',
    HEAD + '[exit]\ncriteria = "us_killed + homicides > 1"\n',
    HEAD + '[exit]\ncriteria = "us_killed $ 1"\n',
    HEAD + '[exit]\ncriteria = "us_killed"\n',
    HEAD + '[exit]\ncriteria = "avg(us_killed, 900) > 1"\n',
    HEAD + '[[measure]]\nlever = "drugs.port_scaning"\nlevel = 2\n',
    HEAD + '[[phase]]\nname = "p"\nfrom_week = 5\nto_week = 2\n',
)
COMMANDS = (
    ("lint",),
    ("lint", "--foo"),
    ("lint", "nowhere"),
    ("lint", "kingpin", "--fail-on", "x"),
    ("lint", "--explain", "XX999"),
    ("runn",),
    ("run", "kingpin", "--futures", "x"),
    ("run", "kingpin", "--years", "0"),
    ("report", "a", "b", "c"),
    ("report", "nowhere"),
    ("explain", "homicides_mx", "nowhere"),
    ("study", "run", "nowhere.toml"),
    ("study", "run", "nowhere.toml", "--out", "there"),
    ("study", "show", "nowhere"),
    ("evidence", "show", "no.such.fact"),
    ("evidence", "show"),
    ("evidence", "list", "--topic", "nowhere"),
    ("claims", "show", "nowhere"),
    ("forecast", "score", "1999"),
    ("plan", "show", "kingpinn"),
    ("plan", "diff", "kingpin"),
    ("levers", "one", "two"),
    ("theatre", "show", "--theatre", "nowhere"),
    ("theatre", "show", "--start", "soon"),
    ("theatre", "show", "--depth", "500"),
    ("theatre", "events", "--since", "soon"),
    ("calibrate", "show", "--name", "nowhere"),
    ("decide", "robustness", "nowhere"),
    ("decide", "search", "--out", "there"),
    ("instant", "check", "nowhere"),
    ("data", "update", "nowhere"),
)


def share(texts: list[str]) -> tuple[float, list[str]]:
    """Return the share of the words of texts that are not English, and the English lines."""
    total, bad = english(NAMED.sub("", "\n".join(texts)))
    return 1 - sum(len(WORD.findall(line)) for line in bad) / total, bad


def test_errors_of_files_are_in_spanish(tmp_path: Path) -> None:
    t, told_ = messages("es"), list[str]()
    for text in PLANS:
        with pytest.raises(PremortemError) as caught:
            load_text(text)
        told_ += [told(problem, t) for problem in caught.value.problems]
    broken = tmp_path / "broken.toml"
    for content in (b"a = [", b"\xff\xfea\x00", b"a = 'x", b"a = 1\na = 2\n", b"\x00"):
        broken.write_bytes(content)
        with pytest.raises(PremortemError) as caught:
            toml(broken, 1_000)
        told_ += [told(problem, t) for problem in caught.value.problems]
    with pytest.raises(PremortemError) as caught:
        read(tmp_path, 10)
    told_ += [told(problem, t) for problem in caught.value.problems]
    found, bad = share(told_)
    assert found >= 0.95, bad


def test_errors_of_commands_are_in_spanish(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    for name in (*PANELS, "rich_format_error"):
        monkeypatch.setattr(rich_utils, name, getattr(rich_utils, name))  # as it was, after the test
    said = []
    for words in COMMANDS:
        with mock.patch.object(sys, "argv", ["premortem", *words, "--lang", "es"]), pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code, words
        said.append(capsys.readouterr().err)
        assert WORD.search(said[-1]), words
    found, bad = share(said)
    assert found >= 0.95, bad
