"""A step between two stretches of a series, by generalised least squares over a grid.

For each covariance the step is estimated by generalised least squares; the covariances are then
weighed by their restricted likelihood, which averages over the level, the step and the scale. The
step's distribution is the weighted mixture of Student's distributions that follows. Everything
works on whole arrays of series (…, weeks), since the benchmark asks it many thousand times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from opsloop.stats.covariances import GRID, Grid, grid_of
from opsloop.stats.student import student_cdf

Array = NDArray[np.float64]
_TINY = 1e-24  # keeps a series without any noise from dividing by nothing
_SAME = 1e-12  # two p values that differ by less are told apart by their scores
_HALVINGS = 60


@dataclass(frozen=True)
class Estimate:
    """The step in each series: one value per covariance on the last axis.

    Attributes:
        step: by generalised least squares, in the series' own scale.
        error: its standard error.
        weight: of the covariance in the light of the series; sums to 1.
        degrees: the degrees of freedom of each Student distribution.
    """

    step: Array
    error: Array
    weight: Array
    degrees: int

    @property
    def mean(self) -> Array:
        """The averaged step."""
        return np.asarray((self.weight * self.step).sum(-1))

    @property
    def spread(self) -> Array:
        """The standard deviation of the averaged step."""
        around = self.error**2 + (self.step - self.mean[..., None]) ** 2
        return np.asarray(np.sqrt((self.weight * around).sum(-1)))

    def below(self, value: Array) -> Array:
        """Return the probability that the step is at most `value`, one per series."""
        scores = (value[..., None] - self.step) / self.error
        return np.asarray((self.weight * student_cdf(scores, self.degrees)).sum(-1))

    def p_value(self) -> Array:
        """Return the two-sided p value of no step, one per series."""
        lower = self.below(np.zeros(self.step.shape[:-1]))
        return np.asarray(np.clip(2 * np.minimum(lower, 1 - lower), 0.0, 1.0))

    def quantile(self, share: float) -> Array:
        """Return the value that the step is below with probability `share`, one per series."""
        reach = 1e3 * self.spread  # far beyond any quantile that is asked for
        low, high = self.mean - reach, self.mean + reach
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray((low + high) / 2)


class StepDesign:
    """What is known of a step before any figure is: two stretches of weeks on the calendar.

    Args:
        before: the places of the weeks before, counted in weeks, ascending.
        after: the places of the weeks after; all later than `before`.
        grid: the covariances to average over.

    Raises:
        ValueError: a stretch is empty, or there are fewer than three weeks.
    """

    def __init__(self, before: tuple[int, ...], after: tuple[int, ...], grid: Grid = GRID) -> None:
        if not before or not after or len(before) + len(after) < 3:
            raise ValueError("a step needs weeks before and after it, three at least")
        self.weeks = len(before) + len(after)
        self.degrees = self.weeks - 2
        columns = _columns(before, after)
        self._fits = [
            _fit(one.matrix, one.weight, columns) for one in grid_of(np.array(before + after), grid)
        ]
        self._error_scale = np.sqrt([fit.variance for fit in self._fits])

    def estimate(self, series: Array) -> Estimate:
        """Return the step of each series (…, weeks); the weeks before come first."""
        square = _residual_squares(self._fits, series)
        return Estimate(
            step=np.stack([series @ fit.contrast for fit in self._fits], -1),
            error=np.sqrt(square / self.degrees) * self._error_scale,
            weight=_weights(self._fits, square, self.degrees),
            degrees=self.degrees,
        )

    def rank(self, series: Array) -> NDArray[np.int64]:
        """Return how many circular shifts of each series (…, weeks) have as clear a step.

        The series as it stands counts as one of them: 1 means that no other place in it looks as
        much like a step.
        """
        estimate = self.estimate(_shifts(series))
        p_value, score = estimate.p_value(), np.abs(estimate.mean) / estimate.spread
        own_p, own_score = p_value[..., :1], score[..., :1]
        is_clearer = p_value < own_p - _SAME
        is_as_clear = (np.abs(p_value - own_p) <= _SAME) & (score >= own_score * (1 - _SAME))
        return np.asarray((is_clearer | is_as_clear).sum(-1))


@lru_cache(maxsize=16)  # half a megabyte each
def design_of(before: tuple[int, ...], after: tuple[int, ...]) -> StepDesign:
    """Return the design of a step; the same one for the same weeks."""
    return StepDesign(before, after)


@lru_cache(maxsize=512)
def error_scales_of(before: tuple[int, ...], after: tuple[int, ...]) -> Array:
    """Return the standard error of a step under each covariance, in units of the noise's scale.

    Args:
        before: the places of the weeks before, counted in weeks, ascending.
        after: the places of the weeks after; all later than `before`.
    """
    columns = _columns(before, after)
    roots = (np.linalg.cholesky(one.matrix) for one in grid_of(np.array(before + after)))
    whites = (np.linalg.solve(root, columns) for root in roots)
    return np.sqrt([np.linalg.inv(white.T @ white)[-1, -1] for white in whites])


def noise_of(series: Array, positions: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the scale and the weight of each covariance in a stretch without a step.

    Args:
        series: one series.
        positions: the places of its weeks, counted in weeks.
    """
    fits = _level_fits(positions, GRID)
    square = _residual_squares(fits, series)
    degrees = len(positions) - 1
    return np.sqrt(square / degrees), _weights(fits, square, degrees)


def level_of(series: Array, positions: tuple[int, ...], grid: Grid) -> Estimate:
    """Return the level of a stretch without a step, as `Estimate.step`.

    Args:
        series: one series or several (…, weeks).
        positions: the places of its weeks, counted in weeks; two at least.
        grid: covariances under which the series has a lasting level: no walks and no slopes.
    """
    fits = _level_fits(positions, grid)
    square = _residual_squares(fits, series)
    degrees = len(positions) - 1
    return Estimate(
        step=np.stack([series @ fit.contrast for fit in fits], -1),
        error=np.sqrt(square / degrees) * np.sqrt([fit.variance for fit in fits]),
        weight=_weights(fits, square, degrees),
        degrees=degrees,
    )


def _level_fits(positions: tuple[int, ...], grid: Grid) -> list[_Fit]:
    level = np.ones((len(positions), 1))
    return [_fit(one.matrix, one.weight, level) for one in grid_of(np.array(positions), grid)]


@dataclass(frozen=True)
class _Fit:
    """Generalised least squares for one covariance, ready to meet series.

    Attributes:
        contrast: what estimates the last column's coefficient from a series.
        variance: the estimate's variance, in units of the scale's square.
        residual: turns a series into whitened residuals.
        log_weight: what the covariance weighs before the residuals are seen.
    """

    contrast: Array
    variance: float
    residual: Array
    log_weight: float


def _columns(before: tuple[int, ...], after: tuple[int, ...]) -> Array:
    """Return the level and the step as columns."""
    stepped = np.repeat([0.0, 1.0], [len(before), len(after)])
    return np.column_stack([np.ones(len(stepped)), stepped])


def _fit(covariance: Array, weight: float, columns: Array) -> _Fit:
    root = np.linalg.cholesky(covariance)
    whiten = np.linalg.inv(root)
    white = whiten @ columns
    inverse = np.linalg.inv(white.T @ white)
    solve = inverse @ white.T @ whiten
    return _Fit(
        contrast=solve[-1],
        variance=float(inverse[-1, -1]),
        residual=np.ascontiguousarray((whiten - white @ solve).T),
        log_weight=float(
            np.log(weight) - np.log(np.diag(root)).sum() + np.linalg.slogdet(inverse)[1] / 2
        ),
    )


def _residual_squares(fits: list[_Fit], series: Array) -> Array:
    squares = [np.square(series @ fit.residual).sum(-1) for fit in fits]
    return np.asarray(np.maximum(np.stack(squares, -1), _TINY))


def _weights(fits: list[_Fit], square: Array, degrees: int) -> Array:
    """Weigh the covariances by their restricted likelihood."""
    logs = np.array([fit.log_weight for fit in fits]) - degrees / 2 * np.log(square)
    shares = np.exp(logs - logs.max(-1, keepdims=True))
    return np.asarray(shares / shares.sum(-1, keepdims=True))


def _shifts(series: Array) -> Array:
    """Return all circular shifts of each series on a new axis, the unshifted one first."""
    count = series.shape[-1]
    places = (np.arange(count)[None, :] - np.arange(count)[:, None]) % count
    return np.asarray(series[..., places])
