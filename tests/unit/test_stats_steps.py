"""Steps: least squares by hand, Student's distribution, the average over the grid, the ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.stats.covariances import GRID, Grid, grid_of
from opsloop.stats.steps import StepDesign, design_of, noise_of
from opsloop.stats.student import student_cdf

WHITE_ALONE = Grid(correlations=(), drift_ratios=(0.5,), slope_ratios=(), white_weight=1.0)
BEFORE, AFTER = tuple(range(30)), tuple(range(34, 42))


def series(seed: int, weeks: int = 38, step: float = 0.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(12, 1, weeks)
    noise[30:] += step
    return noise


@pytest.mark.parametrize(
    ("degrees", "t"),
    # quantiles of 97.5 % from the tables of any textbook
    [(1, 12.7062), (2, 4.30265), (3, 3.18245), (5, 2.57058), (10, 2.22814), (58, 2.00172)],
)
def test_students_distribution_has_the_published_quantiles(degrees: int, t: float) -> None:
    assert student_cdf(t, degrees) == pytest.approx(0.975, abs=1e-6)
    assert student_cdf(-t, degrees) == pytest.approx(0.025, abs=1e-6)
    assert student_cdf(0.0, degrees) == 0.5
    assert student_cdf([-np.inf, np.inf], degrees).tolist() == pytest.approx([0.0, 1.0])


def test_students_distribution_needs_degrees() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        student_cdf(0.0, 0)


def test_white_noise_alone_is_the_two_sample_t_test() -> None:
    """By hand: means, pooled variance, and the t distribution of n − 2 degrees."""
    y = series(1, step=-1.0)
    one, two = y[:30], y[30:]
    pooled = (((one - one.mean()) ** 2).sum() + ((two - two.mean()) ** 2).sum()) / 36
    error = np.sqrt(pooled * (1 / 30 + 1 / 8))
    step = two.mean() - one.mean()

    # the random walk of this grid weighs nothing; the grid's logarithm of it says so
    with np.errstate(divide="ignore"):
        found = StepDesign(BEFORE, AFTER, WHITE_ALONE).estimate(y)

    assert found.mean == pytest.approx(step)
    assert found.spread == pytest.approx(error)
    assert found.p_value() == pytest.approx(2 * (1 - student_cdf(abs(step / error), 36)))
    assert found.quantile(0.975) == pytest.approx(step + 2.02809 * error, abs=1e-4)


def test_generalised_least_squares_as_on_paper() -> None:
    """AR(1) of ρ = .5 without noise, three weeks: whitened rows are y₀, (y₁ − y₀/2)·c, …

    With c = 1/√(1 − ρ²), the columns of level and step (the last week) become (1, c/2, c/2) and
    (0, 0, c): the step's estimate is what is left of the last row after the level of the others.
    """
    y = np.array([3.0, 5.0, 9.0])
    c = 1 / np.sqrt(0.75)
    level = (y[0] + (y[1] - y[0] / 2) * c * c / 2) / (1 + c * c / 4)
    step = (y[2] - y[1] / 2) - level / 2
    grid = Grid(
        correlations=(0.5,), noise_ratios=(0.0,), drift_ratios=(), slope_ratios=(), white_weight=0.0
    )

    with np.errstate(divide="ignore"):
        found = StepDesign((0, 1), (2,), grid).estimate(y)

    assert found.mean == pytest.approx(step)


def test_a_random_walk_sees_the_last_week_before_and_the_first_after() -> None:
    """Without noise of its own a walk's step is the jump across the start, and no more."""
    y = np.array([0.0, 1.0, 3.0, 8.0, 9.0])
    grid = Grid(correlations=(), drift_ratios=(1e9,), slope_ratios=(), white_weight=0.0)
    with np.errstate(divide="ignore"):
        found = StepDesign((0, 1, 2), (3, 4), grid).estimate(y)
    assert found.mean == pytest.approx(5.0, abs=1e-6)


def test_the_grid_weighs_white_noise_a_quarter() -> None:
    grid = grid_of(np.arange(10))
    assert [one.name for one in grid] == [
        "white",
        *("ar(0.3)",) * 3,
        *("ar(0.6)",) * 3,
        *("ar(0.85)",) * 3,
        *("walk",) * 3,
        *("slope",) * 3,
    ]
    assert grid[0].weight == GRID.white_weight == 0.25
    assert sum(one.weight for one in grid) == pytest.approx(1)
    for one in grid:
        assert np.linalg.eigvalsh(one.matrix).min() > 0


def test_weeks_left_out_count_as_time() -> None:
    near, far = grid_of(np.array([0, 1]))[1], grid_of(np.array([0, 5]))[1]
    assert near.matrix[0, 1] == pytest.approx(0.3)
    assert far.matrix[0, 1] == pytest.approx(0.3**5)


def test_white_noise_is_recognised() -> None:
    long = np.random.default_rng(5).normal(0, 1, 100)
    _, weight = noise_of(long, tuple(range(100)))
    assert weight.argmax() == 0
    _, weight = noise_of(long.cumsum(), tuple(range(100)))
    assert weight[10:13].sum() > 0.9


def test_many_series_at_once_are_as_one_by_one() -> None:
    design = design_of(BEFORE, AFTER)
    many = np.stack([series(seed, step=-1.5) for seed in range(5)])
    together = design.estimate(many)
    for row in range(5):
        alone = design.estimate(many[row])
        assert alone.mean == pytest.approx(together.mean[row], abs=1e-12)
        assert alone.p_value() == pytest.approx(together.p_value()[row], abs=1e-12)
        assert alone.quantile(0.1) == pytest.approx(together.quantile(0.1)[row], abs=1e-9)
        assert design.rank(many[row]) == design.rank(many)[row]


def test_the_rank_of_a_planted_step_is_first_and_of_a_steady_series_last() -> None:
    design = design_of(BEFORE, AFTER)
    assert design.rank(series(2, step=-4.0)) == 1
    assert design.rank(np.full(38, 7.0)) == design.weeks


@pytest.mark.parametrize(("before", "after"), [((), (1, 2)), ((1, 2), ()), ((0,), (1,))], ids=str)
def test_a_step_needs_weeks_on_both_sides(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="before and after"):
        StepDesign(before, after)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    shift=st.floats(-50, 50),
    scale=st.floats(0.1, 20),
    step=st.floats(-5, 5),
)
def test_level_and_scale_change_nothing(seed: int, shift: float, scale: float, step: float) -> None:
    design = design_of(BEFORE, AFTER)
    y = series(seed, step=step)
    plain, moved = design.estimate(y), design.estimate(shift + scale * y)
    assert moved.p_value() == pytest.approx(plain.p_value(), abs=1e-6)
    assert moved.mean == pytest.approx(scale * plain.mean, rel=1e-6, abs=1e-6 * scale)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), small=st.floats(0, 4), more=st.floats(0.1, 4))
def test_a_larger_step_is_estimated_larger_by_as_much(seed: int, small: float, more: float) -> None:
    """The residuals, and with them the weights, do not depend on the step."""
    design = design_of(BEFORE, AFTER)
    one, two = (design.estimate(series(seed, step=size)) for size in (small, small + more))
    assert two.mean - one.mean == pytest.approx(more)
    assert two.spread == pytest.approx(one.spread)
    assert two.below(np.asarray(0.0)) <= one.below(np.asarray(0.0)) + 1e-12
