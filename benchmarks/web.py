"""How quick the web application is: first page in a browser, page actions of twenty users at once. Bounded to a few minutes.

    python benchmarks/web.py [--users 20] [--seconds 30] [--exact 5]

A server is started in a temporary folder with one finished run (40 futures of a year). The users are another process on the same machine,
so that on two cores they share them with the server. Then so many runs are asked for as the levers ask for them, 200 futures of five years
with the baseline in the cache, and so many without (another depth): seconds to the first futures, to all under the reading shown, to both
readings (medians). Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx

ASKED = {"plans": [{"name": "kingpin"}], "futures": 40, "years": 1}
TEXT = 'schema = 1\nid = "mine"\nextends = "border_task_forces"\ntitle = "Mine"\nsource = ["project"]\n[zone]\ndepth_miles = {}\n'
PATIENCE = 600.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--users", type=int, default=20)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--exact", type=int, default=5)
    arguments.add_argument("--address", default="", help=argparse.SUPPRESS)  # of the users' process
    arguments.add_argument("--run", default="", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.address:
        print(json.dumps(_users(given.address, given.run, given.users, given.seconds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "premortem", "serve", "--port", "0", "--no-open", "--folder", folder]
        began = time.perf_counter()
        with Path(folder, "log").open("w") as log:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip().rstrip("/")
            httpx.get(f"{address}/api/health", timeout=60).raise_for_status()
            started = time.perf_counter() - began
            found = {"started_s": round(started, 2), **_run(address), **_first_page(address)}
            run = httpx.get(f"{address}/api/runs", timeout=60).json()[0]["id"]
            users = [sys.executable, __file__, "--address", address, "--run", run]
            users += ["--users", str(given.users), "--seconds", str(given.seconds)]
            found |= json.loads(subprocess.run(users, check=True, capture_output=True, text=True).stdout)
            found |= _exact(address, given.exact)
            print(json.dumps({**found, "cores": len(os.sched_getaffinity(0))}))
        finally:
            server.terminate()
            server.wait(30)


def _run(address: str) -> dict[str, float]:
    """Time a run on a server whose worker has just started, and one on a warm server: to the first futures, and to the end."""
    found = {}
    for name, seed in (("cold", int(time.time())), ("warm", int(time.time()) + 1)):
        began, first = time.perf_counter(), math.nan
        run = httpx.post(f"{address}/api/runs", json={**ASKED, "seed": seed}, timeout=60).json()["id"]
        while (seen := httpx.get(f"{address}/api/runs/{run}", timeout=60).json())["state"] in {"waiting", "running"}:
            if seen["paired"] and math.isnan(first):
                first = time.perf_counter() - began
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit("the run took too long")
            time.sleep(0.05)
        ended = time.perf_counter() - began
        found |= {f"{name}_first_futures_s": round(min(first, ended), 2), f"{name}_run_s": round(ended, 2)}
    return found


def _exact(address: str, many: int) -> dict[str, float]:
    """Time runs of places of the levers. Nothing where none are fitted.

    Another duration finds its baseline in the cache, once the first run, which does not count, has put it there. Another depth cuts the
    states elsewhere: its baseline is of another map and is simulated with it.
    """
    with httpx.Client(base_url=address, timeout=120) as asker:
        answer = asker.get("/api/instant")
        if answer.status_code != 200 or not many:
            return {}
        box, luck, found = answer.json(), int(time.time()), dict[str, float]()  # a seed of no run that the cache has
        for name, path, begin in (("exact", "duration_weeks", 100), ("exact_depth", "zone.depth_miles", 10.5)):
            times = [_place(asker, box, {path: begin + number}, luck) for number in range(many + 1)]
            medians = (statistics.median(each) for each in zip(*times[1:], strict=True))
            parts = ("first_futures_s", "reading_shown_s", "both_readings_s")
            found |= {f"{name}_{part}": round(median, 2) for part, median in zip(parts, medians, strict=True)}
        return found


def _place(asker: httpx.Client, box: dict[str, Any], moved: dict[str, float], luck: int) -> tuple[float, float, float]:
    """Return seconds until the first futures, all under the reading shown, and both readings of a place are there."""
    values = {one["path"]: one["start"] for one in box["inputs"]} | moved
    text = "\n".join(begin + (_number(values[path]) if path else "") for begin, path in box["lines"])
    asked = {"plans": [{"text": text}], "futures": 200, "years": 5, "seed": luck, "first": "as_likely"}
    began, reached = time.perf_counter(), dict[int, float]()
    run = asker.post("/api/runs", json=asked).json()["id"]
    while (seen := asker.get(f"/api/runs/{run}").json())["state"] in {"waiting", "running"}:
        reached.setdefault(seen["paired"], time.perf_counter() - began)
        time.sleep(0.1)
    ended = time.perf_counter() - began
    if seen["state"] != "done":
        raise SystemExit(f"an exact run has failed: {seen['problems']}")
    first = min((when for paired, when in reached.items() if paired), default=ended)
    return first, reached.get(200, ended), ended


def _number(value: float | str) -> str:
    """Return a value as the page writes it: a whole number without a point."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def _first_page(address: str) -> dict[str, float]:
    """Time from asking to a page that can be used, in a browser that has just been started; nothing where there is none."""
    from premortem.report.files import browser

    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    if browser() is None:
        return {}
    with sync_playwright() as driver:
        program = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = program.new_page()
        began = time.perf_counter()
        page.goto(f"{address}/")
        page.locator("#summary:not(:empty)").wait_for()
        first = time.perf_counter() - began
        page.click("#write")
        began = time.perf_counter()
        page.locator("#findings li").first.wait_for()
        lint = time.perf_counter() - began
        program.close()
    return {"first_page_s": round(first, 2), "lint_beside_line_s": round(lint, 2)}


def _users(address: str, run: str, users: int, seconds: float) -> dict[str, float]:
    """Let users read, type and open results for some seconds, with a pause between, and return how long answers took."""
    times: list[float] = []
    errors: list[str] = []
    ends = time.perf_counter() + seconds

    def user(number: int) -> None:
        actions = (
            lambda: asker.get("/"),
            lambda: asker.post("/api/lint", json={"text": TEXT.format(number + 1)}),
            lambda: asker.post("/api/plans/fields", json={"text": TEXT.format(number + 1)}),
            lambda: asker.get("/api/runs"),
            lambda: asker.get(f"/runs/{run}"),
            lambda: asker.get(f"/api/runs/{run}"),
        )
        with httpx.Client(base_url=address, timeout=30) as asker:
            turn = number
            while time.perf_counter() < ends:
                began = time.perf_counter()
                try:
                    answer = actions[turn % len(actions)]()
                    times.append(time.perf_counter() - began)
                    if answer.status_code != 200:
                        errors.append(str(answer.status_code))
                except httpx.TransportError as error:
                    errors.append(type(error).__name__)
                turn += 1
                time.sleep(1.5)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(times)
    at = [ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95)]
    return {
        "users": users, "actions": len(ordered), "errors": len(errors), "p50_ms": round(1000 * at[0]), "p95_ms": round(1000 * at[1]),
    }  # fmt: skip


if __name__ == "__main__":
    main()
