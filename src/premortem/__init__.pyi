from premortem.api.calibrations import calibrate as calibrate
from premortem.api.calibrations import posterior as posterior
from premortem.api.comparisons import Comparison as Comparison
from premortem.api.comparisons import compare as compare
from premortem.api.decisions import Decisions as Decisions
from premortem.api.entries import Entry as Entry
from premortem.api.entries import evidence as evidence
from premortem.api.explanations import Explanation as Explanation
from premortem.api.explanations import explain as explain
from premortem.api.forecasts import hindcast as hindcast
from premortem.api.own_data import own_data as own_data
from premortem.api.plans import Plan as Plan
from premortem.api.plans import lint as lint
from premortem.api.plans import plan as plan
from premortem.api.plans import plans as plans
from premortem.api.plans import replace as replace
from premortem.api.searching import search as search
from premortem.api.studies import Study as Study
from premortem.api.studies import report as report
from premortem.api.studies import run as run
from premortem.api.studies import study as study
from premortem.api.validations import validate as validate
from premortem.errors import PremortemError as PremortemError

__version__: str
__all__ = [
    "Comparison",
    "Decisions",
    "Entry",
    "Explanation",
    "Plan",
    "PremortemError",
    "Study",
    "calibrate",
    "compare",
    "evidence",
    "explain",
    "hindcast",
    "lint",
    "own_data",
    "plan",
    "plans",
    "posterior",
    "replace",
    "report",
    "run",
    "search",
    "study",
    "validate",
]
