"""The packaged plans: what their comments cite exists, and the best case of the op-ed leaves nothing open that draws its results."""

import re

import pytest

from premortem.evidence.ledger import load as ledger
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.plan.telling.left_open import left_open

FACT = re.compile(r"\b[a-z]\w*(?:\.\w+){1,4}\b")
FOLLOWS_FROM_SERVICE = {"status", "governor_consent", "agreement_signed", "authority"}
"""Fields that may stay open where the service of an element, or the plan as a whole, says what they are."""


@pytest.mark.parametrize("name", [*packaged.names(), *packaged.gallery()])
def test_facts_cited_in_comments_exist(name: str) -> None:
    known = ledger()
    topics = {fact.partition(".")[0] for fact in known.facts}
    comments = " ".join(line.partition("#")[2] for line in packaged.text(name).splitlines())
    cited = {word for word in FACT.findall(comments) if word.partition(".")[0] in topics and not word.endswith(".toml")}
    assert cited <= {*known.facts, *known.tables}


def test_the_resourced_plan_fills_every_open_field_and_keeps_what_the_text_fixes() -> None:
    written, resourced = load("border_task_forces").plan, load("border_task_forces_resourced").plan
    still_open = {field.path.rpartition(".")[2] for field in left_open(resourced)}
    assert still_open <= FOLLOWS_FROM_SERVICE
    assert len(left_open(written)) > 100
    assert resourced.command.lead == written.command.lead == "socom"
    assert resourced.status.combatant == written.status.combatant == "enemy_combatants"
    assert resourced.roe.target_definition == written.roe.target_definition == "any_cartel_activity"
    assert resourced.zone is not None
    assert (resourced.zone.kind, resourced.zone.depth_miles) == ("exclusion", 20)
    assert [force.id for force in resourced.task_force] == [force.id for force in written.task_force]
    assert sum(force.personnel for force in resourced.task_force if isinstance(force.personnel, int)) == 25_789
