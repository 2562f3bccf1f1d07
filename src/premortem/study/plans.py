"""The plans of a study, as they were when it began."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from premortem.errors import InputError, Problem
from premortem.evidence import own
from premortem.plan.language import packaged
from premortem.plan.language.load import LoadedPlan, load, load_text
from premortem.study.store import OWN, PLANS, Store
from premortem.text import is_file


def texts(plans: Iterable[LoadedPlan]) -> dict[str, bytes]:
    """Return the files of plans, and of the reader's own data, by their names in a study's folder; packaged plans need none."""
    ours = {f"{OWN}/{name}": content for name, content in own.given().contents.items()}
    return ours | {
        f"{PLANS}/{plan.plan.id}/{Path(file).name}": text.encode()
        for plan in plans
        for file, text in plan.texts.items()
        if not packaged.is_packaged(file)
    }


def as_it_was(store: Store, plan: str) -> LoadedPlan:
    """Load a plan from where it was; if its file is gone, from the copy in the study's folder.

    Raises
    ------
    InputError : it is in neither place, or cannot be read.
    RunError : its copy is damaged.
    """
    if packaged.exists(plan) or is_file(plan):
        return load(plan)
    for id_ in store.folder.names(PLANS):
        if Path(plan).name in store.folder.names(f"{PLANS}/{id_}"):
            with tempfile.TemporaryDirectory() as folder:
                for name in store.folder.names(f"{PLANS}/{id_}"):
                    (Path(folder) / name).write_bytes(store.seals.read(f"{PLANS}/{id_}/{name}"))
                # by its old name, so that the path of its theatre is seen from where it was
                return load_text((Path(folder) / Path(plan).name).read_text(encoding="utf-8"), plan, Path(folder))
    raise InputError(Problem("unreadable", "no such plan", found=plan))
