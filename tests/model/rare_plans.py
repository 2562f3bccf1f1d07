"""Plans under which parameters act that do little under others: what they say beside the plans that they extend."""

PLAN = """
extends = "border_task_forces_resourced"
title = "In the field for three years: {title}"
source = ["project"]
horizon_weeks = 520
drop = ["measure.ports_and_towns"]
[authority]
theories = [{theories}]
congress = {{ consulted = true, report_hours = 24, authorized = "none", safe_withdrawal = {certified} }}
[consent]
mexico = "{consent}"
assumed = {assumed}
if_refused = "proceed"
[status]
combatant = "{label}"
[roe]
target_definition = "{rule}"
positive_identification = false
targets = ["fighter", "leader", "heavy_weapons", "lab", "camp", "arms_store", "convoy", "command_post"]
[civilians]
flight_open = false
[zone]
mexican_forces = "{forces}"
ports = "{ports}"
[[task_force]]
id = "every_role"
base = "fort_bliss"
reach = {reach}
regions = ["Chihuahua", "Sonora"]
forward_share = 0.5
deploy_weeks = 4
effort = {{ presence = 0.3, interdiction = 0.2, raids = 0.2, surveillance = 0.1, strikes = 0.1, partner = 0.1 }}
[task_force.units]
special_forces_battalion = 1
ranger_battalion = 1
force_recon_company = 2
engineer_battalion = 1
civil_affairs_battalion = 2
medical_battalion = 1
infantry_brigade = 1
combat_aviation_brigade = 1
military_police_battalion = 1
mq9_squadron = 1
[[partner]]
id = "paid_by_mexico"
service = "semar"
personnel = 2000
drawn_from = "new"
payer = "MX"
tasks = ["arrest"]
regions = ["Sonora"]
[[measure]]
id = "port_security"
lever = "homefront.port_security"
level = 1
[[measure]]
id = "tariff"
lever = "foreign.tariff"
level = 0.05
"""
WORDS = {
    "title": "uninvited",
    "theories": '"self_defense", "unwilling_unable", "invasion", "no_hostilities"',
    "certified": "true",
    "consent": "none",
    "assumed": "false",
    "label": "criminals",
    "rule": "any_cartel_activity",
    "forces": "treat_as_hostile",
    "ports": "inspected",
    "reach": '["zone", "interior"]',
}
UNINVITED = PLAN.format(**WORDS)
LISTED = PLAN.format(
    **WORDS | {"title": "listed", "label": "terrorist_organizations", "rule": "self_defense", "forces": "withdraw"}
)
INVITED = PLAN.format(
    **WORDS | {"title": "invited", "consent": "senate_authorized", "assumed": "true", "forces": "lead"}
)
BY_THE_EXECUTIVE = PLAN.format(**WORDS | {"title": "by the executive", "consent": "executive_only", "assumed": "true"})
BY_AN_AGENCY = PLAN.format(**WORDS | {"title": "by an agency", "consent": "agency", "assumed": "true"})
ASKED = PLAN.format(**WORDS | {"title": "asked", "consent": "senate_authorized"})
IN_THE_ZONE = PLAN.format(**WORDS | {"title": "in the zone", "reach": '["zone"]'}) + "".join(
    f'[[task_force]]\nid = "btfg_{name}"\nreach = ["zone"]\n' for name in ("texas", "arizona", "california")
)
PORTS_GUARDED = UNINVITED + '[retaliation]\nplan = ["protect_ports"]\n'
STRIKES = """
extends = "border_task_forces_resourced"
title = "Strikes from the air alone"
source = ["project"]
drop = ["task_force.btfg_arizona", "task_force.btfg_california", "task_force.btfg_texas"]
[consent]
mexico = "none"
[authority]
congress = { consulted = false, report_hours = 48, authorized = "none" }
[[task_force]]
id = "aircraft"
base = "fort_bliss"
reach = ["interior"]
regions = ["Sinaloa"]
units = { mq9_squadron = 3 }
deploy_weeks = 1
effort = { strikes = 1 }
"""
