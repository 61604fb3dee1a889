"""The scale on which weekly figures are compared, and the way back to figures that people read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_HALF = 0.5  # keeps a week without any event on the scale of logarithms
_NONE = 2 * math.sqrt(3 / 8)  # where a count of 0 stands
_HALVINGS = 50


class Measure(StrEnum):
    """What a weekly figure is."""

    COUNT = "count"
    """How many there were, or their sum (minutes, money): 0 where nothing happened."""
    DURATION = "duration"
    """The median seconds of what ended in the week: unknown where nothing did."""


def scaled(
    measure: Measure, values: Sequence[float], control: Sequence[float] | None = None
) -> Array:
    """Return weekly figures on the scale whose noise does not depend on their size.

    Counts become 2√(y + 3/8), whose variance is about 1 for Poisson counts of any mean. Durations,
    and what is compared with a control, become logarithms.

    Args:
        measure: of `values` and `control`.
        values: at least zero; a duration below one second counts as one.
        control: the control's figures of the same weeks; None = none.
    """
    treated = np.asarray(values, dtype=np.float64)
    if measure is Measure.DURATION:
        compared = 1.0 if control is None else np.maximum(np.asarray(control, np.float64), 1.0)
        return np.asarray(np.log(np.maximum(treated, 1.0) / compared))
    if control is None:
        return np.asarray(2 * np.sqrt(treated + 3 / 8))
    return np.asarray(np.log((treated + _HALF) / (np.asarray(control, np.float64) + _HALF)))


def is_logarithm(measure: Measure, has_control: bool) -> bool:
    """Return whether figures are compared as logarithms, so that a step is a ratio."""
    return has_control or measure is Measure.DURATION


def change_of(level: float, step: float, logarithm: bool) -> float | None:
    """Return a step as a relative change, −0.3 = 30 % less; None where it started from nothing.

    Args:
        level: without the step, on the scale of `scaled`.
        step: on the same scale.
        logarithm: whether that scale is one of logarithms.
    """
    if logarithm:
        return math.expm1(min(step, 700.0))
    before = count_of(level)
    return None if before <= 0 else count_of(level + step) / before - 1


def step_of(level: float, change: float, logarithm: bool) -> float:
    """Return a relative change as a step on the scale of `scaled`.

    Args:
        level: without the change, on that scale.
        change: above −1.
        logarithm: whether that scale is one of logarithms.
    """
    if logarithm:
        return math.log1p(change)
    return _level_of(count_of(level) * (1 + change)) - level


def count_of(level: float) -> float:
    """Return the mean count whose 2√(y + 3/8) is `level` on average; at least zero.

    The closed form of Mäkitalo and Foi (2011): squaring alone would be off by up to 3/8, which is
    much where there are few.
    """
    if level <= _NONE:
        return 0.0
    root = math.sqrt(3 / 2)
    return level**2 / 4 - 1 / 8 + root / (4 * level) - 11 / (8 * level**2) + 5 * root / 8 / level**3


def _level_of(count: float) -> float:
    """Return the level whose `count_of` is `count`."""
    low, high = _NONE, 2 * math.sqrt(count + 1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if count_of(middle) < count else (low, middle)
    return (low + high) / 2
