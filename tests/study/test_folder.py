import errno
import os
from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.study.folder import Folder, is_full


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    return Folder(tmp_path / "f" if request.param == "local" else f"memory://{tmp_path.name}")


def test_a_file_is_read_back_listed_and_removed(folder: Folder) -> None:
    assert folder.names() == []
    folder.write("a/b.txt", b"one")
    folder.write("a/b.txt", b"two")
    folder.write("c.txt", b"")
    assert folder.read("a/b.txt") == b"two"
    assert (folder.names(), folder.names("a")) == (["a", "c.txt"], ["b.txt"])
    assert folder.exists("a/b.txt")
    folder.remove("a")
    folder.remove("a")
    assert folder.names() == ["c.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    folder.write("a.txt", b"old")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as caught:
        folder.write("a.txt", b"new")
    assert is_full(caught.value)
    assert folder.read("a.txt") == b"old"
    assert folder.names() == ["a.txt"]


def test_an_address_of_an_unknown_kind_is_an_input_error() -> None:
    with pytest.raises(InputError, match="cannot use this address"):
        Folder("nosuchprotocol://x")
