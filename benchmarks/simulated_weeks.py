"""Weekly counts with known truths: what a before and after may meet, and what it must not claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Simulate = Callable[[np.random.Generator, int, Array], Array]
YEAR = 365.25 / 7


@dataclass(frozen=True)
class World:
    """One way in which weeks come about.

    Attributes:
        name: for the results.
        simulate: (generator, runs, mean of each week) → counts of shape (runs, weeks).
    """

    name: str
    simulate: Simulate


def poisson(random: np.random.Generator, runs: int, mean: Array) -> Array:
    return random.poisson(mean, (runs, len(mean))).astype(float)


def overdispersed(times: float) -> Simulate:
    """Counts with a variance of `times` the mean (negative binomial)."""

    def simulate(random: np.random.Generator, runs: int, mean: Array) -> Array:
        rates = random.gamma(mean / (times - 1), times - 1, (runs, len(mean)))
        return random.poisson(rates).astype(float)

    return simulate


def remembering(correlation: float) -> Simulate:
    """Poisson counts whose correlation from week to week is exactly `correlation` (INAR)."""

    def simulate(random: np.random.Generator, runs: int, mean: Array) -> Array:
        level = mean.max()
        counts = np.empty((runs, len(mean)))
        counts[:, 0] = random.poisson(level, runs)
        for week in range(1, len(mean)):
            kept = random.binomial(counts[:, week - 1].astype(int), correlation)
            counts[:, week] = kept + random.poisson(level * (1 - correlation), runs)
        return random.binomial(counts.astype(int), mean / level).astype(float)

    return simulate


def drifting(correlation: float, spread: float = 0.25) -> Simulate:
    """Poisson counts whose mean's logarithm is AR(1) with this correlation and spread."""

    def simulate(random: np.random.Generator, runs: int, mean: Array) -> Array:
        logs = np.empty((runs, len(mean)))
        logs[:, 0] = random.normal(0, spread, runs)
        fresh = spread * np.sqrt(1 - correlation**2)
        for week in range(1, len(mean)):
            logs[:, week] = correlation * logs[:, week - 1] + random.normal(0, fresh, runs)
        return random.poisson(mean * np.exp(logs - spread**2 / 2)).astype(float)

    return simulate


def growing(weekly: float) -> Simulate:
    """Poisson counts whose mean changes by this share each week."""

    def simulate(random: np.random.Generator, runs: int, mean: Array) -> Array:
        weeks = np.arange(len(mean)) - len(mean) / 2
        return random.poisson(mean * (1 + weekly) ** weeks, (runs, len(mean))).astype(float)

    return simulate


def seasonal(height: float) -> Simulate:
    """Poisson counts with a yearly wave of this height; each run begins anywhere in the year."""

    def simulate(random: np.random.Generator, runs: int, mean: Array) -> Array:
        begin = random.uniform(0, 2 * np.pi, (runs, 1))
        wave = np.sin(2 * np.pi * np.arange(len(mean)) / YEAR + begin)
        return random.poisson(mean * (1 + height * wave)).astype(float)

    return simulate


WORLDS = (
    World("Poisson", poisson),
    World("overdispersed 2 times", overdispersed(2)),
    World("overdispersed 4 times", overdispersed(4)),
    World("AR(1) .3 of Poisson counts", remembering(0.3)),
    World("AR(1) .5 of Poisson counts", remembering(0.5)),
    World("AR(1) .3 of the log mean, spread 25 %", drifting(0.3)),
    World("AR(1) .5 of the log mean, spread 25 %", drifting(0.5)),
    World("trend +1 % a week", growing(0.01)),
    World("trend -1 % a week", growing(-0.01)),
    World("yearly season, 20 % up and down", seasonal(0.2)),
    World("yearly season, 30 % up and down", seasonal(0.3)),
)
