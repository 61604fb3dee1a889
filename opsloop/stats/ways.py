"""Two ways of resolving the same kind of incident, compared week by week.

Incidents of one week resemble each other, so that each week in which both ways were used counts
once. Nobody dealt the incidents out at random: a way that gets the hard ones looks slow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from opsloop.stats.covariances import GRID, Grid
from opsloop.stats.scales import Measure, scaled
from opsloop.stats.sequential import ALPHA
from opsloop.stats.steps import level_of
from opsloop.stats.weeks import Weeks

FEWEST_WEEKS = 12
_LASTING = Grid(
    GRID.correlations, GRID.noise_ratios, drift_ratios=(), slope_ratios=(), white_weight=0.25
)


@dataclass(frozen=True)
class WaysCompared:
    """How long one way takes against another.

    Attributes:
        weeks: weeks in which both were used.
        change: of one against the other, −0.3 = 30 % shorter; None where there are too few weeks.
        low, high: the ends of its 95 % interval.
        p_value: two-sided, of no difference.
    """

    weeks: int
    change: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None

    @property
    def is_claimed(self) -> bool:
        """Whether the ways are known to differ."""
        return self.p_value is not None and self.p_value < ALPHA

    def in_words(self) -> str:
        """Return the comparison as sentences."""
        if self.change is None or self.low is None or self.high is None:
            return (
                f"not yet known: both ways were used in {self.weeks} weeks,"
                f" and {FEWEST_WEEKS} are needed."
            )
        verdict = "not yet known" if not self.is_claimed else _word(self.change)
        ends = f"{_percent(self.low)} to {_percent(self.high)}"
        return (
            f"{verdict}: {_percent(self.change)} (95 % interval {ends}), over {self.weeks} weeks in"
            " which both ways were used. Which incident went which way was not left to chance."
        )


def compare_ways(one: Weeks, other: Weeks) -> WaysCompared:
    """Return how long one way of resolving takes against another.

    Args:
        one: the weekly median durations of what was resolved the one way, in seconds; unknown
            where nothing was.
        other: the same of the other way.
    """
    both = [
        (place, mine, theirs)
        for place, (monday, mine) in enumerate(one.items())
        if mine is not None and (theirs := other[monday]) is not None
    ]
    if len(both) < FEWEST_WEEKS:
        return WaysCompared(weeks=len(both))
    places = tuple(place for place, _, _ in both)
    ratios = scaled(Measure.DURATION, [mine for _, mine, _ in both], [its for _, _, its in both])
    level = level_of(ratios, places, _LASTING)
    ends = (level.mean, level.quantile(ALPHA / 2), level.quantile(1 - ALPHA / 2))
    change, low, high = (math.expm1(float(end)) for end in ends)
    return WaysCompared(len(both), change, low, high, float(level.p_value()))


def _word(change: float) -> str:
    return "quicker" if change < 0 else "slower"


def _percent(change: float) -> str:
    return f"{abs(change) * 100:,.0f} % {'shorter' if change < 0 else 'longer'}"
