"""How well a change would be found, told from the weeks before it alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from opsloop.stats.scales import Array, step_of
from opsloop.stats.sequential import alpha_of, needed_p
from opsloop.stats.steps import Estimate, error_scales_of, noise_of
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
    step = abs(step_of(float(series.mean()), change, logarithm))
    scale, weight = noise_of(series, positions)
    p_value = needed_p(horizon, horizon, alpha_of(len(positions)))

    def found(weeks: int) -> float:
        error = scale * error_scales_of(positions, tuple(range(start, start + weeks)))
        return _found(step, error, weight, len(positions) + weeks - 2, p_value)

    needed = _first_enough(found)
    return Power(
        at_horizon=found(horizon),
        weeks_needed=needed,
        weeks_more=None if needed is None else max(needed - seen, 0),
    )


def _found(step: float, error: Array, weight: Array, degrees: int, p_value: float) -> float:
    """Return how often a step of this size goes beyond what the last look asks for."""
    nothing = Estimate(np.zeros_like(error), error, weight, degrees)
    asked = nothing.quantile(1 - p_value / 2)
    something = Estimate(np.full_like(error, step), error, weight, degrees)
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
