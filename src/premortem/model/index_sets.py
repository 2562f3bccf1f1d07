"""Members of the index sets that the model itself names, in the order of their arrays. Needs no JAX, so every floor may read it."""

# What a plan orders.
TASKS = ("presence", "interdiction", "raids", "surveillance", "strikes", "partner")
ROLES = ("assault", "advise", "recon", "ground", "police", "lift", "isr", "civil", "engineer", "support")
"""What people in units are there for; a unit type is a mixture of them (roles.toml of a theatre)."""
LEAD_SOURCES = ("residents", "aircraft", "agencies", "exploitation", "partners")
"""Where leads come from: what residents let forces know, unarmed aircraft, agencies, those captured, partners."""
BACKERS = ("defence", "homeland", "intelligence")
"""Departments that can stand behind a campaign: defence, homeland security, intelligence agencies."""
REACHES = ("home_side", "zone", "interior")
RULES = (
    "self_defense",
    "hostile_act",
    "hostile_intent",
    "positive_identification",
    "any_cartel_activity",
    "membership_undefined",
)
RESIDENTS = ("stay", "warned", "screened", "evacuated")
PORTS = ("open", "inspected", "restricted", "closed")
ZONE_KINDS = ("exclusion", "presence", "screening")
GUARDED = ("protect_ports", "protect_towns", "protect_americans_mexico", "reserve_force")
"""What people who are set aside for reprisals do."""
OBJECTS = ("lab", "camp", "arms_store", "heavy_weapons", "convoy", "command_post")
TARGETS = ("leader", *OBJECTS)
"""What force may be aimed at beside armed members. Words of the language that name civilians are not here: the simulation refuses them."""
SEAMS = ("area_command", "homeland_security", "intelligence", "host_nation")
CONSENT = ("none", "agency", "state_government", "executive_only", "senate_authorized")
HOME_SERVICES = ("guard", "active", "border_patrol", "drug_agents", "local_police")
HOME_DUTIES = ("line_support", "port_support", "line", "ports", "cities", "southbound")
"""What forces at home do: support that frees officers, on open land or at ports; police work there; police work on networks in
cities; checks of traffic that leaves."""
AFTER = ("withdraw", "handover_mexico", "handover_law_enforcement", "residual_presence")
IF_REFUSED = ("proceed", "reduce", "abandon")
MEXICAN_FORCES = ("withdraw", "coordinate", "lead", "treat_as_hostile")
"""The role of Mexican forces inside the zone."""

LABELS = ("criminals", "terrorist_organizations", "enemy_combatants")
THEORIES = ("self_defense", "unwilling_unable", "invasion", "no_hostilities", "niac")
REVIEWS = ("habeas", "administrative", "none")
TRIALS = ("federal_court", "military_commission", "mexican_court", "none")
SITES = ("US", "GTMO", "MX", "third_country", "sea")

VARIANT_BITS = 4
"""What may be switched on while a plan runs, at most: phases that branches call, triggers of task forces, bargains that may be broken. Each
is a bit of the number of a variant."""
DEALS = 2
"""Deals with organisations that a plan may have at most."""
WAYS_OUT = ("lighter_sentences", "members", "all_but_leaders", "all")
"""What a deal offers members who come forward: shorter terms, or that some of them, or all, are not prosecuted."""
EVENTS = (
    "official_arrested_abroad",
    "covert_lethal",
    "leader_taken_without_leave",
    "official_indicted",
    "bank_cutoff",
)
"""Kinds of events that injure relations with Mexico: dated ones of the theatre, and those that a plan assumes."""

# What others let happen.
PERMISSIONS = ("information", "partnered", "combat")
"""What Mexico may permit on its soil, ``c``: information and training, action side by side, US force."""
CHANNELS = ("legal", "leads", "units")
"""Ways of joint work, ``t``: extradition and transfer; shared intelligence on cases; vetted units, training and agents."""
PARTNER_WORK = ("presence", "pursuit")
"""What Mexican people whom a plan sends do; who does both is counted in both. Pursuit makes arrests."""
MANDATED = ("home_side", "zone", "interior", "strikes")
"""What Washington may let happen, ``m``: work by reach, and strikes wherever they fall."""
LEGAL_ELEMENTS = ("force_abroad", "active", "guard", "local_police", "detention", "ports")
"""Elements of a plan that courts can stop, ``e``: force beyond the line; active forces, Guard and local police at home; people held; rules
for ports."""
STOPS = ("clock", "congress", "support", "administration", "mexico")
"""Why Washington stops a campaign: the statutory clock, Congress, lost support, a new administration, Mexico's refusal."""

# What a theatre has.
MODES = ("ports", "between", "sea", "air_mail")
"""How a crossing is used: at a port of entry, on land between the ports, by sea, by air or mail."""

DRUGS = ("fentanyl", "methamphetamine", "cocaine", "heroin")
"""The drugs that are followed, ``d``."""
SYNTHETIC = ("fentanyl", "methamphetamine")
"""Those of them that are made in laboratories from precursors."""

SUPPLIES = ("synthetic", "cocaine", "heroin")
"""What drugs are made from, ``synthetic`` for both of those."""

DEALER_RULES = ("dealer_inventory", "sales_registry", "maker_liability")
"""Rules for those who make and sell firearms; each is also a lever of `arms`."""

VENDORS = ("mexican_state", "central_america", "other")
"""Where weapons come from that are not bought in the United States, ``v``."""

WEAPONS = ("handgun", "long", "fifty", "heavy", "devices")
"""Classes of weapons, ``w``. Fifty: rifles of .50 calibre, sold in US shops; heavy: machine guns, launchers, grenades; devices: armoured
vehicles, explosives, armed drones."""

WEAPON_LOSSES = ("seized_mx", "seized_us", "worn")
"""How organisations lose weapons, ``h``: to Mexican forces, to US forces, worn out or used up."""

INCOMES = ("drugs", "extortion", "fuel", "other", "people")
"""What organisations live on, ``g``; people: tolls on the smuggling of people."""

OUTLAYS = ("pay", "bribes", "arms", "production", "laundering", "owners")
"""What they spend it on, ``z``."""

PORT_ORDERS = ("drugs.port_closure", "drugs.truck_inspection", "economy.travel_closure", "economy.truck_closure")
"""Levers that are orders about ports: courts can bar them, Washington can lift them."""

DIRECTIONS = ("north", "south")
"""Which way goods cross, ``j``."""

LOADS = (*DRUGS, "people", "firearms", "cash")
"""What is carried over the line, ``l``: drugs and people northward, firearms and cash southward."""

# What happens to people.
FATES = ("apprehended", "entered", "gone_home", "died")
"""How a person's journey to the United States ends at a crossing, ``x``: caught and not back at the border, in, given up, dead."""
US_HARMS = ("killed_at_home", "hurt_at_home", "killed_in_mexico", "hurt_in_mexico")
"""How US people who do not fight are harmed by organisations, ``y``."""
PARTIES = ("us", "state", "organisations", "unattributed")
"""Who killed a resident, ``a``; a death with unknown author is never split among the others."""

# Who pays for what.
PAYERS = ("us_federal", "us_states", "mexico", "others")
SPENDING = ("task_forces", "home_forces", "strikes", "casualties", "residents", "measures", "mexican_forces")
"""Kinds of added spending, ``n``."""
PRICED_LEVERS = (
    "arms.dealer_oversight",
    "arms.dealer_stings",
    "arms.leakage_control",
    "arms.sales_registry",
    "arms.southbound_inspection",
    "arms.trace_sharing",
    "arms.trafficking_prosecution",
    "command.liaison_with_host",
    "command.single_supported_commander",
    "command.written_duties",
    "crossings.north_effort",
    "drugs.interior_effort",
    "drugs.lab_disruption",
    "drugs.port_scanning",
    "drugs.precursor_control",
    "drugs.truck_inspection",
    "economy.port_staffing",
    "foreign.sanctions",
    "foreign.third_country_arms_control",
    "homefront.barrier_miles",
    "homefront.bp_hire",
    "homefront.city_enforcement",
    "homefront.focused_deterrence",
    "homefront.port_security",
    "homefront.protect_americans",
    "leadership.middle_layer",
    "leadership.removal_effort",
    "leadership.transfers",
    "mexico.aid",
    "mexico.diplomacy",
    "mexico.intelligence_sharing",
    "migration.host_support",
    "migration.legal_path",
    "migration.smuggling_enforcement",
    "money.extortion_protection",
    "money.laundering_enforcement",
    "money.laundering_networks",
    "overdose.naloxone_coverage",
    "overdose.od_safety",
    "overdose.treatment_coverage",
    "overdose.treatment_stay",
    "overdose.use_prevention",
    "people.tip_protection",
    "recruitment.exit_aid",
    "recruitment.prevention",
    "recruitment.rehabilitation",
    "recruitment.youth_jobs",
    "sea.boarding",
    "sea.partner_intelligence",
    "sea.strikes",
    "state.arrest_capacity",
    "state.border_deployment",
    "state.lethality_policy",
    "state.prosecution",
    "state.vetting",
    "washington.publish_results",
)
"""Levers with a price for one unit of level, a parameter of `cost`; every other says in levers.toml why it has none."""
STARTED_LEVERS = (
    "crossings.north_effort",
    "drugs.port_scanning",
    "economy.port_staffing",
    "homefront.barrier_miles",
    "homefront.bp_hire",
)
"""Those of them whose things are bought, or people hired, once before they cost anything a year."""
LOWERED_LEVERS = ("state.lethality_policy",)
"""Those of them that are pulled downward."""

AXES = {
    "drug": DRUGS,
    "synthetic": SYNTHETIC,
    "mode": MODES,
    "supply": SUPPLIES,
    "vendor": VENDORS,
    "weapon": WEAPONS,
    "seam": SEAMS,
    "permission": PERMISSIONS,
    "channel": CHANNELS,
    "legal_element": LEGAL_ELEMENTS,
    "role": ROLES,
    "rule": RULES,
    "residents": RESIDENTS,
    "zone_kind": ZONE_KINDS,
    "object": OBJECTS,
    "label": LABELS,
    "theory": THEORIES,
    "review": REVIEWS,
    "trial": TRIALS,
    "site": SITES,
    "dealer_rule": DEALER_RULES,
    "priced": tuple(lever.replace(".", "_") for lever in PRICED_LEVERS),
    "started": tuple(lever.replace(".", "_") for lever in STARTED_LEVERS),
    "way_out": WAYS_OUT,
    "shock": EVENTS,
}
"""Index sets that a parameter may have as an axis, by the label of the axis."""
