"""No damage to the folder of a study gives another number without an error, and none gives a traceback."""

import errno
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.errors import InputError, PremortemError, RunError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.chunks import Chunk, run, run_together
from premortem.study.executors import Threads
from premortem.study.folder import Folder
from premortem.study.resume import require_reproducible
from premortem.study.run import conduct
from premortem.study.seals import SEAL, START
from premortem.study.store import PROVENANCE, Store
from premortem.study.verify import Damage, beside, repair, set_aside, verify
from tests.hard.damage import DAMAGES, READERS, answers, copied, edit, files_of, flip, remove, same
from tests.study.toy_recipe import ToySource

SOURCE = ToySource(
    futures=FUTURES_PER_CHUNK + 4, stoppable=("arrest_5",), plans=("arrest_1", "arrest_open", "arrest_5")
)
SAMPLE, ALL = 20, 200
FILES = {"plans/mine/mine.toml": b'id = "mine"\n'}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "s"
    conduct(Store.create(folder, SOURCE, files=FILES), SOURCE, executor=Threads(1))
    return folder


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("growing") / "s"
    store = Store.create(folder, SOURCE, files=FILES)
    for chunk in store.chunks()[:5]:
        store.write(run(SOURCE, chunk))
    return folder


def injure(folder: Path, tmp_path: Path, tries: range) -> None:
    whole = answers(folder)
    assert not any(isinstance(answer, PremortemError) for answer in whole.values()), whole
    assert verify(folder) == ()
    names = [path.relative_to(folder) for path in files_of(folder)]
    for number in tries:
        luck = random.Random(number)
        name, damage = names[number % len(names)], DAMAGES[(number // len(names) + number) % len(DAMAGES)]
        here = copied(folder, tmp_path / "s")
        damage(here / name, luck)
        case = f"try {number}: {damage.__name__} {name}"
        unchanged = here.joinpath(name).is_file() and (here / name).read_bytes() == (folder / name).read_bytes()
        undone = name.parts[0] == "seals" and damage is remove and name.name != "start.json"
        found = [one.file for one in verify(here)]
        assert unchanged or undone or found, case
        given = answers(here)
        for reader, answer in given.items():
            if not undone and not isinstance(answer, PremortemError):
                assert same(answer, whole[reader]), f"{case}: {reader} gives another answer"
        if not unchanged and not undone and name.parts[0] != "plans":
            assert any(isinstance(answer, PremortemError) for answer in given.values()), f"{case}: nobody noticed"


def test_a_sample_of_damages_to_a_finished_study_is_refused(finished: Path, tmp_path: Path) -> None:
    injure(finished, tmp_path, range(SAMPLE))


@pytest.mark.slow
def test_damages_to_a_finished_study_are_refused(finished: Path, tmp_path: Path) -> None:
    injure(finished, tmp_path, range(ALL))


@pytest.mark.slow
def test_damages_to_a_growing_study_are_refused(growing: Path, tmp_path: Path) -> None:
    injure(growing, tmp_path, range(ALL))


def test_what_is_damaged_is_named_and_only_that_is_computed_again(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, ran = copied(finished, tmp_path / "s"), list[Chunk]()
    shard = "trajectories.zarr/weekly/c/2/0/1/0"
    other = "trajectories.zarr/regional/zarr.json"
    flip(here / shard, random.Random(1))
    remove(here / other, random.Random(1))
    (here / "trajectories.zarr" / "weekly" / "c" / "9").touch()
    remove(here / "plans/mine/mine.toml", random.Random(1))
    names = {"trajectories.zarr/weekly/c/9", shard, other, "plans/mine/mine.toml"}
    assert {one.file for one in verify(here)} == names

    def counted(recipe: ToySource, batch: tuple[Chunk, ...]) -> object:
        ran.extend(batch)
        return run_together(recipe, batch)

    monkeypatch.setattr("premortem.study.verify.run_together", counted)
    repair(Store.open(here), SOURCE, FILES)
    assert ran == [Chunk(1, 2)]
    assert verify(here) == ()
    assert Store.open(here).digest() == Store.open(finished).digest()


@pytest.mark.parametrize("part", ["outcomes.parquet/0001-000000.parquet", "draws.parquet/0000-000000.parquet"])
def test_a_table_is_made_again_byte_by_byte(finished: Path, tmp_path: Path, part: str) -> None:
    here = copied(finished, tmp_path / "s")
    remove(here / part, random.Random(1))
    repair(Store.open(here), SOURCE, FILES)
    assert (here / part).read_bytes() == (finished / part).read_bytes()
    assert verify(here) == ()


def test_a_growing_study_is_repaired_and_goes_on_to_the_same_results(
    growing: Path, finished: Path, tmp_path: Path
) -> None:
    here = copied(growing, tmp_path / "s")
    flip(here / "units/000000-0001.arrow", random.Random(1))
    flip(here / "seals/000000-0002.json", random.Random(1))
    damages = verify(here)
    assert [one.file for one in damages] == ["seals/000000-0002.json"]
    set_aside(here, damages)
    assert [one.file for one in verify(here)] == ["units/000000-0001.arrow"]
    repair(Store.open(here), SOURCE, FILES)
    assert verify(here) == ()
    store = Store.open(here)
    assert len(store.done()) == 4
    conduct(store, SOURCE, executor=Threads(1))
    assert store.digest() == Store.open(finished).digest()


def test_where_results_are_others_nothing_wrong_is_put_in_place(finished: Path, tmp_path: Path) -> None:
    here = copied(finished, tmp_path / "s")
    flip(here / "trajectories.zarr/weekly/c/0/0/0/0", random.Random(1))
    before = (here / "trajectories.zarr/weekly/c/0/0/0/0").read_bytes()
    with pytest.raises(RunError, match=r"(?s)left as it is.*trajectories.zarr/weekly/c/0/0/0/0"):
        repair(Store.open(here), ToySource(**{**vars(SOURCE), "seed": 2}), FILES)
    assert (here / "trajectories.zarr/weekly/c/0/0/0/0").read_bytes() == before


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "line ends": lambda text: text.replace(b"\n", b"\r\n"),
    "no last line end": lambda text: text[:-1],
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "a key twice": lambda text: text.replace(b"{", b'{\n "seal": 1,', 1),
    "another order": lambda text: json.dumps(dict(reversed(json.loads(text).items())), indent=1).encode() + b"\n",
    "another indent": lambda text: json.dumps(json.loads(text), indent=3).encode() + b"\n",
    "no JSON": lambda text: b"hello",
    "no object": lambda text: b"[1]",
    "not UTF-8": lambda text: b"\xff\xfe{",
    "nothing": lambda text: b"",
    "too deep": lambda text: b"[" * 100_000,
}


@pytest.mark.parametrize("name", [SEAL, PROVENANCE, "seals/start.json", "seals/000000-0002.json"])
@pytest.mark.parametrize("edit", EDITS)
def test_any_edit_of_a_seal_or_the_provenance_is_named(
    name: str, edit: str, finished: Path, growing: Path, tmp_path: Path
) -> None:
    here = copied(growing if name.startswith("seals") else finished, tmp_path / "s")
    (here / name).write_bytes(EDITS[edit]((here / name).read_bytes()))
    assert [str(one) for one in verify(here)] == [f"{name} is not what was written"]
    with pytest.raises(RunError, match=rf"{name} is not what was written"):
        Store.open(here)


INSTEAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "nothing": (lambda path: None, "is missing"),
    "a folder": (Path.mkdir, "cannot be read: not a file"),
    "a pipe": (os.mkfifo, "cannot be read: not a file"),
    "a link in a circle": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
}


@pytest.mark.parametrize("instead", INSTEAD)
@pytest.mark.parametrize("name", [SEAL, PROVENANCE, "seals/start.json"])
def test_why_a_seal_cannot_be_read_is_said_in_the_right_words(
    name: str, instead: str, finished: Path, growing: Path, tmp_path: Path
) -> None:
    here, (put, trouble) = copied(growing if name.startswith("seals") else finished, tmp_path / "s"), INSTEAD[instead]
    (here / name).unlink()
    put(here / name)
    assert [str(one) for one in verify(here)] == [f"{name} {trouble}"]
    found = CliRunner().invoke(build(["study"]), ["study", "verify", str(here)])
    assert (found.exit_code, found.stdout.splitlines()[0]) == (1, f"{name}: {trouble}")


def test_a_seal_that_may_not_be_read_is_not_called_missing(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    here = copied(finished, tmp_path / "s")
    monkeypatch.setattr(Folder, "_require_file", staticmethod(refused))
    assert [str(one) for one in verify(here)] == [f"{SEAL} cannot be read: Permission denied"]
    monkeypatch.setattr(os.path, "lexists", lambda path: False)  # as in a folder that may not be searched
    assert [str(one) for one in verify(here)] == [f"{SEAL} cannot be read: Permission denied"]


@pytest.mark.parametrize("name", [SEAL, PROVENANCE])
def test_what_all_else_is_compared_with_cannot_be_repaired(finished: Path, tmp_path: Path, name: str) -> None:
    here = copied(finished, tmp_path / "s")
    edit(here / name, random.Random(3))
    damages = verify(here)
    assert [one.file for one in damages] == [name]
    for refused in (lambda: set_aside(here, damages), lambda: Store.open(here)):
        with pytest.raises(
            RunError, match=rf"{name} is not what was written.*nothing can be repaired.*from a backup"
        ) as said:
            refused()
        assert "study repair" not in str(said.value)


def test_a_growing_study_of_an_earlier_version_has_its_provenance_last(
    growing: Path, finished: Path, tmp_path: Path
) -> None:
    here = copied(growing, tmp_path / "s")
    start = json.loads((here / START).read_text())
    assert next(iter(start["files"])) != PROVENANCE != list(start["files"])[-1]
    start["files"][PROVENANCE] = start["files"].pop(PROVENANCE)
    old = json.dumps(start, indent=1)
    (here / START).write_text(old + "\n")
    assert verify(here) == ()
    conduct(store := Store.open(here), SOURCE, executor=Threads(1))
    assert store.digest() == Store.open(finished).digest()
    for text in (
        old,
        old.replace(' "files": {', ' "files": {\n  "provenance.json": "0",'),
        old.replace("  ", "   ", 1),
    ):
        here = copied(growing, tmp_path / "t")
        (here / START).write_text(text)
        assert [str(one) for one in verify(here)] == [f"{START} is not what was written"]


@pytest.mark.parametrize("name", [START, "seals/000000-0000.json", "seals/mine.txt", "plans/mine/other.toml"])
def test_what_lies_among_the_files_of_a_finished_study_is_damage_and_is_taken_away(
    name: str, finished: Path, growing: Path, tmp_path: Path
) -> None:
    here = copied(finished, tmp_path / "s")
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).write_text("{}")
    damages = verify(here)
    assert [str(one) for one in damages] == [f"{name} is not part of the study"]
    set_aside(here, damages)
    repair(Store.open(here), SOURCE, FILES)
    assert verify(here) == ()
    shutil.copytree(
        growing / "seals", here / "seals", dirs_exist_ok=True
    )  # finishing was killed before it removed them
    assert verify(here) == ()


def test_a_seal_of_another_study_is_none_of_this(finished: Path, tmp_path: Path) -> None:
    here = copied(finished, tmp_path / "s")
    other = ToySource(**{**vars(SOURCE), "seed": 2})
    Store.create(tmp_path / "other", other, files=FILES)
    shutil.copytree(tmp_path / "other" / "seals", here / "seals")
    assert [str(one) for one in verify(here)] == [f"{START} is not part of the study"]


def test_what_lies_beside_a_study_is_named_and_no_damage(finished: Path, growing: Path, tmp_path: Path) -> None:
    for study in (finished, growing):
        assert beside(study) == ()
        here = copied(study, tmp_path / "s")
        (here / "report.html").touch()
        (here / "of mine").mkdir()
        assert (verify(here), beside(here)) == ((), ("of mine", "report.html"))
        found = CliRunner().invoke(build(["study"]), ["study", "verify", str(here)])
        assert (found.exit_code, found.stdout) == (0, f"{here}: whole\n")
        assert found.stderr == "beside the study, and none of it: of mine, report.html\n"


def test_setting_aside_lets_others_in_again_also_where_it_fails(
    growing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: Folder, name: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", name)

    here = copied(growing, tmp_path / "s")
    monkeypatch.setattr(Folder, "remove", fails)
    held, claim = list[Folder](), Folder.claim

    def claims(folder: Folder) -> None:
        held.append(folder)
        claim(folder)

    monkeypatch.setattr(Folder, "claim", claims)
    with pytest.raises(PermissionError):
        set_aside(here, [Damage("seals/000000-0002.json", "is not what was written")])
    assert len(held) == 1  # it is kept, so that no garbage collection releases it
    Folder(here).claim()


def test_provenance_is_sealed_with_the_digest(finished: Path, tmp_path: Path) -> None:
    here = copied(finished, tmp_path / "s")
    seal, header = json.loads((here / SEAL).read_text()), json.loads((here / PROVENANCE).read_text())
    assert PROVENANCE in seal["files"]
    assert seal["digest"] == Store.open(here).digest()
    (here / PROVENANCE).write_text(json.dumps(header | {"seed": 2}))
    for reader in READERS.values():
        with pytest.raises(RunError, match=r"provenance\.json is not what was written.*from a backup"):
            reader(here)


def test_a_study_without_its_seal_is_damaged_and_a_folder_without_a_study_is_none(
    finished: Path, tmp_path: Path
) -> None:
    here = copied(finished, tmp_path / "s")
    (here / SEAL).unlink()
    assert [str(one) for one in verify(here)] == [f"{SEAL} is missing"]
    for folder in (tmp_path, tmp_path / ("x" * 300), here / PROVENANCE, "memory://nowhere"):
        with pytest.raises(InputError, match="no study in"):
            verify(folder)


def test_a_resumed_study_checks_what_it_builds_on(growing: Path, tmp_path: Path) -> None:
    here = copied(growing, tmp_path / "s")
    flip(here / "units/000000-0000.arrow", random.Random(1))
    with pytest.raises(RunError, match="is not what was written"):
        require_reproducible(Store.open(here), SOURCE)


@pytest.mark.parametrize("name", ["trajectories.zarr", "outcomes.parquet"])
def test_a_folder_that_is_missing_as_a_whole_is_named_by_every_reader(
    name: str, finished: Path, tmp_path: Path
) -> None:
    here = copied(finished, tmp_path / "s")
    shutil.rmtree(here / name)
    for reader, answer in answers(here).items():
        assert isinstance(answer, PremortemError) or same(answer, answers(finished)[reader]), reader
    assert any(one.file.startswith(name) for one in verify(here))
