"""The chart of accounts: where every person, weapon, kilogram and dollar can be.

Labels name the index sets: ``o`` organisation, ``r`` region, ``f`` task force, ``a`` party to harm, ``k`` crossing, ``d`` drug,
``q`` sector of the line, ``x`` fate at a crossing, ``u`` home service, ``s`` US side, ``y`` harm to US people, ``l`` kind of load,
``v`` vendor of weapons abroad, ``w`` weapon class, ``i`` origin of weapons (US sides, vendors abroad, own workshops),
``j`` direction of crossing, ``p`` payer, ``n`` kind of spending, ``b`` deal,
``h`` how weapons are lost, ``g`` kind of income, ``z`` kind of outlay.
A mechanism that needs an account of its own declares it in its own file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Account:
    """One account of the double-entry ledger.

    ``unit`` is what is counted; accounts of one unit close together. ``labels`` are its index sets, one letter each.
    A ``source`` is the world outside: it counts, from zero, what it has given. A ``wide`` account holds so many that float32 could not
    see one more; the engine keeps its change since the start. What ``divides`` belongs to an organisation: when it splits or is absorbed,
    its share goes along (``leadership`` moves every such account that some mechanism opens).
    """

    name: str
    unit: str
    labels: str
    meaning: str
    source: bool = False
    wide: bool = False
    divides: bool = False


MEMBERS = Account("members", "person", "or", "members of organisations at large", divides=True)
HELD_MX_RETURN = Account("held_mx_return", "person", "or", "held by Mexico, will re-join on release", divides=True)
HELD_MX_FINAL = Account("held_mx_final", "person", "or", "held by Mexico, will not re-join on release", divides=True)
HELD_US = Account("held_us", "person", "o", "held by the United States", divides=True)
KILLED_BY_RIVALS = Account("killed_by_rivals", "person", "or", "members killed by other organisations, body found")
KILLED_BY_MX = Account("killed_by_mx", "person", "or", "members killed by Mexican forces")
KILLED_BY_US = Account("killed_by_us", "person", "or", "members killed by US forces")
MISSING_MEMBERS = Account("missing_members", "person", "or", "members killed by other organisations and hidden")
MISSING_RESIDENTS = Account("missing_residents", "person", "r", "residents killed by organisations and hidden")
RESIDENTS_HOME = Account("residents_home", "person", "r", "residents living at home", wide=True)
DISPLACED = Account("displaced", "person", "r", "residents displaced from this region")
BOUND_NORTH = Account("bound_north", "person", "r", "residents displaced from this region, on their way to the border")
RESIDENTS_KILLED = Account(
    "residents_killed", "person", "ar", "residents killed, by party: US, state, organisations, unattributed"
)
RESIDENTS_KILLED_OTHER = Account(
    "residents_killed_other", "person", "r", "residents killed in violence that is not organised"
)
US_READY = Account("us_ready", "person", "f", "US task-force people at home and available")
US_FORWARD = Account("us_forward", "person", "f", "US task-force people beyond the line")
US_DWELL = Account(
    "us_dwell", "person", "f", "US people of the rotation base, who rest and train so that others can be deployed"
)
US_RETURNED = Account("us_returned", "person", "f", "US people whom the campaign has sent home")
US_KILLED_HOSTILE = Account("us_killed_hostile", "person", "f", "US people killed by hostile action")
US_DEAD_OTHER = Account("us_dead_other", "person", "f", "US people dead of other causes in theatre")
US_WOUNDED_OUT = Account("us_wounded_out", "person", "f", "US people wounded and not returned to duty")
US_KILLED_BY_MX = Account("us_killed_by_mx", "person", "f", "US people killed in incidents with Mexican forces")
US_RESERVE = Account(
    "us_reserve", "person", "", "US forces outside the campaign, from which task forces are filled", source=True
)
MX_FORCES_RESERVE = Account(
    "mx_forces_reserve", "person", "", "recruits who replace the dead of the Mexican forces", source=True
)
MX_FORCES_KILLED = Account("mx_forces_killed", "person", "r", "Mexican forces killed, by any cause")
DRUGS_MADE = Account(
    "drugs_made", "kg", "d", "drugs made in Mexico, or brought there, for the United States", source=True
)
DRUGS_ELSEWHERE = Account(
    "drugs_elsewhere", "kg", "d", "drugs from other producers that do not pass Mexico", source=True
)
STOCK_MX = Account("stock_mx", "kg", "od", "drugs of organisations in Mexico, pure", divides=True)
STOCK_US = Account("stock_us", "kg", "d", "drugs on the US market, pure")
SEIZED_MX = Account("seized_mx", "kg", "d", "drugs seized in Mexico, pure")
SEIZED_AT = Account("seized_at", "kg", "kd", "drugs seized at crossings, pure")
SEIZED_INTERIOR = Account("seized_interior", "kg", "d", "drugs seized inside the United States, pure")
CONSUMED = Account("consumed", "kg", "d", "drugs used in the United States, pure")
US_RESIDENTS = Account("us_residents", "person", "", "residents of the United States", source=True)
USERS = Account("users", "person", "", "people with an illicit opioid use disorder, not in treatment")
TREATED = Account("treated", "person", "", "people with an opioid use disorder in medication treatment")
REMISSION = Account("remission", "person", "", "people in remission from an opioid use disorder")
OVERDOSE_SYNTHETIC = Account(
    "overdose_synthetic", "person", "", "dead by overdose in the United States, synthetic opioids involved"
)
OVERDOSE_STIMULANT = Account(
    "overdose_stimulant", "person", "", "dead by overdose in the United States, stimulants and no synthetic opioid"
)
OVERDOSE_OTHER = Account("overdose_other", "person", "", "dead by overdose in the United States, other drugs")
DIED_OTHERWISE = Account("died_otherwise", "person", "", "people with a past or present disorder, dead of other causes")
