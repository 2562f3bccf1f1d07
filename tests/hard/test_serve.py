"""Requests that no browser makes, byte by byte to a server of the web application: each is refused, and the next one is answered."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.study.executors.client import ROOT, environment

HELD = 300
"""Connections that say nothing, or half a request."""
JSON = "Content-Type: application/json\r\n"


def request(line: str, port: int, *heads: str, body: str = "") -> bytes:
    head = "".join(f"{one}\r\n" for one in (f"Host: 127.0.0.1:{port}", *heads, "Connection: close"))
    return f"{line} HTTP/1.1\r\n{head}\r\n{body}".encode()


def hostile(port: int) -> Iterator[tuple[str, bytes]]:
    deep = "[" * 20_000 + "]" * 20_000
    post = "POST /api/lint"
    yield "no host", b"GET / HTTP/1.1\r\n\r\n"
    yield "two hosts", request("GET /", port, "Host: evil")
    yield "a whole address", request("GET http://evil/x", port)
    yield "dots", request("GET /../../etc/passwd", port)
    yield "dots in disguise", request("GET /static/%2e%2e%2f%2e%2e%2fetc/passwd", port)
    yield "a null byte", request("GET /r/%00", port)
    yield "a long path", request(f"GET /{'a' * 70_000}", port)
    yield "a long head", request("GET /", port, f"X: {'a' * 200_000}")
    yield (
        "two lengths",
        request(post, port, JSON.strip(), "Content-Length: 5", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    )
    yield "a negative length", request(post, port, JSON.strip(), "Content-Length: -5")
    yield "a huge length", request(post, port, JSON.strip(), "Content-Length: 99999999999", body="{")
    yield "deep JSON", request(post, port, JSON.strip(), f"Content-Length: {len(deep)}", body=deep)
    yield "JSON that is none", request(post, port, JSON.strip(), "Content-Length: 13", body='{"plan": NaN}')
    yield "no such method", request("__class__ /", port)
    yield "tracing", request("TRACE /", port)
    yield "bytes", bytes(range(256)) * 10
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def status(port: int, content: bytes) -> int:
    """Return the status of the answer; 0 if the connection was closed without one."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 10) as connection, contextlib.suppress(OSError):
        connection.sendall(content)
        while len(answer) < 12 and (more := connection.recv(4096)):
            answer += more
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    return int(found[1]) if found else 0


@pytest.mark.slow
def test_what_no_browser_sends_is_refused_and_the_next_request_is_answered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "premortem", "serve", "--port", "0", "--folder", str(tmp_path / "w"), "--no-open"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r":(\d+)/", server.stdout.readline())
            assert found is not None
            port = int(found[1])
            answers = {name: status(port, content) for name, content in hostile(port)}
            assert {name: code for name, code in answers.items() if code and not 400 <= code < 500} == {}
            with contextlib.ExitStack() as held:
                for number in range(HELD):
                    one = held.enter_context(socket.create_connection(("127.0.0.1", port), 10))
                    if number % 2:
                        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
                assert status(port, request("GET /api/health", port)) == 200
            assert status(port, request("GET /api/health", port)) == 200
        finally:
            server.send_signal(signal.SIGTERM)
            _, said = server.communicate(timeout=60)
    assert "Traceback" not in said
