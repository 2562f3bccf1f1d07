"""Files of a cache: whole or not there. A mark, a SHA-256 of the file's name and of the rest, the rest.

What is damaged, or lies under the name of another, reads as nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from pathlib import Path

PARTIAL = ".partial"
"""What the name of a file ends in while it is written."""
DIGEST = hashlib.sha256().digest_size


def read(path: Path, mark: bytes) -> bytes | None:
    """Return what was written under a mark; None if it is not there, or not what was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, kept = content[len(mark) :][:DIGEST], content[len(mark) + DIGEST :]
    return kept if content.startswith(mark) and digest == _seal(path, kept) else None


def write(path: Path, mark: bytes, content: bytes) -> bool:
    """Write a file under a mark and rename it into place whole; return whether that could be done."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(mark + _seal(path, content) + content)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return False
    return True


def _seal(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()
