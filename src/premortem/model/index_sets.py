"""Members of the index sets that the model itself names, in the order of their arrays. Needs no JAX, so every floor may read it."""

# What a plan orders.
TASKS = ("presence", "interdiction", "raids", "surveillance", "strikes", "partner")
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
TARGETS = ("leader", "lab")
SEAMS = ("area_command", "homeland_security", "intelligence", "host_nation")
CONSENT = ("none", "agency", "state_government", "executive_only", "senate_authorized")
HOME_SERVICES = ("guard", "active", "border_patrol", "dea", "local_police")
AFTER = ("withdraw", "handover_mexico", "handover_law_enforcement", "residual_presence")

# What a theatre has.
MODES = ("ports", "between", "sea", "air_mail")
"""How a crossing is used: at a port of entry, on land between the ports, by sea, by air or mail."""

DRUGS = ("fentanyl", "methamphetamine", "cocaine", "heroin")
"""The drugs that are followed, ``d``."""

# What happens to people.
PARTIES = ("us", "state", "organisations", "unattributed")
"""Who killed a resident, ``a``; a death with unknown author is never split among the others."""
