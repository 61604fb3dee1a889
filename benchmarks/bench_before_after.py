"""Benchmark of before and after: false claims, power and coverage; prints JSON lines.

1. Simulated weeks at 40 a week, 52 weeks of baseline, 4 left out, a horizon of 8, 1,000 runs each.
   Goals: at most 5 % false claims at the horizon in every world, and at most 5 % with a look every
   week (O'Brien–Fleming); at least 80 % power for a planted fall of 30 % on Poisson counts and on
   counts overdispersed twice; the 95 % interval holds the truth in at least 95 % of these; with
   26 weeks of baseline at most 5 % false claims in every world too.
2. Placebo dates on real, unshuffled weeks in which nothing was registered: each week that has a
   baseline of at least 26 weeks and 8 weeks after it. Goal: at most 8 % claims.
3. The same with the method as it was first written, to compare: p < .05 at the horizon, rank within
   10 %, no white noise in some AR(1), gentler random walks, no slopes, no less with half a year.

Run it as `python benchmarks/bench_before_after.py [--runs 1000] [--seed 1]`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
from real_weeks import Series, departure_weeks, help_desk_weeks  # noqa: E402
from simulated_weeks import WORLDS, World  # noqa: E402

from opsloop.stats.before_after import EARLIEST_CLAIM, RANK_SHARE, before_after  # noqa: E402
from opsloop.stats.covariances import GRID, Grid  # noqa: E402
from opsloop.stats.scales import Array, Measure, change_of, scaled  # noqa: E402
from opsloop.stats.sequential import alpha_of, needed_p  # noqa: E402
from opsloop.stats.steps import StepDesign  # noqa: E402
from opsloop.stats.verdicts import Plan  # noqa: E402
from opsloop.stats.weeks import WEEK, Weeks  # noqa: E402

BASELINE, LEFT_OUT, HORIZON, SHORTEST = 52, 4, 8, 26
A_WEEK, FALL = 40.0, 0.7
POWERED = ("Poisson", "overdispersed 2 times")
FALSE_GOAL, REAL_GOAL, POWER_GOAL = 0.05, 0.08, 0.8
CHECKED = 25  # runs per world that the public function judges too


@dataclass(frozen=True)
class Method:
    """What is claimed, by which grid and within which share of the shifts.

    Attributes:
        last_p: the p value asked for at the horizon; None = what the present rule asks for.
    """

    name: str
    grid: Grid
    rank_share: float
    last_p: float | None = None

    def asked(self, before: int, after: int) -> float:
        """Return the p value that a look asks for, after so many weeks."""
        if self.last_p is None:
            return needed_p(after, HORIZON, alpha_of(before))
        return self.last_p if after == HORIZON else needed_p(after, HORIZON)


NOW = Method("now", GRID, RANK_SHARE)
FIRST = Method(
    "as first written",
    Grid(noise_ratios=(0.0, 1.0, 4.0), drift_ratios=(0.01, 0.05, 0.25), slope_ratios=()),
    rank_share=0.1,
    last_p=0.05,
)


def print_record(metric: str, goal: str, **figures: object) -> None:
    """Print one JSON line."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    print(json.dumps({"metric": metric, **rounded, "goal": goal, "date": today}), flush=True)


@cache
def design(method: Method, before: int, after: int) -> StepDesign:
    """Return the design of so many weeks on each side, four left out between them."""
    begin = before + LEFT_OUT
    return StepDesign(tuple(range(before)), tuple(range(begin, begin + after)), method.grid)


def claims(method: Method, counts: Array, before: int, after: int) -> Array:
    """Return for each run whether a look after so many weeks claims a step.

    Args:
        method: what is claimed.
        counts: (runs, weeks), with the weeks that are left out, and the horizon's or more.
        before: weeks of baseline.
        after: weeks seen.
    """
    begin = before + LEFT_OUT
    chosen = np.concatenate([counts[:, :before], counts[:, begin : begin + after]], axis=1)
    series = 2 * np.sqrt(chosen + 3 / 8)
    step = design(method, before, after)
    claimed = step.estimate(series).p_value() < method.asked(before, after)
    for run in np.flatnonzero(claimed):  # ranks are asked only where they decide
        claimed[run] = step.rank(series[run]) <= method.rank_share * step.weeks
    return np.asarray(claimed)


def looked_at_weekly(method: Method, counts: Array) -> Array:
    """Return for each run whether any of the weekly looks claims a step."""
    looks = [claims(method, counts, BASELINE, n) for n in range(EARLIEST_CLAIM, HORIZON + 1)]
    return np.asarray(np.any(looks, axis=0))


def coverage(method: Method, counts: Array, truth: float) -> tuple[float, float]:
    """Return how often the interval holds the true change, and its median width."""
    begin = BASELINE + LEFT_OUT
    series = scaled(Measure.COUNT, np.delete(counts, slice(BASELINE, begin), axis=1).tolist())
    estimate = design(method, BASELINE, HORIZON).estimate(series)
    level = series[:, BASELINE:].mean(1) - estimate.mean
    asked = method.asked(BASELINE, HORIZON)
    ends = [estimate.quantile(q) for q in (asked / 2, 1 - asked / 2)]
    low, high = (np.array([_change(a, b) for a, b in zip(level, end, strict=True)]) for end in ends)
    return float(((low <= truth) & (truth <= high)).mean()), float(np.median(high - low))


def _change(level: float, step: float) -> float:
    found = change_of(float(level), float(step), logarithm=False)
    return np.inf if found is None else found


def means(after: float) -> Array:
    """Return each week's mean, with a step at the start to `after` times what it was."""
    return A_WEEK * np.repeat([1.0, after], [BASELINE + LEFT_OUT, HORIZON])


def bench_world(world: World, method: Method, runs: int, seed: int) -> bool:
    """Print a world's false claims, power and coverage; return whether its goals are met."""
    random = np.random.default_rng(seed)
    still = world.simulate(random, runs, means(1.0))
    fallen = world.simulate(random, runs, means(FALL))
    false = float(claims(method, still, BASELINE, HORIZON).mean())
    weekly = float(looked_at_weekly(method, still).mean())
    power = float(claims(method, fallen, BASELINE, HORIZON).mean())
    early = float(claims(method, still[:, BASELINE - SHORTEST :], SHORTEST, HORIZON).mean())
    held, width = coverage(method, still, 0.0)
    held_fallen, _ = coverage(method, fallen, FALL - 1)
    is_powered = world.name in POWERED
    goal = "false claims <= 5 %" + (", power >= 80 %" if is_powered else "")
    print_record(
        f"before_after {method.name}: {world.name}",
        goal,
        runs=runs,
        false_claims_at_the_horizon=false,
        false_claims_of_weekly_looks=weekly,
        false_claims_with_26_weeks_before=early,
        power_of_a_fall_of_30_percent=power,
        interval_holds_no_change=held,
        interval_holds_the_fall=held_fallen,
        interval_median_width=width,
    )
    return max(false, weekly, early) <= FALSE_GOAL and (power >= POWER_GOAL or not is_powered)


def bench_public_function(runs: int, seed: int) -> bool:
    """Print whether the public function judges as the arrays do, and how its printed power fits."""
    random = np.random.default_rng(seed)
    plan = Plan(date(2025, 1, 6) + (BASELINE + LEFT_OUT) * WEEK)
    through = plan.start + HORIZON * WEEK - timedelta(days=1)
    same = True
    for world in WORLDS:
        counts = world.simulate(random, runs, means(FALL))
        arrays = claims(NOW, counts, BASELINE, HORIZON)
        results = [
            before_after(Weeks.of(date(2025, 1, 6), run.tolist()), plan, through) for run in counts
        ]
        same &= [one.is_claimed for one in results] == arrays.tolist()
        printed = float(np.mean([one.power.at_horizon for one in results if one.power]))
        print_record(
            f"before_after printed power: {world.name}",
            "",
            runs=runs,
            printed_on_average=printed,
        )
    print_record("before_after public function", "the same verdicts", same=same)
    return same


def placebo(method: Method, weeks: list[int]) -> Iterator[tuple[int, bool]]:
    """Yield each possible start in a real series, and whether it is claimed."""
    counts = np.array(weeks, dtype=float)
    for start in range(SHORTEST + LEFT_OUT, len(weeks) - HORIZON + 1):
        before = min(BASELINE, start - LEFT_OUT)
        window = counts[None, start - LEFT_OUT - before : start + HORIZON]
        yield start, bool(claims(method, window, before, HORIZON)[0])


def bench_placebo(name: str, series: Series, method: Method) -> bool:
    """Print the share of placebo dates that are claimed; return whether it is within the goal."""
    if not series:
        print_record(f"before_after {method.name}: placebo, {name}", "", left_out="no data here")
        return True
    found = {key: [claimed for _, claimed in placebo(method, w)] for key, w in series.items()}
    dates = sum(map(len, found.values()))
    share = sum(map(sum, found.values())) / dates
    print_record(
        f"before_after {method.name}: placebo, {name}",
        "<= 8 %",
        weeks=max(map(len, series.values())),
        series=len(series),
        dates=dates,
        claims=share,
        claims_on_all_together=float(np.mean(next(v for k, v in found.items() if "all" in k))),
        series_with_a_claim=sum(map(any, found.values())),
    )
    return share <= REAL_GOAL


def main() -> int:
    """Run everything; returns 1 if a goal of the present method is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    met = []
    real = {"a help desk": help_desk_weeks(), "the demo's departures": departure_weeks()}
    for method in (NOW, FIRST):
        simulated = [bench_world(world, method, arguments.runs, arguments.seed) for world in WORLDS]
        placebos = [bench_placebo(name, series, method) for name, series in real.items()]
        if method is NOW:
            met = [*simulated, *placebos]
    met.append(bench_public_function(CHECKED, arguments.seed))
    print_record("before_after in all", "", seconds=time.perf_counter() - begun)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
