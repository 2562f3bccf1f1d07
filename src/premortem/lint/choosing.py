"""Which findings are asked for: by code or family on the command line, or left out by a line of the plan's own file, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from premortem.errors import InputError, Problem, Where, nearest
from premortem.lint.catalogue import FAMILIES, rules
from premortem.lint.finding import Finding
from premortem.plan.language.load import LoadedPlan

LINE = re.compile(
    r"^[^\"'\n]*#[ \t]*lint:[ \t]*ignore[ \t]+(?P<code>[A-Z]{2}\d{3})[ \t]+because[ \t]+(?P<reason>\S.*?)[ \t]*$",
    re.MULTILINE,
)
"""A comment of a plan: ``# lint: ignore EN122 because it is a sketch``."""


def require_known(codes: Iterable[str]) -> None:
    """Refuse what is neither the code of a rule nor of a family.

    Raises
    ------
    InputError : with every one that is unknown.
    """
    known = [*FAMILIES, *rules()]
    wrong = [code for code in codes if code not in known]
    if wrong:
        allowed = "a code or family of premortem lint --rules"
        raise InputError(
            *(
                Problem("unknown_rule", "no such rule", found=code, allowed=allowed, nearest=nearest(code, known))
                for code in wrong
            )
        )


def chosen(findings: Iterable[Finding], select: Sequence[str], ignore: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings whose rule or family is selected, all if none is, and not ignored.

    Raises
    ------
    InputError : no such rule.
    """
    require_known((*select, *ignore))
    return tuple(one for one in findings if (not select or _in(one, select)) and not _in(one, ignore))


def _in(one: Finding, codes: Sequence[str]) -> bool:
    return one.code in codes or one.code[:2] in codes


def reasons(plan: LoadedPlan) -> dict[str, str]:
    """Return the codes that the plan's own file leaves out, each with its reason.

    Raises
    ------
    InputError : no such rule.
    """
    found = list(LINE.finditer(plan.source))
    if wrong := [match for match in found if match["code"] not in rules()]:
        raise InputError(
            *(
                Problem(
                    "unknown_rule",
                    "no such rule",
                    Where(plan.file, plan.source.count("\n", 0, match.start("code")) + 1),
                    found=match["code"],
                    allowed="a code of premortem lint --rules",
                    nearest=nearest(match["code"], rules()),
                )
                for match in wrong
            )
        )
    return {match["code"]: match["reason"] for match in found}
