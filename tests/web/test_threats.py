"""A test for each line of docs/web_threats.md, in its order and by its number."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from premortem.errors import InputError
from premortem.web import worker
from premortem.web.database import connect
from premortem.web.guard import AT_ONCE, COOKIE, PER_SECOND, POLICY, proof
from premortem.web.queue import Queue
from premortem.web.settings import LONGEST_ADDRESS, MOST_BODY, MOST_FUTURES, MOST_OPEN, MOST_OPEN_FROM, Settings
from premortem.web.shared import OWNER
from tests.web.conftest import IDLE, TOKEN, Client

PAGE = Path(__file__).parents[2] / "docs/web_threats.md"
LINE = 'schema = 1\nid = "mine"\ntitle = "Mine"\nsource = ["project"]\n'


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Client:
    settings = Settings(tmp_path_factory.mktemp("guarded"), host="192.0.2.1", token=TOKEN, launch=IDLE)
    return Client(settings, base="http://192.0.2.1")


def test_every_line_of_the_page_has_its_test() -> None:
    lines = re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    tests = sorted({int(name.split("_")[1]) for name in globals() if re.match(r"test_\d+_", name)})
    assert lines
    assert [int(number) for number in lines] == tests


def test_the_page_states_the_limits_that_hold() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"{PER_SECOND:.0f} a second and {AT_ONCE:.0f} at once" in text
    assert f"addresses at {LONGEST_ADDRESS:,} bytes" in text
    assert f"six runs open a person and {MOST_OPEN_FROM} an address" in text
    assert MOST_OPEN == 6


def test_1_an_address_that_others_reach_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a token") as refused:
        Settings(tmp_path, host="0.0.0.0")
    assert "--token" in str(refused.value)
    with pytest.raises(InputError, match="too short"):
        Settings(tmp_path, host="0.0.0.0", token="short")


def test_2_who_does_not_know_the_token_reads_nothing(guarded: Client) -> None:
    for path in ("/", "/api/plans", "/runs/0123456789abcdef", "/static/x/web.css", "/openapi.json"):
        answer = guarded.get(path)
        assert answer.status_code == 401, path
        assert "token" in answer.json()["problems"][0]["message"]
    assert guarded.get("/?token=another-token-of-letters").status_code == 401
    assert guarded.get("/api/plans", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert guarded.get("/api/health").status_code == 200


def test_3_the_token_opens_once_by_address_then_by_a_cookie_that_scripts_cannot_read(guarded: Client) -> None:
    first = guarded.get(f"/?token={TOKEN}")
    assert first.status_code == 303
    assert first.headers["location"] == "/"
    assert "HttpOnly" in first.headers["set-cookie"]
    assert TOKEN not in first.headers["set-cookie"]
    assert guarded.get("/api/plans", headers={"cookie": f"{COOKIE}={proof(TOKEN)}"}).status_code == 200
    assert guarded.get("/api/plans", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_4_a_name_made_to_point_here_gets_nothing(asking: Client, host: str) -> None:
    assert asking.get("/api/plans", headers={"host": host}).status_code == 421
    assert asking.get("/api/plans", headers={"host": "127.0.0.1:8000"}).status_code == 200
    assert asking.get("/api/plans", headers={"host": "[::1]:8000"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_5_a_page_of_another_site_changes_nothing(asking: Client, headers: dict[str, str]) -> None:
    assert asking.post("/api/lint", json={"name": "kingpin"}, headers=headers).status_code == 403
    assert asking.post("/api/lint", json={"name": "kingpin"}, headers={"origin": "http://localhost"}).status_code == 200


def test_6_a_form_cannot_ask(asking: Client) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""):
        answer = asking.post("/api/lint", content=b'{"name": "kingpin"}', headers={"content-type": kind})
        assert answer.status_code == 415, kind
    assert asking.request("OPTIONS", "/api/lint").status_code == 405
    assert "access-control-allow-origin" not in asking.get("/api/plans").headers


def test_7_pages_run_only_their_own_scripts(asking: Client, done: str) -> None:
    assert "unsafe" not in POLICY
    assert "base-uri 'none'" in POLICY
    for path in ("/", f"/runs/{done}"):
        answer = asking.get(path)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text)
        assert inline == ['<script type="application/json" id="words">']
        assert not re.search(r"<[^>]+\s(on\w+|style)=", answer.text)


def test_8_what_people_write_is_text_in_every_page(asking: Client) -> None:
    hostile = "</script><script>alert(1)</script>"
    plan = LINE.replace('"Mine"', f"'{hostile}'")
    answer = asking.post("/api/runs", json={"plans": [{"text": plan}]})
    assert answer.status_code == 202
    page = asking.get(answer.json()["address"]).text
    assert hostile not in page
    assert "&lt;/script&gt;" in page


def test_9_a_request_too_large_is_refused_as_it_comes(asking: Client) -> None:
    kind = {"content-type": "application/json"}
    assert asking.post("/api/lint", content=b" " * (MOST_BODY + 1), headers=kind).status_code == 413

    async def endless() -> Iterator[bytes]:  # type: ignore[misc]  # an asynchronous generator
        for _ in range(MOST_BODY // 100_000 + 2):
            yield b" " * 100_000

    assert asking.post("/api/lint", content=endless(), headers=kind).status_code == 413
    most = LONGEST_ADDRESS - len("/?plan=") + len("?")  # the path and the query are counted
    assert asking.get(f"/?plan={'x' * most}").status_code == 200
    refused = asking.get(f"/?plan={'x' * (most + 1)}")
    assert refused.status_code == 414
    assert f"at most {LONGEST_ADDRESS:,} bytes" in refused.json()["problems"][0]["message"]
    deep = {"text": "a = " + "[" * 5000 + "]" * 5000}
    assert asking.post("/api/lint", json=deep).json()["valid"] is False


@pytest.mark.parametrize(
    "line", ['theatre = "/etc"', 'theatre = "../theatre"', 'extends = "../../etc/passwd"', 'extends = "/etc/passwd"']
)
def test_10_a_plan_reads_no_file_of_the_machine(asking: Client, line: str) -> None:
    found = asking.post("/api/lint", json={"text": LINE + line + "\n"}).json()
    assert found["valid"] is False
    assert asking.post("/api/runs", json={"plans": [{"text": LINE + line + "\n"}]}).status_code == 422
    assert asking.get("/api/plans/..%2f..%2fpyproject").status_code in {404, 422}


@pytest.mark.parametrize(
    "path",
    ["/runs/../../etc/passwd", "/runs/{run}/..%2f..%2fpremortem.sqlite", "/runs/{run}/seal.json", "/runs/{run}/plans/..%2fx.toml",
     "/static/x/..%2f..%2fsettings.py", "/static/x/page.py", "/s/..%2f..%2fetc"],
)  # fmt: skip
def test_11_no_name_in_an_address_is_a_path(asking: Client, done: str, path: str) -> None:
    assert asking.get(path.format(run=done)).status_code in {404, 422}


def test_12_whoever_asks_too_often_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]  # a clock of our own: on a slow machine too
    clock = SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: now[0])
    monkeypatch.setattr("premortem.web.guard.time", clock)
    hasty = Client(Settings(tmp_path, launch=IDLE), limited=True)

    def asked(count: int) -> list[int]:
        return [hasty.get("/api/health").status_code for _ in range(count)]

    assert asked(int(AT_ONCE) + 5) == [200] * int(AT_ONCE) + [429] * 5
    now[0] += 1
    assert asked(int(PER_SECOND) + 1) == [200] * int(PER_SECOND) + [429]
    hasty.address = "2001:db8::1"
    assert asked(int(AT_ONCE)) == [200] * int(AT_ONCE)
    hasty.address = "2001:db8::2"  # one subscriber has both
    assert asked(1) == [429]


def test_13_whoever_waited_longest_is_next_and_a_new_cookie_gives_no_more_room(tmp_path: Path) -> None:
    settings = Settings(tmp_path, launch=IDLE)
    greedy, queue = Client(settings), Queue(connect(settings.url))

    def asked(person: int, seed: int) -> httpx.Response:
        cookie = {"cookie": f"{OWNER}=an-invented-person-{person}"}
        return greedy.post("/api/runs", json={"plans": [{"name": "kingpin"}], "seed": seed}, headers=cookie)

    for number in range(MOST_OPEN_FROM):
        assert asked(number // MOST_OPEN, number).status_code == 202
    more = asked(99, 99)
    assert more.status_code == 429
    assert "from your address" in more.json()["problems"][0]["message"]
    greedy.address = "192.0.2.9"
    other = asked(100, 100)
    assert other.status_code == 202
    taken = []
    for _ in range(MOST_OPEN_FROM // MOST_OPEN + 1):
        run = queue.take()
        assert run is not None
        assert queue.others_wait(run.id)
        queue.give_back(run.id)  # its turn of a minute is over
        taken.append(run.id)
    assert taken[-1] == other.json()["id"], "after one turn of each person, not after all their runs"
    assert worker.TURN == 60


def test_13_nobody_keeps_the_machine_busy_alone(tmp_path: Path) -> None:
    greedy = Client(Settings(tmp_path, launch=IDLE))
    for seed in range(MOST_OPEN):
        assert greedy.post("/api/runs", json={"plans": [{"name": "kingpin"}], "seed": seed}).status_code == 202
    more = greedy.post("/api/runs", json={"plans": [{"name": "kingpin"}], "seed": 99})
    assert more.status_code == 429
    assert "cancel" in more.json()["problems"][0]["message"]
    for wrong in ({"futures": MOST_FUTURES + 1}, {"years": 99}, {"plans": [{"name": "kingpin"}] * 5}, {"seed": -1}):
        assert greedy.post("/api/runs", json={"plans": [{"name": "zone_only"}], **wrong}).status_code == 422


def test_14_logs_hold_no_contents(asking: Client, capfd: pytest.CaptureFixture[str]) -> None:
    asking.post("/api/lint", json={"text": LINE + 'summary = "a secret thought"\n'})
    asking.get("/?plan=kingpin&note=another-secret")
    said = capfd.readouterr().err
    assert "POST /api/lint 200" in said
    assert "secret" not in said


def test_15_an_error_tells_nothing_of_the_machine(asking: Client, done: str, tmp_path: Path) -> None:
    for answer in (
        asking.get("/api/runs/0123456789abcdef0"),
        asking.get(f"/api/runs/{done}/explain/nothing_of_this_name"),
        asking.post("/api/lint", content=b"{", headers={"content-type": "application/json"}),
    ):
        assert answer.status_code in {404, 422}
        assert answer.json()["problems"][0]["message"]
        assert str(tmp_path.parent) not in answer.text
        assert "Traceback" not in answer.text


def test_15b_a_fault_of_ours_tells_its_place_to_the_log_and_nothing_to_whoever_asked(
    asking: Client, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("a secret thought")

    monkeypatch.setattr("premortem.plan.language.catalogue.levers", broken)
    answer = asking.get("/api/levers")
    assert answer.status_code == 500
    assert "fault of Premortem" in answer.json()["problems"][0]["message"]
    said = capfd.readouterr().err
    assert "fault: KeyError at" in said
    assert "secret" not in said + answer.text


def test_16_ids_of_results_cannot_be_guessed_and_lists_are_ones_own(asking: Client, done: str) -> None:
    assert len(done) >= 22
    assert asking.get("/api/runs", headers={"cookie": "premortem_owner=somebody-else-entirely"}).json() == []
    cancelled = asking.post(f"/api/runs/{done}/cancel", json={})
    assert cancelled.status_code == 409


@pytest.mark.parametrize("kept", ["outcomes.parquet", "draws.parquet"])
def test_17_a_shared_result_that_was_changed_is_not_shown(tmp_path: Path, kept: str) -> None:
    from tests.web.conftest import finished

    settings = Settings(tmp_path, launch=IDLE)
    queue = Queue(connect(settings.url))
    run = finished(settings, queue)
    asker = Client(settings)
    address = asker.post(f"/api/runs/{run}/share", json={"view": "#maps"}).json()["address"]
    assert asker.get(address).status_code == 200
    seal = settings.runs / run / kept
    file = next(one for one in seal.rglob("*") if one.is_file()) if seal.is_dir() else seal
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert asker.get(address).status_code == 409


def test_18_no_code_comes_from_files(asking: Client) -> None:
    """A plan is data: what looks like a call or a template stays text."""
    found = asking.post("/api/lint", json={"text": LINE + "summary = \"{{ 7 * 7 }} ${7*7} __import__('os')\"\n"}).json()
    assert found["valid"]
    assert "49" not in found["summary"]
    assert threading.active_count() < 100
