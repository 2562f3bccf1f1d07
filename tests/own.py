"""The reader's own data in tests: a folder is used, and forgotten with all that was read with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from premortem.evidence import ledger, links, outcomes, own, parameters

CACHES = (own.given, ledger.load, parameters.load, outcomes.load, links._users)


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files of own data into a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def nothing_read() -> Iterator[None]:
    """Begin and end as a process does that has read no evidence yet."""

    def forget() -> None:
        for cached in CACHES:
            cached.cache_clear()

    with patch.dict(os.environ):
        os.environ.pop(own.SETTING, None)
        forget()
        try:
            yield
        finally:
            forget()
