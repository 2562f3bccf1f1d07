"""What the application answers to programs."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from premortem.instant import answer
from premortem.instant.basis import rests_on
from premortem.instant.file import Levers, read, write
from premortem.plan.language import catalogue, packaged
from premortem.report import levers as page
from premortem.web import server
from premortem.web.notebook import notebook
from premortem.web.plans import router as plans_router
from premortem.web.questions import Question
from premortem.web.settings import LONGEST_ADDRESS, Settings
from premortem.web.shared import Refusal
from premortem.wording.languages import messages
from tests.instant.test_fit import OUTCOMES, TOY, everywhere
from tests.web.conftest import IDLE, Client

BROWSER = {"accept": "text/html,application/xhtml+xml"}
OWN = 'schema = 1\nid = "mine"\nextends = "border_task_forces"\ntitle = "Mine"\nsource = ["project"]\n'


def test_health_plans_and_levers(asking: Client) -> None:
    assert asking.get("/api/health").json()["status"] == "ok"
    listed = asking.get("/api/plans").json()
    assert [one["id"] for one in listed] == [*packaged.names(), *packaged.gallery()]
    assert asking.get("/api/plans/kingpin").json()["text"] == packaged.text("kingpin")
    assert [one["id"] for one in asking.get("/api/levers").json()] == list(catalogue.levers())


def test_a_page_in_spanish_gets_plans_findings_fields_and_errors_in_spanish(asking: Client, done: str) -> None:
    listed = {one["id"]: one for one in asking.get("/api/plans?lang=es").json()}
    english = {one["id"]: one for one in asking.get("/api/plans").json()}
    assert [id_ for id_, one in listed.items() if one["title"] == english[id_]["title"]] == []
    assert [id_ for id_, one in listed.items() if one["summary"] and one["summary"] == english[id_]["summary"]] == []
    spanish = {"accept-language": "es"}  # as the scripts of a page ask
    assert asking.get("/api/plans/kingpin", headers=spanish).json()["title"] == listed["kingpin"]["title"]
    found = asking.post("/api/lint", json={"text": OWN}, headers=spanish).json()
    assert found["counts"].endswith("notas") or "observaci" in found["counts"]
    assert "El plan" in " ".join(one["message"] for one in found["findings"])
    broken = asking.post("/api/lint", json={"text": 'title = "X'}, headers=spanish).json()
    assert broken["problems"][0]["message"] == "no es TOML: texto sin cerrar"
    fields = asking.post("/api/plans/fields", json={"text": OWN}, headers=spanish).json()
    depth = next(one for one in fields if one["path"] == "zone.depth_miles")
    assert depth["meaning"].startswith("profundidad")
    unknown = asking.get("/api/runs/0123456789abcdef?lang=es").json()
    assert unknown["problems"][0]["message"].startswith("no existe esa simulación")
    run = asking.get(f"/api/runs/{done}?lang=es").json()
    assert run["titles"] == [listed["status_quo"]["title"], listed["border_task_forces"]["title"]]
    assert (
        f"<h1>{messages('es')('versus', plan=run['titles'][1], baseline=run['titles'][0])}"
        in asking.get(f"/runs/{done}?lang=es").text
    )
    home = asking.get("/?lang=es").text
    assert listed["status_quo"]["title"] in home
    assert english["status_quo"]["title"] not in home


def test_an_unknown_plan_is_an_error_with_the_nearest_name(asking: Client) -> None:
    answer = asking.post("/api/lint", json={"name": "kingpinn"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["nearest"] == "kingpin"


def test_an_address_that_names_no_plan_is_not_there(asking: Client) -> None:
    answer = asking.get("/api/plans/kingpinn")
    assert answer.status_code == 404
    assert answer.json()["problems"][0]["nearest"] == "kingpin"


def test_a_result_comes_as_a_notebook_that_asks_the_same_again(
    asking: Client, done: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import premortem

    made = asking.get(f"/runs/{done}/notebook.ipynb").json()
    code = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    asked: list[Any] = []

    class Made:
        def __getattr__(self, name: str) -> Any:
            return lambda *given: self

    def run(*plans: str, **numbers: Any) -> Made:
        asked.append((plans, numbers))
        return Made()

    monkeypatch.setattr(premortem, "run", run)
    monkeypatch.chdir(tmp_path)
    mine = Question.model_validate({"plans": [{"text": OWN}], "futures": 40, "years": 1})
    other = [
        cell["source"]
        for cell in json.loads(notebook(mine, "0", messages("es")))["cells"]
        if cell["cell_type"] == "code"
    ]
    for source in (code, other):
        names: dict[str, Any] = {}
        for cell in source:
            exec(cell, names)
    numbers = {"seed": 1, "reuse": True}
    assert asked == [
        (("status_quo", "border_task_forces"), {"futures": 80, "years": 2, **numbers}),
        (("status_quo", "mine.toml"), {"futures": 40, "years": 1, **numbers}),
    ]
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == OWN
    assert asking.get(f"/runs/{done}").text.count("notebook.ipynb") == 1


def test_a_broken_plan_is_an_answer_with_lines(asking: Client) -> None:
    found = asking.post("/api/lint", json={"text": OWN + "[zone]\ndepth_mile = 5\n"}).json()
    assert not found["valid"]
    problem = found["problems"][0]
    assert (problem["line"], problem["nearest"]) == (7, "depth_miles")


def test_findings_are_those_of_the_linter_and_say_which_lines_are_ones_own(asking: Client) -> None:
    found = asking.post("/api/lint", json={"text": OWN + "[zone]\ndepth_miles = 5\n"}).json()
    assert found["valid"]
    assert {one["own"] for one in found["findings"]} == {True, False}
    assert all(one["file"] == "mine.toml" for one in found["findings"] if one["own"])


def test_the_form_sets_a_field_in_the_text_and_keeps_its_comments(asking: Client) -> None:
    text = OWN + "# why so narrow\n[zone]\ndepth_miles = 5 # miles\n"
    made = asking.post(
        "/api/plans/set", json={"text": text, "changes": {"zone.depth_miles": 7, "consent.mexico": "none"}}
    ).json()["text"]
    assert "depth_miles = 7 # miles" in made
    assert "# why so narrow" in made
    shown = {one["path"]: one for one in asking.post("/api/plans/fields", json={"text": made}).json()}
    assert shown["zone.depth_miles"]["value"] == 7
    assert shown["zone.depth_miles"]["high"] == 100
    assert shown["consent.mexico"]["value"] == "none"
    assert {"none", "unspecified"} <= shown["consent.mexico"]["words"].keys()
    wrong = asking.post("/api/plans/set", json={"text": text, "changes": {"zone.depth_miles": 700}})
    assert wrong.status_code == 422
    assert "100" in wrong.json()["problems"][0]["allowed"]


def test_a_run_is_queued_once_followed_and_listed(asking: Client) -> None:
    asked = {"plans": [{"text": OWN}, {"name": "kingpin"}], "futures": 40, "years": 1}
    first = asking.post("/api/runs", json=asked)
    assert (first.status_code, first.json()["reused"]) == (202, False)
    again = asking.post("/api/runs", json=asked)
    assert (again.status_code, again.json()["id"], again.json()["reused"]) == (200, first.json()["id"], True)
    seen = asking.get(f"/api/runs/{first.json()['id']}").json()
    assert seen["state"] == "waiting"
    assert seen["titles"] == ["Status quo carried on", "Mine", asking.get("/api/plans/kingpin").json()["title"]]
    assert first.json()["id"] in [one["id"] for one in asking.get("/api/runs").json()]
    page = asking.get(first.json()["address"])
    assert page.status_code == 200
    assert asking.get(f"{first.json()['address']}/report.html").status_code == 409


def test_two_plans_of_one_id_are_refused(asking: Client) -> None:
    answer = asking.post("/api/runs", json={"plans": [{"name": "kingpin"}, {"name": "kingpin"}]})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["found"] == "kingpin"


def test_a_finished_run_is_followed_compared_and_its_plans_read(asking: Client, done: str) -> None:
    events = asking.get(f"/api/runs/{done}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    kind, data = events.text.strip().split("\n")
    assert kind == "event: progress"
    assert json.loads(data.removeprefix("data: "))["state"] == "done"
    compared = asking.get(f"/api/runs/{done}/comparison").json()
    by_id: dict[str, Any] = {one["id"]: one for one in compared["outcomes"]}
    assert by_id["homicides_mx"]["share_better"] == 1.0
    assert {one["id"] for one in compared["carried_out"]} == set(by_id)
    assert asking.get(f"/runs/{done}/plans/border_task_forces.toml").text == packaged.text("border_task_forces")
    assert asking.get(f"/runs/{done}/plans/another.toml").status_code == 404


def test_the_page_of_a_result_says_what_the_report_says(asking: Client, done: str) -> None:
    english, spanish = (asking.get(f"/runs/{done}?lang={lang}").text for lang in ("en", "es"))
    assert 'table class="short" data-plan="border_task_forces"' in english
    assert "Homicides in Mexico" in english
    assert "Homicidios en México" in spanish


def test_a_share_is_short_and_opens_the_same_result(asking: Client, done: str) -> None:
    made = asking.post(f"/api/runs/{done}/share", json={"view": "#outcome-homicides_mx"}).json()
    assert len(f"http://localhost:8000{made['address']}") < LONGEST_ADDRESS
    page = asking.get(made["address"]).text
    assert made["digest"] in page
    assert 'data-view="#outcome-homicides_mx"' in page
    assert asking.get("/s/nothing-of-this-kind").status_code == 404


def test_every_language_has_the_words_that_the_scripts_ask_for(asking: Client) -> None:
    import re

    from premortem.evidence.reading import data
    from premortem.wording.languages import LANGUAGES, messages

    asked = {
        key
        for script in Path(str(data() / "web")).glob("*.js")
        for key in re.findall(r'\bsay\("([\w.]+)"', script.read_text(encoding="utf-8"))
    }
    assert len(asked) > 30
    for language in LANGUAGES:
        known = {key.removeprefix("web.").removesuffix(".other") for key in messages(language).texts}
        assert asked <= known, asked - known


def test_the_description_holds_what_the_contract_names(asking: Client) -> None:
    paths = asking.get("/openapi.json").json()["paths"]
    contract = {
        ("get", "/api/health"), ("get", "/api/plans"), ("post", "/api/lint"), ("post", "/api/runs"), ("get", "/api/runs/{run}"),
        ("get", "/api/levers"), ("post", "/api/instant"),
    }  # fmt: skip
    assert contract <= {(method, path) for path, methods in paths.items() for method in methods}
    assert plans_router.routes


def test_what_is_refused_has_the_shape_that_the_description_names(asking: Client) -> None:
    described = asking.get("/openapi.json").json()
    assert "HTTPValidationError" not in described["components"]["schemas"]
    for methods in described["paths"].values():
        for operation in methods.values():
            for status in ("404", "405", "422", "default"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema["$ref"].endswith("/Refusal")
    for method, path, refused in (
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/runs", 405),
        ("POST", "/api/runs", 422),
    ):
        answer = asking.request(method, path, **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == refused
        Refusal.model_validate(answer.json())


@pytest.mark.parametrize("given", [{"futures": True}, {"years": True}, {"seed": False}, {"futures": "40"}])
def test_a_number_is_a_number(asking: Client, given: dict[str, Any]) -> None:
    answer = asking.post("/api/runs", json={"plans": [{"name": "kingpin"}], **given})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["key"] == next(iter(given))


def test_an_instant_answer_without_a_file_says_which_command_makes_one(
    asking: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "packaged_files", dict)
    answer = asking.post("/api/instant", json={"plan": {"name": "border_task_forces"}})
    assert answer.status_code == 503
    assert "premortem instant design border_task_forces" in answer.json()["problems"][0]["message"]


@pytest.mark.parametrize(
    "path", ["/api/runs/0123456789abcdef", "/runs/0123456789abcdef", "/api/runs/0123456789abcdef/events"]
)
def test_an_unknown_run_says_so(asking: Client, path: str) -> None:
    answer = asking.get(path)
    assert answer.status_code == 404
    assert "no such run" in answer.text


def test_an_instant_answer_comes_with_its_errors_and_what_is_not_covered_is_refused(tmp_path: Path) -> None:
    fitted = everywhere()
    levers = Levers(TOY, OUTCOMES, 1, 13, rests_on(TOY.plan), {"as_likely": {"held_out": 4}}, {"as_likely": fitted})
    write(levers, tmp_path / "levers.pmia")
    asker = Client(Settings(tmp_path, launch=IDLE))
    inside = OWN + 'duration_weeks = 52\n[zone]\ndepth_miles = 30\n[consent]\nmexico = "none"\n'
    found = asker.post("/api/instant", json={"plan": {"text": inside}}).json()
    assert found["measured"]["held_out"] == 4
    homicides = found["outcomes"][0]
    assert homicides["q05"][-1] < homicides["q50"][-1] < homicides["q95"][-1]
    assert set(found["adds"]) == {"zone.depth_miles", "duration_weeks"}  # the word stands where it begins
    added = found["start"]["homicides_mx"] + sum(one["homicides_mx"] for one in found["adds"].values())
    assert added == pytest.approx(homicides["q50"][-1])
    assert len(homicides["error_median"]) == len(homicides["q50"]) == len(homicides["rough"])
    outside = asker.post("/api/instant", json={"plan": {"text": inside.replace("= 30", "= 90")}})
    assert outside.status_code == 422
    assert "run the plan" in outside.json()["problems"][0]["message"]


def test_what_a_page_evaluates_is_what_the_server_does_and_its_lines_are_a_plan(tmp_path: Path) -> None:
    fitted = everywhere()
    levers = Levers(TOY, OUTCOMES, 1, 13, rests_on(TOY.plan), {}, {"as_likely": fitted, "carried_out": fitted})
    write(levers, tmp_path / "levers.pmia")
    asker = Client(Settings(tmp_path, launch=IDLE))
    box = asker.get("/api/instant?lang=es").json()
    assert [one["path"] for one in box["inputs"]] == ["zone.depth_miles", "duration_weeks", "consent.mexico"]
    assert box["inputs"][0]["label"] == "Profundidad de la zona, millas"
    assert [one["start"] for one in box["inputs"]] == [20, 58, "none"]  # the plan states the first
    assert [one["open"] for one in box["inputs"]] == [False, True, True]
    values = {"zone.depth_miles": "30", "duration_weeks": "52", "consent.mexico": '"none"', "": ""}
    text = "\n".join(begin + values[path] for begin, path in box["lines"])
    assert asker.post("/api/instant", json={"plan": {"text": text}}).status_code == 200
    (tmp_path / "one.pmia").write_bytes(asker.get("/api/instant/carried_out.pmia").content)
    alone = read(tmp_path / "one.pmia")
    assert list(alone.readings) == ["carried_out"]
    point: dict[str, float | str] = {"zone.depth_miles": 30.0, "duration_weeks": 52.0, "consent.mexico": "none"}
    ours, theirs = (answer.at(one, point, "carried_out")[0].quantiles for one in (levers, alone))
    assert theirs == pytest.approx(ours, rel=1e-4)
    assert asker.get("/api/instant/neither.pmia").status_code == 422
    assert "levers-inputs" in asker.get("/levers").text
    assert "/levers" in asker.get("/").text


def test_levers_of_another_version_are_refused_with_what_makes_them_and_the_start_page_does_not_offer_them(
    tmp_path: Path,
) -> None:
    fitted = everywhere()
    old = {**rests_on(TOY.plan), "model": "another"}
    write(Levers(TOY, OUTCOMES, 1, 13, old, {}, {"as_likely": fitted}), tmp_path / "levers.pmia")
    asker = Client(Settings(tmp_path, launch=IDLE))
    for content in ((tmp_path / "levers.pmia").read_bytes(), b"damaged"):
        (tmp_path / "levers.pmia").write_bytes(content)
        for path in ("/api/instant", "/api/instant/as_likely.pmia"):
            refused = asker.get(path)
            assert refused.status_code == 503
            assert "premortem instant design border_task_forces" in refused.json()["problems"][0]["message"]
        for language, words in (("en", "fitted on this server"), ("es", "En este servidor")):
            page = asker.get(f"/levers?lang={language}", headers=BROWSER)
            assert page.status_code == 503
            assert f'<html lang="{language}">' in page.text
            assert words in page.text
            assert "premortem instant fit DIR -o levers.pmia" in page.text
        assert "/levers" not in asker.get("/").text


@pytest.mark.parametrize(
    ("path", "status", "english", "spanish"),
    [
        ("/runs/0123456789abcdef", 404, "No such run", "No existe esa"),
        ("/runs/no", 404, "nothing at this address", "No hay nada en esta"),
        ("/s/0123456789abcdef", 404, "There is no such shared result.", "No existe"),
        ("/nowhere", 404, "nothing at this address", "No hay nada en esta"),
    ],
)
def test_a_person_who_opens_an_address_that_is_not_there_reads_a_page_in_their_language(
    asking: Client, path: str, status: int, english: str, spanish: str
) -> None:
    for language, words in (("en", english), ("es", spanish)):
        page = asking.get(f"{path}?lang={language}", headers=BROWSER)
        assert page.status_code == status
        assert page.headers["content-type"].startswith("text/html")
        assert f'<html lang="{language}">' in page.text
        assert words in page.text
    assert asking.get(path).json()["problems"]


def test_what_becomes_of_a_plan_over_time_comes_with_the_futures_so_far(asking: Client, done: str) -> None:
    found = asking.get(f"/api/runs/{done}/courses?plan=border_task_forces&reading=carried_out").json()
    assert found["futures"] == 80
    homicides = found["outcomes"]["homicides_mx"]
    assert len(homicides["q50"]) == 104 // found["step_weeks"]
    assert all(low <= high for low, high in zip(homicides["q05"], homicides["q95"], strict=True))
    lines = asking.get(f"/api/runs/{done}/comparison").json()["carried_out"]
    line = next(one for one in lines if one["id"] == "homicides_mx")
    assert homicides["q50"][-1] == pytest.approx(line["difference"]["median"])
    unknown = asking.get(f"/api/runs/{done}/courses?plan=nobody")
    assert unknown.status_code == 422
    assert "border_task_forces" in unknown.json()["problems"][0]["allowed"]


def test_small_answers_do_not_wait_for_their_head_to_be_confirmed(tmp_path: Path) -> None:
    address = server.bind(Settings(tmp_path, port=0))
    client = socket.create_connection(address.socket.getsockname())
    accepted, _ = address.socket.accept()
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    for one in (client, accepted, address.socket):
        one.close()


def test_the_packaged_plans_are_read_once_however_many_people_look(
    asking: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking.get("/api/plans")
    monkeypatch.setattr("premortem.web.questions.load_text", None)  # any reading would fail
    assert asking.get("/").status_code == 200
    assert len(asking.get("/api/plans").json()) > 20
