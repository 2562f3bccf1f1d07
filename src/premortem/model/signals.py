"""Signals: the named quantities by which mechanisms influence one another.

A mechanism that computes a signal from the state at the start of the week *provides* it; any other may read it. While nobody provides it
(the mechanism is switched off, or not built yet) readers get its neutral value, at which the influence is absent. Reading is recorded,
so who feeds whom is a generated diagram and not a promise. A new mechanism may declare signals of its own in its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from premortem.arrays import jax, jnp
from premortem.model.index_sets import LOADS
from premortem.model.units import MILLION, WEEKS_PER_YEAR
from premortem.model.world import World


@dataclass(frozen=True)
class Signal:
    """A quantity one mechanism offers to the others; ``labels`` are its index sets.

    ``neutral`` is its value when nobody provides it: one number, or what the world says at the start.
    """

    name: str
    unit: str
    labels: str
    neutral: float | Callable[[World], jax.Array]
    meaning: str


# violence and pressure
VIOLENCE = Signal("violence", "ratio", "r", 1.0, "organised deaths of last week over those of the start")
ORGANISED_DEATHS = Signal("organised_deaths", "person/week", "r", 0.0, "organised homicides of last week")
PRESSURE = Signal(
    "pressure", "1/week", "or", 0.0, "risk of a member to be held or killed by state or US forces, as of last week"
)
PRESSURE_RATIO = Signal(
    "pressure_ratio", "ratio", "or", 1.0, "pressure over its value at the start, neither taken below a floor"
)
REGIONAL_PRESSURE_RATIO = Signal(
    "regional_pressure_ratio", "ratio", "r", 1.0, "mean pressure on a region's members over the start, likewise"
)
EXPOSED = Signal("exposed", "share", "or", 1.0, "share of members who have not gone to ground, relative to the start")
CONFLICT = Signal(
    "conflict", "ratio", "or", 1.0, "multiplier on an organisation's own fights after the loss of leaders"
)
INTERNAL_CONFLICT = Signal(
    "internal_conflict", "ratio", "or", 0.0, "contact of an organisation with itself where it lost its head"
)
FEUD = Signal("feud", "1", "oo", 0.0, "weight of rivalry between splinters and their parents, which fades")
HEADS_LOST = Signal("heads_lost", "count", "o", 0.0, "heads of organisations removed last week, by whomever")
WAR_ONSET = Signal(
    "war_onset", "ratio", "r", 0.0, "size of wars that splits began last week, over the mean size of a war"
)
RIVAL_WEIGHT = Signal(
    "rival_weight", "1", "oo", lambda world: world.rival_weight, "weight of rivalry that stays, splinters included"
)
ALLY_STRENGTH = Signal(
    "ally_strength", "1", "o", lambda world: world.ally_strength, "weight of declared alliances, splinters included"
)
TRUCE = Signal("truce", "index", "or", 0.0, "1 where a truce binds the organisation")
RECRUITMENT_CAPACITY = Signal(
    "recruitment_capacity", "ratio", "o", 1.0, "share of recruitment capacity left after a removal"
)
GROWTH = Signal("growth", "1/year", "", 0.0, "growth of all organisations' membership at the start")
COHESION_RATIO = Signal("cohesion_ratio", "ratio", "o", 1.0, "cohesion over its start")
SPLIT_SHARE = Signal("split_share", "share", "o", 0.0, "share of an organisation that left it last week in a split")
SPLIT_TARGET = Signal(
    "split_target", "share", "o", 0.0, "where that share went: 1 at a spare slot, or the pool's weights"
)
ABSORBED = Signal("absorbed", "share", "o", 0.0, "share of an organisation that was absorbed by the pool last week")
# state, operations, people
FORCE_RATIO = Signal("force_ratio", "ratio", "r", 1.0, "Mexican forces on public security over the start")
OWN_EFFORT = Signal(
    "own_effort",
    "ratio",
    "r",
    1.0,
    "own effort of Mexican forces over the start, by their people and how hard they work",
)
OWN_INTENSITY = Signal("own_intensity", "ratio", "", 1.0, "how hard Mexican forces work over the start")
STATE_EFFORT = Signal(
    "state_effort",
    "ratio",
    "r",
    1.0,
    "own effort of Mexican forces over the start, with what US partners beside them add; without shared leads",
)
INTEGRITY_RATIO = Signal("integrity_ratio", "ratio", "r", 1.0, "integrity of Mexican forces over the start")
NORTHERN_GUARD = Signal(
    "northern_guard", "person", "r", lambda world: world.northern_guard, "Mexican forces sent to the northern border"
)
RECORDED_STATE_KILLS = Signal(
    "recorded_state_kills", "person/week", "r", 0.0, "killed by Mexican forces last week and counted as homicides"
)
REJOIN = Signal("rejoin", "share", "", 0.0, "share of those held by Mexico who will re-join after release")
PROSECUTION = Signal(
    "prosecution", "ratio", "", 1.0, "factor of prosecution on the share of those held who will re-join"
)
RECRUITS = Signal("recruits", "person/week", "r", 0.0, "ordinary recruits last week, without those made by harm")
US_PRESENCE = Signal("us_presence", "person", "r", 0.0, "US people on presence tasks")
US_INTERDICTION = Signal(
    "us_interdiction", "agent", "r", 0.0, "US people on interdiction tasks, as Border Patrol agents"
)
ORBITS = Signal("orbits", "orbit", "", 0.0, "unarmed US aircraft aloft over Mexico")
AGENCIES_USED = Signal(
    "agencies_used", "share", "", 0.0, "how far US intelligence agencies' leads went to US forces last week"
)
PORT_AIM = Signal("port_aim", "ratio", "", 1.0, "how well searches at ports are aimed, over the start")
TRADE_LOST = Signal(
    "trade_lost",
    "share",
    "",
    0.0,
    "share of the trade by land that was lost last week to orders at ports and to a US duty",
)
US_SURVEILLANCE = Signal(
    "us_surveillance",
    "orbit",
    "r",
    0.0,
    "unarmed US aircraft aloft, with those who watch on the ground as so many more",
)
HELD_IN_ERROR = Signal("held_in_error", "person/week", "r", 0.0, "residents held by US forces in error last week")
COVERAGE = Signal("coverage", "share", "r", 0.0, "coverage of residents by forces, above its start value")
US_REMOVALS = Signal("us_removals", "count", "o", 0.0, "leaders removed by US forces last week")
PARTNER_GAIN = Signal("partner_gain", "ratio", "", 1.0, "gain of Mexican effort from US partner forces")
PARTNER_PEOPLE = Signal("partner_people", "person", "", 0.0, "US people on partner tasks")
INTELLIGENCE = Signal(
    "intelligence",
    "index",
    "r",
    0.0,
    "index at which an exposed member yields `operations.lead` leads a week times the index",
)
INTELLIGENCE_RATIO = Signal(
    "intelligence_ratio",
    "ratio",
    "r",
    1.0,
    "intelligence on members, without what the two countries share, over its start",
)
SUPPORT_STATE_RATIO = Signal(
    "support_state_ratio", "ratio", "r", 1.0, "residents' support for the state over its start"
)
BACKLASH = Signal("backlash", "person/week", "r", 0.0, "recruits made (or deterred) by harm to residents")
CONTROL = Signal("control", "share", "or", 0.0, "share of control by organisation")
CONTEST = Signal("contest", "share", "r", 0.0, "contestedness of control: one less the sum of squared shares")
# provided by the mechanisms of money, arms, economy, mexico, washington, command, homefront
PAY = Signal("pay", "ratio", "o", 1.0, "income per member over its start")
BUDGET = Signal("budget", "ratio", "o", 1.0, "cash for arms and bribes over its start")
BRIBES = Signal("bribes", "ratio", "r", 1.0, "bribes paid per member of the forces over the start")
REVENUE = Signal("revenue", "ratio", "or", 1.0, "revenue per member over its start")
LETHALITY = Signal("lethality", "ratio", "or", 1.0, "lethality of fights from weapons per member over the start")
ARMS_PER_MEMBER = Signal("arms_per_member", "ratio", "or", 1.0, "weapons per member over the start")
HEAVY_PER_MEMBER = Signal("heavy_per_member", "ratio", "o", 1.0, "heavy weapons per member over the start")
ARMS_OUTLAY = Signal("arms_outlay", "USD/week", "o", 0.0, "what an organisation spent on weapons last week")
JOBLESSNESS = Signal("joblessness", "percentage_point", "r", 0.0, "joblessness above the status quo")
JOINT = Signal(
    "joint",
    "ratio",
    "t",
    1.0,
    "joint work of the two countries over the start: extradition and transfer, shared leads, vetted units and agents",
)
TRUST = Signal("trust", "log", "", 0.0, "what joint success adds to the logarithm of cooperation")
INJURY = Signal("injury", "log", "", 0.0, "injury to relations")
FRESH_INJURY = Signal("fresh_injury", "log", "", 0.0, "injury to relations that last week added")
COOPERATION_RATIO = Signal("cooperation_ratio", "ratio", "", 1.0, "Mexico's cooperation over its start")
COOPERATION = Signal("cooperation", "index", "", 0.5, "Mexico's cooperation with the United States, 0 to 1")
PERMISSION = Signal(
    "permission",
    "index",
    "c",
    0.0,
    "Mexico's permission for information, partnered action and US combat on its soil, 0 to 1",
)
MX_OPINION = Signal("mx_opinion", "share", "", 0.5, "Mexicans who accept US forces")
MANDATE = Signal(
    "mandate",
    "share",
    "m",
    1.0,
    "share of the ordered effort that Washington lets happen, by reach; above 1 when widened",
)
EFFICIENCY = Signal("efficiency", "share", "r", 1.0, "share of effort that survives coordination")
US_TAKE_OF_DISPLACED = Signal(
    "north_share", "share", "r", 0.0, "share of those displaced beyond the ordinary who leave for the border"
)
# politics: mexico, washington, economy
MX_MIGRATION_CONTROL = Signal(
    "mx_migration_control", "ratio", "", 1.0, "Mexican control of migrants in transit over its start"
)
COUNTERMEASURES = Signal(
    "countermeasures", "index", "", 0.0, "Mexico's answer as a state in trade, migration and visas, 0 to 1"
)
WIDENED = Signal(
    "widened", "share", "m", 0.0, "1 where Washington has opened a reach that the plan's forces do not have"
)
COURTS = Signal("courts", "share", "e", 1.0, "0 while a court bars an element of the plan, else 1")
CAMPAIGN_STOPPED = Signal(
    "campaign_stopped", "share", "", 0.0, "1 once somebody has stopped the campaign; read by the engine"
)
GDP_LOSS = Signal("gdp_loss", "million USD", "", 0.0, "output lost through the ports so far")
PORTS_OPEN = Signal("ports_open", "share", "k", 1.0, "share of a crossing's port capacity that is not closed by order")
PORT_RULES = Signal("port_rules", "share", "", 1.0, "share of orders on ports that courts and Washington let stand")
HELD_UP = Signal("held_up", "share", "", 0.0, "share of land trade that orders at ports kept from crossing last week")
DUTY_STOPS = Signal(
    "duty_stops", "share", "", 0.0, "share of land trade that US duties beyond those of the start have ended"
)
PORT_TRAFFIC = Signal(
    "port_traffic", "ratio", "k", 1.0, "lawful traffic among which loads hide at a crossing, over that of the start"
)
CORRIDOR = Signal("corridor", "share", "", 1.0, "share of port traffic that is exempt from the zone")
ZONE_INSPECTION = Signal(
    "zone_inspection", "share", "k", 0.0, "share of a port's traffic given full checks because of the zone's rule"
)
OVERDOSE_RATIO = Signal("overdose_ratio", "ratio", "", 1.0, "US overdose deaths of last week over those of the start")
LABEL_CAPACITY = Signal("label_capacity", "ratio", "", 1.0, "what organisations can recruit, by their label")
LABEL_FEE = Signal("label_fee", "ratio", "", 1.0, "fee for laundering, by the label")
LABEL_SURRENDER = Signal("label_surrender", "ratio", "", 1.0, "members who give up, by the label")
LABEL_EXTRADITION = Signal("label_extradition", "ratio", "", 1.0, "extraditions and transfers, by the label")
LABEL_RELIEF = Signal("label_relief", "ratio", "", 1.0, "relief that reaches places under organisations, by the label")
LABEL_CONGRESS = Signal("label_congress", "ratio", "", 1.0, "hazard that Congress stops, by label and theories")
LABEL_COURTS = Signal("label_courts", "ratio", "", 1.0, "pace at which courts come to rule, by label and theories")
LABEL_INJURY = Signal("label_injury", "log/week", "", 0.0, "injury to relations by the label this week")
DEALS_COST = Signal("deals_cost", "million USD/year", "b", 0.0, "what programmes of deals cost, by deal")
DEAL_CHILL = Signal(
    "deal_chill", "log", "", 0.0, "what deals with organisations take from cooperation with the United States"
)
CAPTIVES_COST = Signal("captives_cost", "million USD/year", "", 0.0, "what holding captives costs")
ZONE_HELD = Signal(
    "zone_held", "share", "r", 1.0, "share of what a zone orders of residents that somebody there carries out"
)
ZONE_PORTS_HELD = Signal(
    "zone_ports_held", "share", "r", 1.0, "share of a zone's rule for ports that somebody there carries out"
)
ZONE_US = Signal("zone_us", "share", "", 1.0, "US share of those who hold the zone")
RETAIL_COST = Signal(
    "retail_cost", "log", "", 0.0, "cost that enforcement against distribution in US cities adds to retail prices"
)
US_SOIL_ATTACKS = Signal("us_soil_attacks", "attack/week", "", 0.0, "attacks of organisations on US soil last week")
# a campaign: operations, people, command and cost
COVERED = Signal("covered", "share", "r", 0.0, "coverage of residents by all forces, its level")
US_IN_MEXICO = Signal("us_in_mexico", "person", "r", 0.0, "US people beyond the line")
US_REMOTE = Signal("us_remote", "person", "f", 0.0, "US people who work beyond the line from their base")
US_STRIKES = Signal("us_strikes", "strike/week", "", 0.0, "strikes last week")
US_WOUNDED = Signal("us_wounded", "person/week", "", 0.0, "US people wounded last week, those who return included")
US_CIVILIAN_DEATHS = Signal("us_civilian_deaths", "person/week", "r", 0.0, "residents killed by US forces last week")
US_PRESSURE = Signal(
    "us_pressure",
    "ratio",
    "o",
    0.0,
    "members lost to US forces last week, per member, over the half-value of adaptation",
)
LAB_HITS = Signal("lab_hits", "action/week", "r", 0.0, "actions of US forces on laboratories last week")
CAMP_HITS = Signal("camp_hits", "action/week", "r", 0.0, "actions of US forces on training camps last week")
CONVOY_HITS = Signal("convoy_hits", "action/week", "", 0.0, "actions of US forces on convoys last week")
COMMAND_HITS = Signal("command_hits", "action/week", "o", 0.0, "actions of US forces on command posts last week")
HEAVY_GIVEN_UP = Signal(
    "heavy_given_up", "1/week", "or", 0.0, "hazard on heavy weapons and devices from actions on them last week"
)
WEAPONS_GIVEN_UP = Signal(
    "weapons_given_up",
    "1/week",
    "or",
    0.0,
    "hazard on an organisation's weapons from its losses to US forces last week",
)
PARTNER_SHARE = Signal(
    "partner_share", "share", "", 0.0, "US partner people over themselves plus the number that brings half the gain"
)
STATE_CIVILIAN_DEATHS_START = Signal(
    "state_civilian_deaths_start", "person/week", "r", 0.0, "residents killed by Mexican forces at the start, expected"
)
INCIDENT_FACTOR = Signal(
    "incident_factor", "ratio", "", 1.0, "incidents between armies over those without any deconfliction"
)
YIELD = Signal(
    "yield", "ratio", "", 1.0, "leads that reach those who act, over those without friction or fusion of agencies"
)
WRONG = Signal("wrong", "ratio", "", 1.0, "actions on a lead that meet the wrong people, over those without friction")
RAID_TEMPO = Signal("raid_tempo", "ratio", "", 1.0, "raids of assault units over those under an area command")
BEGUN = Signal("begun", "share", "", 1.0, "1 once the slip of the campaign's start is over, else 0")
AFFORDABLE = Signal("affordable", "share", "", 1.0, "share of the ordered deployment that the plan's ceiling pays for")
SHELTER_PRICE = Signal(
    "shelter_price", "million USD/(person year)", "", MILLION, "cost of shelter; out of reach while nobody prices it"
)
# flows over the line: crossings, drugs, foreign, overdose
LINE_EFFORT = Signal(
    "line_effort",
    "ratio",
    "k",
    1.0,
    "work of all who stand at a crossing, northward, over that of the start; levers on the work itself not included",
)
SOUTH_SEARCHED = Signal(
    "south_searched",
    "share",
    "k",
    0.0,
    "share of traffic leaving through a port that people at home check in full, beyond the start",
)
ADDED_PRISONERS = Signal("added_prisoners", "person", "r", 0.0, "people in Mexico's prisons because of added arrests")
HOME_ADDED = Signal("home_added", "person", "us", 0.0, "people at home whom the plan has added, hires by lever apart")
AID_KEPT = Signal("aid_kept", "share", "", 1.0, "share of aid beyond the status quo that arrives")
EXTORTED = Signal("extorted", "USD/week", "r", 0.0, "what organisations collect by extortion this week")
PEOPLE_LOSS = Signal("people_loss", "share", "", 0.0, "chance that an attempt to cross failed at the start")
PEOPLE_CHOICE = Signal(
    "people_choice", "log", "", 1.0, "log odds that a crossing loses with people on the move for each unit of cost"
)
BORDER_LOAD = Signal("border_load", "ratio", "", 1.0, "attempts of people to cross last week over those of the start")
SMUGGLING_TOLLS = Signal(
    "smuggling_tolls", "USD/week", "k", 0.0, "what smugglers of people paid to organisations last week, by crossing"
)
RECORDED_SEIZURES = Signal(
    "recorded_seizures",
    "kg/week",
    "kd",
    lambda world: world.crossings.seized / WEEKS_PER_YEAR,
    "pure kilograms seized northward a week at the start, as recorded",
)
RECORDED_DELIVERIES = Signal(
    "recorded_deliveries",
    "kg/week",
    "d",
    lambda world: world.crossings.seized.sum(0) / WEEKS_PER_YEAR,
    "pure kilograms that passed the line a week at the start, by estimates of use",
)
EXPORTS = Signal("exports", "kg/week", "kd", 0.0, "pure kilograms sent over each crossing this week")
LOADS_SENT = Signal("loads_sent", "count/week", "kd", 0.0, "loads in which they are sent")
LOSS = Signal("loss", "share", "lk", 0.0, "chance that a load is taken at a crossing this week")
ZONE_LOSS = Signal("zone_loss", "share", "k", 0.0, "chance that forces in the zone opposite a crossing take it")
ROUTES = Signal(
    "routes",
    "share",
    "lk",
    lambda world: jnp.full((len(LOADS), len(world.crossings.trucks)), 1.0 / max(len(world.crossings.trucks), 1)),
    "shares of loads by crossing",
)
HELD_BACK = Signal("held_back", "share", "l", 0.0, "share of loads that senders hold back until a new risk is known")
ROOM = Signal(
    "room", "ratio", "l", MILLION, "what all ways together can take this week, over what was sent at the start"
)
SENT = Signal("sent", "ratio", "d", 1.0, "drugs sent this week over the start")
BELIEVED_LOSS = Signal("believed_loss", "share", "l", 0.0, "share of loads that senders expect to lose")
BORDER_COST = Signal(
    "border_cost",
    "log",
    "l",
    0.0,
    "cost of risk and detours to senders beyond the start, in logarithms of a load's value",
)
DETOUR = Signal("detour", "log", "l", 0.0, "its part that is detours: what it costs to leave the routes of the start")
LOAD_SIZE = Signal("load_size", "ratio", "l", 1.0, "size of a load over that of the start")
ACCESS = Signal("access", "share", "ok", 1.0, "how freely an organisation can use a crossing")
DRUGS_DELIVERED = Signal(
    "drugs_delivered",
    "kg/week",
    "od",
    0.0,
    "pure kilograms that an organisation brings over the line this week, expected",
)
DRUGS_LOST = Signal(
    "drugs_lost",
    "share",
    "d",
    0.0,
    "share of the drugs sent last week that was seized at the line or inland, less that of the start",
)
DRUG_USE = Signal("drug_use", "ratio", "d", 1.0, "pure use in the United States last week over the start")
DRUG_PRICE = Signal(
    "drug_price", "ratio", "d", 1.0, "price per pure gram over that of the start, without drifts of the market"
)
DRUG_SPENDING = Signal(
    "drug_spending",
    "ratio",
    "d",
    1.0,
    "what users spent on a drug last week over the start, without drifts of the market",
)
TRADE_VALUE = Signal(
    "trade_value", "ratio", "", 1.0, "what users spent on all drugs last week over the start, likewise"
)
DRUG_DEMAND = Signal("drug_demand", "ratio", "d", 1.0, "people who use a drug over the start")
DRUG_SUPPLY = Signal(
    "drug_supply",
    "ratio",
    "d",
    1.0,
    "what is used at the prices and by the people of the start: drifts of supply from abroad",
)
COCAINE_MADE = Signal("cocaine_made", "kg/week", "", 0.0, "cocaine that organisations bring into Mexico this week")
COCAINE_LANDED = Signal("cocaine_landed", "ratio", "", 1.0, "cocaine that can be landed over the start")
COCAINE_COST = Signal("cocaine_cost", "log", "", 0.0, "what losses at sea add to the cost of cocaine at the line")
SEA_STRIKES = Signal(
    "sea_strikes", "strike/week", "", 0.0, "strikes on boats this week beyond those that went on at the start"
)
LAUNDERING_MOVED = Signal(
    "laundering_moved", "share", "", 0.0, "share of enforcement against laundering that networks go around"
)
PRECURSOR_COST = Signal(
    "precursor_cost", "log", "d", 0.0, "what other chemistry in place of precursors denied adds to the cost of a drug"
)
PRECURSORS = Signal("precursors", "ratio", "d", 1.0, "precursors within reach of laboratories over the start")
OTHER_PRODUCERS = Signal(
    "other_producers",
    "share",
    "d",
    0.0,
    "share of US use that other producers have gained since the start by themselves",
)
FENTANYL_RETURN = Signal(
    "fentanyl_return", "ratio", "", 1.0, "supply of fentanyl over the start, as what was lost since 2023 comes back"
)
POTENCY = Signal("potency", "ratio", "", 1.0, "deadliness of the opioid supply per unit of fentanyl over the start")
ARMS_ABROAD = Signal("arms_abroad", "ratio", "v", 1.0, "cost of weapons from outside the United States over the start")
HEAVY_TRANSFER = Signal(
    "heavy_transfer", "ratio", "", 1.0, "factor on heavy weapons from other countries while a large transfer lasts"
)
LAUNDERING_FEE = Signal("laundering_fee", "ratio", "", 1.0, "fee for laundering over the start")
