"""The fixed grid of covariances that weekly figures may have, and how much each weighs at first.

Weeks resemble their neighbours: by how much is not known and cannot be estimated well from one
year, so that every answer is averaged over a grid: weeks that do not resemble each other, that
resemble their neighbours, that walk at random, that grow or shrink steadily. Each holds white noise
too, since each week's figure carries noise of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Grid:
    """Which covariances are averaged over.

    Attributes:
        correlations: of AR(1), from one week to the next.
        noise_ratios: variance of the white noise ÷ variance of the AR(1) part.
        drift_ratios: variance of a random walk's weekly step ÷ variance of the white noise.
        slope_ratios: variance of a steady weekly change ÷ variance of the white noise; 0.002 is
            about 1 % a week at 25 a week.
        white_weight: of white noise alone; the others share the rest evenly.
    """

    correlations: tuple[float, ...] = (0.3, 0.6, 0.85)
    noise_ratios: tuple[float, ...] = (0.25, 0.35, 0.5)
    drift_ratios: tuple[float, ...] = (0.25, 1.0, 4.0)
    slope_ratios: tuple[float, ...] = (0.0005, 0.002, 0.008)
    white_weight: float = 0.25


GRID = Grid()


@dataclass(frozen=True)
class Covariance:
    """One way in which weeks resemble each other, up to its scale.

    Attributes:
        name: `white`, `ar(ρ)`, `walk` or `slope`, for people.
        matrix: the covariance between the weeks at hand.
        weight: what it weighs before anything was seen; the grid's weights sum to 1.
    """

    name: str
    matrix: NDArray[np.float64]
    weight: float


def grid_of(positions: NDArray[np.int64], grid: Grid = GRID) -> list[Covariance]:
    """Return the covariances of weeks at the given places on the calendar, counted in weeks.

    Args:
        positions: ascending, without repeats; gaps are weeks that are left out or unknown.
        grid: which ones.
    """
    white = np.eye(len(positions))
    apart = np.abs(positions[:, None] - positions[None, :])
    shared = np.minimum(positions[:, None], positions[None, :]) - positions.min()
    time = positions - positions.mean()
    others = [
        *(
            (f"ar({correlation})", correlation**apart + ratio * white)
            for correlation in grid.correlations
            for ratio in grid.noise_ratios
        ),
        *(("walk", white + ratio * shared) for ratio in grid.drift_ratios),
        *(("slope", white + ratio * np.outer(time, time)) for ratio in grid.slope_ratios),
    ]
    weight = (1 - grid.white_weight) / len(others)
    return [
        Covariance("white", white, grid.white_weight),
        *(Covariance(name, matrix, weight) for name, matrix in others),
    ]
