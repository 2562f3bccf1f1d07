import re

from premortem.evidence import outcomes, parameters
from premortem.plan.language.catalogue import levers
from premortem.plan.language.fields import fields
from premortem.wording.inputs import input_words
from premortem.wording.languages import LANGUAGES, messages


def test_every_name_of_an_input_in_the_catalogue_is_of_one_that_there_is() -> None:
    known = parameters.load().keys() | {f"open.{path}" for path in fields()}
    named = {key.removeprefix("input.") for key in messages("en").texts if key.startswith("input.")}
    assert len(named) > 40
    assert named - known == set()


def test_inputs_are_named_in_words_of_the_language_and_never_by_id() -> None:
    names = ("own_effort.injury_effect", "open.consent.mexico=none", "open.task_force.btfg_texas.units.delta_force")
    for name in names:
        words = [input_words(name, messages(language)) for language in LANGUAGES]
        assert len(set(words)) == len(LANGUAGES), name
        assert not any("_" in one or "open." in one for one in words), name
    assert input_words(names[1], messages("en")) == "Mexico's consent: none or not (the plan leaves it open)"
    assert input_words("open.start", messages("en")) == "when the campaign starts (the plan leaves it open)"


def test_what_the_catalogue_does_not_name_goes_by_its_meaning() -> None:
    assert input_words("rivalry.theta", messages("en")) in parameters.load()["rivalry.theta"].meaning
    assert input_words("gone.since", messages("en")) == "gone.since"


def test_no_lever_and_no_outcome_is_named_by_its_id_in_the_words_of_an_input() -> None:
    ids = {*levers(), *outcomes.load()}
    for language in LANGUAGES:
        t = messages(language)
        for name in parameters.load():
            assert not ids & set(re.findall(r"[a-z]\w*(?:[._][a-z0-9]\w*)+", input_words(name, t))), (language, name)
