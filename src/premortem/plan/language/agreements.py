"""Elements of a plan by which others agree to something: deals with organisations, bargains with governments, and what is assumed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import model_validator

from premortem.plan.language.expression import Condition
from premortem.plan.language.kinds import Conditional, Day, Flag, Number, Slug, Text, Whole, Word, refuse
from premortem.plan.language.marks import ListOf, Open
from premortem.plan.language.table import REQUIRED, Table, about, opened


class Deal(Table):
    """``[[deal]]``: what is offered to organisations: talks, a truce with terms, amnesty, demobilisation.

    Whether organisations agree, and whether a truce holds, is the simulation's to draw.
    """

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    kind: Annotated[str, Word("deal_kind")] = about(REQUIRED, "what is offered")
    parties: Open[ListOf[Annotated[str, Word("org")]]] = opened("organisations it is offered to")
    regions: ListOf[Annotated[str, Word("region")]] = about((), "Mexican states where it holds; none named: all")
    monitors: Open[Annotated[float, Number(0, 1)]] = opened("how well others watch that it is kept, 0 to 1")
    concessions: ListOf[Annotated[str, Word("concession")]] = about((), "what is given for it")
    amnesty: Open[Annotated[str, Word("amnesty")]] = opened("who is not prosecuted")
    crimes_left_out: Open[ListOf[Annotated[str, Word("grave_crime")]]] = opened("crimes that no amnesty covers")
    victims: Open[Annotated[bool, Flag()]] = opened("truth and redress for victims are part of it")
    places_per_year: Open[Annotated[int, Whole(0, 500_000)]] = opened(
        "people a year who get a place in a programme for those who leave"
    )
    licensed: Open[Annotated[bool, Flag()]] = opened("a US licence allows dealings with listed organisations")
    on_breach: Open[Annotated[str, Word("on_breach")]] = opened("what follows if it is broken")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis")
    payer: Annotated[str, Word("payer")] | None = about(
        None, "who pays for its programmes", otherwise="by the plan's payer"
    )
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "on offer from")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("on offer until")


class Bargain(Table):
    """``[[bargain]]``: one thing for another. If the other side agrees one phase is called, if not another."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    partner: Annotated[str, Word("bargain_with")] = about(REQUIRED, "who has to agree")
    asks: Annotated[str, Text(1, 200)] = about(REQUIRED, "what is asked of them, in words")
    by_week: Annotated[int, Whole(0, 2080)] = about(REQUIRED, "week by which they have agreed or not")
    chance: Open[Annotated[float, Number(0, 1)]] = opened("probability that they agree")
    agreed: Annotated[str, Slug()] | None = about(
        None, "phase from that week on if they agree", otherwise="nothing changes"
    )
    refused: Annotated[str, Slug()] | None = about(None, "phase from that week on if not", otherwise="nothing changes")
    kept: Open[Annotated[Condition, Conditional()]] = opened("condition by which all can see that it is kept")

    @model_validator(mode="after")
    def _something_follows(self) -> Bargain:
        if self.agreed is None and self.refused is None:
            allowed = "agreed = name of a phase, or refused, or both"
            raise refuse("missing_key", "nothing follows from the bargain", allowed)
        return self


class EventAssumed(Table):
    """``[[event_assumed]]``: an event that the plan assumes will happen; every result is then under that assumption."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    kind: Annotated[str, Word("event_kind")] = about(REQUIRED, "what happens")
    week: Annotated[int, Whole(0, 2080)] = about(REQUIRED, "when, in weeks from the start")
    why: Annotated[str, Text(0, 400)] = about("", "why it is assumed")


class Reference(Table):
    """``[[reference]]``: a text that the plan is from and that the evidence ledger does not hold."""

    id: Annotated[str, Slug()] = about(REQUIRED, "key under which source names it")
    title: Annotated[str, Text(1, 200)] = about(REQUIRED, "title of the text")
    publisher: Annotated[str, Text(0, 120)] = about("", "who published it")
    url: Annotated[str, Text(0, 400)] = about("", "address")
    dated: Annotated[date, Day()] | None = about(None, "date of the text", otherwise="not stated")
