"""How well a change would be found, told from the weeks before it alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from opsloop.stats.scales import Array, step_of
from opsloop.stats.sequential import needed_p
from opsloop.stats.steps import Estimate, design_of, noise_of
from opsloop.stats.verdicts import Power

ENOUGH = 0.8
LONGEST = 52  # weeks after the start; who waits longer compares with another year
SHORTEST = 2


def power_of(
    series: Array,
    positions: tuple[int, ...],
    start: int,
    horizon: int,
    seen: int,
    change: float,
    logarithm: bool,
) -> Power:
    """Return the power of finding a change, at the horizon and beyond.

    Args:
        series: the weeks before, on the scale of `scaled`.
        positions: their places, counted in weeks.
        start: the place of the first week after.
        horizon: weeks registered, at least 2.
        seen: weeks after the start that are over.
        change: relative, above −1.
        logarithm: whether the scale is one of logarithms.
    """
    step = step_of(float(series.mean()), change, logarithm)
    scale, weight = noise_of(series, positions)

    def found(weeks: int) -> float:
        after = tuple(range(start, start + weeks))
        return _found(abs(step), scale, weight, positions, after)

    needed = _first_enough(found)
    return Power(
        at_horizon=found(horizon),
        weeks_needed=needed,
        weeks_more=None if needed is None else max(needed - seen, 0),
    )


def _found(
    step: float, scale: Array, weight: Array, before: tuple[int, ...], after: tuple[int, ...]
) -> float:
    """Return how often a step of this size goes beyond what the last look asks for."""
    design = design_of(before, after)
    error = scale * design.error_scale
    nothing = Estimate(np.zeros_like(error), error, weight, design.degrees)
    asked = nothing.quantile(1 - needed_p(len(after), len(after)) / 2)
    something = Estimate(np.full_like(error, step), error, weight, design.degrees)
    return 1 - float(something.below(asked))


def _first_enough(found: Callable[[int], float]) -> int | None:
    """Return the fewest weeks that find it often enough; more weeks never find it less often."""
    low, high = SHORTEST, LONGEST
    if found(high) < ENOUGH:
        return None
    while low < high:
        middle = (low + high) // 2
        if found(middle) < ENOUGH:
            low = middle + 1
        else:
            high = middle
    return low
