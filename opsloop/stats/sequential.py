"""O'Brien–Fleming bounds: looking early, as often as weeks go by, without claiming too often.

A verdict of α = 5 % that is looked at every week would be false far more often than in 5 of 100.
These bounds share the 5 % out among the looks: very little to the first, nearly all to the last.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
YEAR = 52
_NORMAL = NormalDist()
_STEPS = 401  # points of the integral; the bounds are then right to four decimals


def alpha_of(weeks_before: int) -> float:
    """Return how often a verdict may be false, both sides together: less with less than a year.

    Who has not seen a whole year cannot tell a season from a step. With half a year before, a
    verdict at 5 % was false in 10 of 100 under a yearly wave; with the square of the year's share
    it is in 4.

    Args:
        weeks_before: known weeks of the baseline.
    """
    return ALPHA * min(weeks_before / YEAR, 1.0) ** 2


@lru_cache(maxsize=128)
def last_bound(looks: int, alpha: float = ALPHA) -> float:
    """Return the z that the last of evenly spaced looks must reach; look k must reach √(K/k) of it.

    Args:
        looks: how many looks there are (K), at least 1.
        alpha: how often some look may claim falsely, both sides together.

    Raises:
        ValueError: there is no look, or `alpha` is not between 0 and 1.
    """
    if looks < 1 or not 0 < alpha < 1:
        raise ValueError("looks are at least 1, and alpha is between 0 and 1")
    low = _NORMAL.inv_cdf(1 - alpha / 2)
    high = low + 0.5
    while high - low > 1e-5:
        middle = (low + high) / 2
        if _claims(looks, middle) > alpha:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def needed_p(seen: int, horizon: int, alpha: float = ALPHA) -> float:
    """Return the two-sided p value below which a look may claim.

    Args:
        seen: weeks seen after the start, from 1 on.
        horizon: weeks registered; with them all seen it is the last look.
        alpha: how often some look may claim falsely, both sides together.
    """
    share = min(seen / horizon, 1.0)
    return 2 * _NORMAL.cdf(-last_bound(horizon, alpha) / share**0.5)


def _claims(looks: int, bound: float) -> float:
    """Return how often a series without effect crosses one of the looks' bounds.

    The sum after each look, among the series that have not crossed before, is followed by numerical
    integration (Armitage, McPherson and Rowe, 1969). In steps of one unit of information the bound
    of the sum is the same at each look: bound · √K.
    """
    edge = bound * looks**0.5
    grid, width = np.linspace(-edge, edge, _STEPS, retstep=True)
    weight = np.full(_STEPS, width)
    weight[[0, -1]] /= 2
    density = _bell(grid)
    kernel = _bell(grid[:, None] - grid[None, :]) * weight[None, :]
    for _ in range(looks - 1):
        density = kernel @ density
    return 1 - float(density @ weight)


def _bell(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-(values**2) / 2) / np.sqrt(2 * np.pi))
