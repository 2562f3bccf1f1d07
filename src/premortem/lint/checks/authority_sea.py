"""The law of the sea (AU43)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule

STOPS = frozenset({"board", "interdict_vessel"})
SAILORS = frozenset({"military", "guard"})


@rule("AU430")
def flag_state(case: PlanView) -> Iterator[Hit]:
    """Vessels of another state may be stopped, and its consent is no ground that is named."""
    for sea in case.plan.sea:
        path = f"sea.{sea.id}"
        foreign = case.field(f"{path}.vessel_flags").has("foreign")
        consents = case.field(f"{path}.boarding_grounds").has("consent")
        yield hit(foreign & ~consents & bool(STOPS & set(sea.tasks)), f"{path}.vessel_flags")


@rule("AU431")
def visit_without_ground(case: PlanView) -> Iterator[Hit]:
    """Vessels are boarded and on what ground is not said."""
    for sea in case.plan.sea:
        path = f"sea.{sea.id}.boarding_grounds"
        yield hit(case.field(path).is_nothing() and "board" in sea.tasks, path)


@rule("AU432")
def no_rescue(case: PlanView) -> Iterator[Hit]:
    """Vessels are destroyed and nothing is provided for survivors."""
    for sea in case.plan.sea:
        survivors = case.field(f"sea.{sea.id}.survivors")
        yield hit(survivors.is_in("none") & ("strike_vessel" in sea.tasks), survivors.path)


@rule("AU433")
def courts_for_those_caught(case: PlanView) -> Iterator[Hit]:
    """US forces or officers stop or board vessels, which US courts can follow only in some cases."""
    yield from case.each(tuple(e for e in case.us if e.place == "sea" and e.task in STOPS))


@rule("AU434")
def coast_guard_at_sea(case: PlanView) -> Iterator[Hit]:
    """The Coast Guard stops or boards vessels."""
    yield from case.each(tuple(e for e in case.us if e.place == "sea" and "coast_guard" in e.kinds and e.task in STOPS))


@rule("AU435")
def detection_and_monitoring(case: PlanView) -> Iterator[Hit]:
    """Soldiers or sailors find and follow vessels."""
    watching = {"detect_monitor", "surveillance"}
    yield from case.each(tuple(e for e in case.us if e.place == "sea" and e.kinds & SAILORS and e.task in watching))
