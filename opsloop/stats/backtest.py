"""How far a way of forecasting was off in its own past, and intervals made of that."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Method = Callable[[Array], Array]
"""(history; unknown values are NaN) → the expected values of the coming steps, all known or none
(NaN) if the history does not allow it."""
LEVEL = 0.8
FEWEST_ERRORS = 8  # before an interval is made of them


@dataclass(frozen=True)
class Errors:
    """A way's errors, by the origins that it was tried from.

    Attributes:
        misses: (origin, horizon) → what came − what was expected, on the square roots' scale;
            NaN where either is unknown.
        absolute: the same in the figures' own unit, without the sign.
    """

    misses: Array
    absolute: Array

    @property
    def mean_absolute(self) -> float:
        """The mean absolute error over all origins and horizons; NaN where there is none."""
        known = self.absolute[~np.isnan(self.absolute)]
        return float(known.mean()) if known.size else math.nan


@dataclass(frozen=True)
class Expected:
    """What is expected of a stretch of time, with how far such expectations were off before.

    Attributes:
        value: in the figures' unit.
        low, high: an interval of `level`, from past errors; None where there are too few of them.
        level: how much the interval is meant to hold.
        errors: how many past errors made it.
        covered, checked: how often intervals made the same way, from what was known then, held
            what came.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    errors: int
    covered: int
    checked: int


def errors_of(values: Array, method: Method, first: int, ahead: int, totals: bool) -> Errors:
    """Try a way of forecasting from each origin in its past.

    Args:
        values: the series, unknown ones NaN.
        method: the way.
        first: how many values the first origin has behind it.
        ahead: how many values are forecast.
        totals: whether the sum of all of them is forecast, instead of each.
    """
    known, expected = [], []
    for origin in range(first, len(values) - (ahead if totals else 1) + 1):
        coming = np.full(ahead, np.nan)
        coming[: len(values) - origin] = values[origin : origin + ahead]
        guess = method(values[:origin])
        known.append([coming.sum()] if totals else coming)
        expected.append([guess.sum()] if totals else guess)
    width = 1 if totals else ahead
    came = np.array(known, dtype=np.float64).reshape(-1, width)
    guessed = np.array(expected, dtype=np.float64).reshape(-1, width)
    return Errors(misses=_root(came) - _root(guessed), absolute=np.abs(came - guessed))


def expected(value: float, misses: Array, delay: int) -> Expected:
    """Return an expected value with an interval from past errors, and how well those did.

    The interval reaches as far as the error that LEVEL of the past ones stay within (with the
    correction that makes it hold for few), to both sides on the square roots' scale: counts vary
    more where there are more.

    Args:
        value: what is expected.
        misses: of one horizon, by origin, oldest first, on the square roots' scale.
        delay: after how many origins an error is known.
    """
    sizes = np.abs(misses)
    known = sizes[~np.isnan(sizes)]
    reach = _reach(known)
    checks = [
        (past, size)
        for origin, size in enumerate(sizes)
        if not math.isnan(size) and (past := _reach_before(sizes, origin, delay)) is not None
    ]
    root = float(_root(np.array(value)))
    return Expected(
        value=value,
        low=None if reach is None else _square(root - reach),
        high=None if reach is None else _square(root + reach),
        level=LEVEL,
        errors=len(known),
        covered=sum(bool(size <= past) for past, size in checks),
        checked=len(checks),
    )


def _reach_before(sizes: Array, origin: int, delay: int) -> float | None:
    """Return the reach that an interval had at an origin, from the errors that were known then."""
    past = sizes[: max(origin - delay + 1, 0)]
    return _reach(past[~np.isnan(past)])


def _reach(sizes: Array | Sequence[float]) -> float | None:
    """Return the error that LEVEL of the errors stay within; None if there are too few."""
    count = len(sizes)
    if count < FEWEST_ERRORS:
        return None
    return float(np.sort(sizes)[min(math.ceil((count + 1) * LEVEL), count) - 1])


def _root(values: Array) -> Array:
    return np.asarray(2 * np.sqrt(np.maximum(values, 0) + 3 / 8))


def _square(root: float) -> float:
    return max((max(root, 0.0) / 2) ** 2 - 3 / 8, 0.0)
