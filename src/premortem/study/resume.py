"""Begin a study of plans, and take one up again: only if it would still give the same results."""

from __future__ import annotations

from pathlib import Path

from premortem.errors import InputError, Problem, RunError
from premortem.plan.language.load import load
from premortem.study.chunks import run
from premortem.study.experiment import Experiment
from premortem.study.plans import as_it_was, texts
from premortem.study.provenance import Environment
from premortem.study.recipes import Recipe
from premortem.study.spec import StudySpec
from premortem.study.store import PLANS, Store
from premortem.study.verify import Damage, repair, set_aside, verify


def begin(spec: StudySpec, out: str | Path) -> tuple[Store, Experiment]:
    """Make the folder of a new study, with the plans in it.

    Raises
    ------
    InputError : the specification or a plan is wrong, or the folder is not empty.
    RunError : the folder cannot be written.
    """
    base = [load(plan) for plan in spec.plans]
    experiment = Experiment.of(spec, base)
    outcomes = None if spec.outcomes == "all" else spec.outcomes
    store = Store.create(
        out, experiment, outcomes=outcomes, keep=spec.keep, environment=Environment.here(), files=texts(base)
    )
    return store, experiment


def resume(url: str | Path) -> tuple[Store, Experiment]:
    """Open a study to go on with it.

    Raises
    ------
    InputError : there is no study, or plans, evidence, theatre or mechanisms have changed since it began.
    """
    store = Store.open(url)
    before = store.provenance.recipe
    spec = before.spec
    if spec is None:
        raise InputError(
            Problem("no_spec", f"the study in {store.folder.url} was not made of plan files, and cannot be resumed")
        )
    experiment = Experiment.of(spec, [as_it_was(store, plan) for plan in spec.plans])
    if changed := experiment.provenance().changed_since(before):
        raise InputError(
            Problem(
                "changed",
                f"what the study in {store.folder.url} rests on has changed since it began; nothing was written. "
                f"The {len(store.done())} of {len(store.chunks())} chunks that are done stay valid for what it was, and can be read "
                f"(study show, export, digest). To finish it, put back what has changed: plan files as they were are in {PLANS}/ of "
                f"the folder, evidence comes with the version of Premortem (then {store.provenance.versions['premortem']}). "
                "To study what it is now, run the study file again into a new folder",
                found=", ".join(changed),
            )
        )
    return store, experiment


def repaired(url: str | Path) -> tuple[Damage, ...]:
    """Compute what is damaged in a study again, and only that; return what it was.

    Raises
    ------
    InputError : there is no study, or plans, evidence, theatre or mechanisms have changed since it began.
    RunError : this machine gives other files, or what all else is compared with is damaged; nothing was changed.
    """
    damages = verify(url)
    if damages:
        set_aside(url, damages)
        store, experiment = resume(url)
        spec = experiment.spec
        repair(store, experiment, texts(as_it_was(store, plan) for plan in spec.plans))
    return damages


def require_reproducible(store: Store, recipe: Recipe) -> None:
    """Compute one finished chunk again and compare it with the store, bit by bit.

    Versions of libraries, or another type of processor, can change the last bits of results; this is the test that matters.

    Raises
    ------
    RunError : this machine and environment give other results.
    """
    done = store.done()
    if not done:
        return
    chunk = min(done)
    again, before = run(recipe, chunk).table, store.table_of(chunk)
    ours = [column for column in before.columns if column in again.columns]  # others are branches of other plans
    if again.select(ours).equals(before.select(ours)):
        return
    differing = Environment.here().differs_from(store.provenance.environment)
    raise RunError(
        Problem(
            "not_reproducible",
            f"this machine and environment do not reproduce the results in {store.folder.url} bit by bit; nothing was written. "
            "What is done is safe. Go on where it began, with the same versions and type of processor, or run the study file "
            "again into a new folder",
            found=", ".join(differing) or "the same versions; the code of the model has changed",
        )
    )
