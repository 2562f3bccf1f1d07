"""What stands between the network and the application: who may ask, how much, how often, and what a browser may do with the answer.

Each rule is a line of docs/web_threats.md, with its test.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import sys
import time
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from premortem.web.settings import LOCAL, LONGEST_ADDRESS, MOST_BODY, Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
SAFE = frozenset({"GET", "HEAD"})
ALLOWED = frozenset({*SAFE, "POST"})
COOKIE = "premortem_token"
FREE = "/api/health"  # says only that the server is up

PER_SECOND, AT_ONCE = 20.0, 120.0  # requests of one address
REMEMBERED = 4_096  # addresses


class _Refused(Exception):  # noqa: N818  # an answer, not an error
    def __init__(self, status: int, kind: str, message: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.status, self.kind, self.message, self.headers = status, kind, message, tuple(headers)


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the body counted, the answer marked and a line in the log."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive if scope["method"] in SAFE else await _body(receive), sending)
        except _Refused as refused:
            await _answer(refused, sending)
        except Exception as error:  # a fault of ours: its place is told, but not its message, which may quote a plan
            at = traceback.extract_tb(error.__traceback__)[-1]
            print(f"fault: {type(error).__name__} at {at.filename}:{at.lineno}", file=sys.stderr, flush=True)
        finally:
            spent = 1000 * (time.perf_counter() - began)
            # without the query, which may hold a plan, and without contents
            print(f"{scope['method']} {_printable(scope['path'])} {status} {spent:.0f} ms", file=sys.stderr, flush=True)

    def _check(self, scope: Scope) -> None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        if len(path) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise _Refused(414, "address", f"an address too long; at most {LONGEST_ADDRESS:,} bytes")
        if method not in ALLOWED:
            raise _Refused(405, "method", "no such method here", [("allow", ", ".join(sorted(ALLOWED)))])
        self._limit(scope)
        host = headers.get("host", "")
        if not self._settings.token and _name(host) not in LOCAL:
            # a page elsewhere whose name was made to point to this machine
            raise _Refused(
                421, "host", "this server answers to localhost only; to serve others, give it --host and --token"
            )
        if path != FREE:
            self._authenticate(scope, headers)
        if method in SAFE:
            return
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"} or _foreign(headers, host):
            raise _Refused(403, "origin", "asked by a page of another site")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(415, "content_type", "send JSON, with content-type: application/json")
        if _number(headers.get("content-length", "0")) > MOST_BODY:
            raise _too_large()

    def _authenticate(self, scope: Scope, headers: Headers) -> None:
        wanted = self._settings.token
        if not wanted:
            return
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        if (scheme.lower() == "bearer" and same(bearer.strip(), wanted)) or same(cookie, proof(wanted)):
            return
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and scope["method"] in SAFE and same(given, wanted):
            # Lax: a link to a shared result must open; what changes anything is a POST, which checks where it comes from
            kept = f"{COOKIE}={proof(wanted)}; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"
            raise _Refused(303, "token", "known", [("location", "/"), ("set-cookie", kept)])
        message = "this server needs its token: open the address that it printed, or send authorization: Bearer TOKEN"
        raise _Refused(401, "token", message, [("www-authenticate", "Bearer")])

    def _limit(self, scope: Scope) -> None:
        """Let an address ask so often a second, and somewhat more at once."""
        address, now = network((scope.get("client") or ("",))[0]), time.monotonic()
        left, then = self._buckets.pop(address, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - then) * PER_SECOND)
        enough = left >= 1
        self._buckets[address] = (left - enough, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if not enough:
            raise _Refused(429, "too_often", "too many requests; try again in a moment", [("retry-after", "1")])


def network(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of 64 bits that one subscriber has.

    >>> network("192.0.2.7"), network("2001:db8:0:1:2:3:4:5"), network("::ffff:192.0.2.7"), network("nowhere")
    ('192.0.2.7', '2001:db8:0:1::/64', '192.0.2.7', 'nowhere')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), 64), strict=False))


def proof(token: str) -> str:
    """Return what a browser keeps instead of the token."""
    return hmac.new(token.encode(), b"premortem web", hashlib.sha256).hexdigest()


def same(given: str, wanted: str) -> bool:
    """Compare in a time that says nothing."""
    return hmac.compare_digest(given.encode(), wanted.encode())


async def _body(receive: Receive) -> Receive:
    """Read a body, refuse it as soon as it is larger than it may be, whatever its header says, and return what gives it again."""
    parts, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > MOST_BODY:
            raise _too_large()
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": b"".join(parts), "more_body": False}

    return again


def _too_large() -> _Refused:
    return _Refused(413, "too_large", f"a request too large; at most {MOST_BODY:,} bytes")


def _foreign(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def _name(host: str) -> str:
    """Return the name in a Host header, without its port.

    >>> _name("localhost:8000"), _name("[::1]:8000"), _name("127.0.0.1")
    ('localhost', '::1', '127.0.0.1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else MOST_BODY + 1


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


async def _answer(refused: _Refused, send: Send) -> None:
    document = {"problems": [{"kind": refused.kind, "message": refused.message}]}
    body = json.dumps(document).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body))), *refused.headers]
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
