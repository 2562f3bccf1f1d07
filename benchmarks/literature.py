"""The literature model in one engine: ``python benchmarks/literature.py ENGINE RUNS REPEATS``; benchmarks/study.py runs them all.

Prieto-Curiel, Campedelli and Hope (Science 381, 2023): members n of 150 organisations, dn/dt = n (rho - eta / sum n - theta S n - omega n),
over 520 weeks, on a made-up network of the size of theirs. Every run has an eta and an omega of its own, between half and one and a half
times the published ones, the same for all engines; asked for are the members of all organisations together at the end of every week.
Prints JSON: final members by run, and wall and processor seconds by repeat (children included), the first, which compiles, left out.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.engine.week import Setup
from premortem.theatre import literature

WEEKS = 520
ENDS = np.arange(1.0, WEEKS + 1)
Floats = NDArray[np.float64]
Run = Callable[[], Floats]  # simulates all runs and returns members [run, week]

PUBLISHED = literature.constants()
NETWORK = literature.synthetic()
CONFLICT = PUBLISHED.theta * NETWORK.conflict
START = NETWORK.members(PUBLISHED.members)


def drawn(runs: int) -> tuple[Floats, Floats]:
    """Return eta and omega of each run."""
    factors = (
        np.random.default_rng(1).uniform(0.5, 1.5, (runs, 2)).T
    )  # the first runs are the same however many there are
    return PUBLISHED.eta * factors[0], PUBLISHED.omega * factors[1]


def change(n: Floats, eta: Any, omega: Any) -> Floats:
    """Return dn/dt of one run ``[o]`` or of many ``[run, o]`` (then eta and omega are ``[run, 1]``)."""
    rate: Floats = PUBLISHED.rho - eta / n.sum(-1, keepdims=True) - n @ CONFLICT.T - omega * n
    return rate * n


def exact(runs: int) -> Floats:
    """Return final members of the first runs, solved to nine digits."""
    from scipy.integrate import solve_ivp

    return np.array(
        [
            solve_ivp(lambda _, n, e=e, w=w: change(n, e, w), (0, WEEKS), START, rtol=1e-9, atol=1e-6, method="LSODA")
            .y[:, -1]
            .sum()
            for e, w in zip(*(values[:8] for values in drawn(runs)), strict=True)
        ]
    )


def premortem(runs: int) -> Run:
    """Our own mechanisms, all else off: what tests/model/test_reduction.py shows to be these equations. Steps of a week, one thread."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.model.given import inputs
    from tests.model.test_reduction import OFF, ONE_REGION, REDUCED, branched

    from premortem.engine import compilation, simulate
    from premortem.engine.week import Model

    compilation.prepare_xla()
    eta, omega = drawn(runs)
    world = NETWORK.world(ONE_REGION)
    violence = world.population / world.population.sum() * 10_000
    world = dataclasses.replace(world, homicides=violence, homicides_before=violence)
    model = Model(REDUCED, dt=1.0, noise=False)
    changes = OFF | {"state_arrests": eta, "recruitment_omega": omega}
    controls, parameters = inputs(model, branched(world, WEEKS, {}), world, futures=runs, **changes)

    def run() -> Floats:
        futures = np.arange(runs)
        done = simulate.run(model, Setup(world, controls, parameters), seed=1, futures=futures, weeks=WEEKS, threads=1)
        return done.weekly["members"].astype(float)

    return run


def scipy(runs: int) -> Run:
    """All runs as one system, RK45 with SciPy's usual tolerances."""
    from scipy.integrate import solve_ivp

    eta, omega = (values[:, None] for values in drawn(runs))

    def slope(_: float, flat: Floats) -> Floats:
        return change(flat.reshape(runs, -1), eta, omega).ravel()

    def run() -> Floats:
        solved = solve_ivp(slope, (0, WEEKS), np.tile(START, runs), t_eval=ENDS)
        members: Floats = solved.y.reshape(runs, -1, WEEKS).sum(1)
        return members

    return run


def numpy(runs: int) -> Run:
    """Heun's method in steps of a week, vectorised over runs."""
    eta, omega = (values[:, None] for values in drawn(runs))

    def run() -> Floats:
        n, members = np.tile(START, (runs, 1)), np.empty((runs, WEEKS))
        for week in range(WEEKS):
            first = change(n, eta, omega)
            n = n + (first + change(n + first, eta, omega)) / 2
            members[:, week] = n.sum(1)
        return members

    return run


def diffrax(runs: int) -> Run:
    """Tsit5 with adaptive steps, vectorised over runs by JAX, in single precision as ours."""
    import diffrax as dfx
    import jax
    import jax.numpy as jnp

    conflict, start = jnp.asarray(CONFLICT), jnp.asarray(START)

    def slope(_: Any, n: Any, given: Any) -> Any:
        eta, omega = given
        return n * (PUBLISHED.rho - eta / n.sum() - conflict @ n - omega * n)

    def one(given: Any) -> Any:
        steps = dfx.PIDController(rtol=1e-3, atol=1e-3)
        save = dfx.SaveAt(ts=jnp.asarray(ENDS), fn=lambda t, n, given: n.sum())
        term, method = dfx.ODETerm(slope), dfx.Tsit5()
        return dfx.diffeqsolve(
            term, method, 0.0, float(WEEKS), 1.0, start, given, saveat=save, stepsize_controller=steps
        ).ys

    many = jax.jit(jax.vmap(one))
    given = tuple(jnp.asarray(values) for values in drawn(runs))
    return lambda: np.asarray(many(given), float)


def _alone(eta: float, omega: float) -> dict[str, Floats]:
    from scipy.integrate import solve_ivp

    solved = solve_ivp(lambda _, n: change(n, eta, omega), (0, WEEKS), START, t_eval=ENDS)
    return {"members": solved.y.sum(0)}


def ema(runs: int) -> Run:
    """EMA Workbench with its pool of processes, one a core: each experiment one run of SciPy's RK45."""
    import ema_workbench as workbench
    from ema_workbench import em_framework

    eta, omega = drawn(runs)
    model = workbench.Model("literature", function=_alone)
    model.uncertainties = [workbench.RealParameter(name, 0.0, 1e6) for name in ("eta", "omega")]
    model.outcomes = [workbench.ArrayOutcome("members")]
    point = getattr(em_framework, "Sample", None) or workbench.Scenario  # its name from version 3, and before
    points = [point(str(i), eta=e, omega=w) for i, (e, w) in enumerate(zip(eta, omega, strict=True))]

    def run() -> Floats:
        with workbench.MultiprocessingEvaluator(model, n_processes=os.cpu_count()) as pool:
            experiments, outcomes = pool.perform_experiments(points)
        found = dict(zip(np.asarray(experiments["eta"], float), outcomes["members"], strict=True))
        return np.array([found[e] for e in eta])

    return run


def mesa(runs: int) -> Run:
    """One agent an organisation; all look at the others' members, then all act, Heun's two halves a week."""
    import mesa as library

    class Organisation(library.Agent):  # type: ignore[misc]
        def __init__(self, model: Any, row: int) -> None:
            super().__init__(model)
            self.row, self.members, self.halfway = row, START[row], 0.0

        def slope(self, n: Floats) -> float:
            model, own = self.model, n[self.row]
            fights = CONFLICT[self.row] @ n
            return float(own * (PUBLISHED.rho - model.eta / model.total - fights - model.omega * own))

        def look(self) -> None:
            self.halfway = self.slope(self.model.seen)

        def act(self) -> None:
            self.members += (self.halfway + self.slope(self.model.seen)) / 2

    class Market(library.Model):  # type: ignore[misc]
        def __init__(self, eta: float, omega: float) -> None:
            super().__init__(rng=1)
            self.eta, self.omega, self.record = eta, omega, list[float]()
            Organisation.create_agents(self, len(START), list(range(len(START))))

        def see(self, n: list[float]) -> None:
            self.seen, self.total = np.array(n), sum(n)

        def step(self) -> None:
            self.see([agent.members for agent in self.agents])
            self.agents.do("look")
            self.see([agent.members + agent.halfway for agent in self.agents])
            self.agents.do("act")
            self.record.append(self.agents.agg("members", sum))

    def run() -> Floats:
        members = []
        for eta, omega in zip(*drawn(runs), strict=True):
            market = Market(eta, omega)
            for _ in range(WEEKS):
                market.step()
            members.append(market.record)
        return np.array(members)

    return run


ENGINES: dict[str, Callable[[int], Run]] = {
    engine.__name__: engine for engine in (premortem, scipy, numpy, diffrax, ema, mesa)
}


def main(engine: str, runs: int, repeats: int) -> None:
    run = ENGINES[engine](runs)
    members, wall, work = run(), [], []
    for _ in range(repeats):
        begin, before = time.perf_counter(), os.times()
        run()
        wall.append(time.perf_counter() - begin)
        work.append(sum(os.times()[:4]) - sum(before[:4]))
    print(json.dumps({"members": members[:, -1].tolist(), "wall": wall, "work": work}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
