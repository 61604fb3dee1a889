"""Which weeks a before and after compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from opsloop.stats.scales import Array, scaled
from opsloop.stats.verdicts import Plan
from opsloop.stats.weeks import WEEK, Weeks, monday_of, mondays

BASELINE = 52
LEFT_OUT = 4  # weeks before the start: people act after the worst month, which then looks cured


@dataclass(frozen=True)
class Stretch:
    """The known weeks of one side.

    Attributes:
        places: of the weeks, counted in weeks from the first that the baseline may have.
        values: the metric's figures.
        control: the control's figures of the same weeks; None = no control.
    """

    places: tuple[int, ...]
    values: tuple[float, ...]
    control: tuple[float, ...] | None

    def __len__(self) -> int:
        return len(self.places)

    def scaled(self, plan: Plan) -> Array:
        """Return the figures on the scale of the comparison."""
        return scaled(plan.measure, self.values, self.control)


@dataclass(frozen=True)
class Window:
    """The weeks that are compared.

    Attributes:
        before: at most 52 weeks, the 4 before the start left out.
        after: from the start on to the horizon, as far as they are over.
        start: the place of the first week after.
        first_day, end_day: from which day on and before which day the weeks are.
        is_over: whether the horizon is.
    """

    before: Stretch
    after: Stretch
    start: int
    first_day: date
    end_day: date
    is_over: bool

    def holds(self, day: date) -> bool:
        """Return whether a day is among those compared, or between them."""
        return self.first_day <= day < self.end_day


def window_of(series: Weeks, plan: Plan, known_through: date, control: Weeks | None) -> Window:
    """Return the weeks to compare, of those that were over at the end of a day."""
    known = series.complete(known_through)
    own_week = monday_of(plan.start)
    origin = own_week - (BASELINE + LEFT_OUT) * WEEK
    begin = own_week if own_week == plan.start else own_week + WEEK
    horizon = max(plan.horizon_weeks, 0)
    before = _stretch(known, control, origin, mondays(origin, BASELINE))
    after = _stretch(known, control, origin, mondays(begin, horizon))
    end = begin + horizon * WEEK
    tomorrow = known_through + timedelta(days=1)
    return Window(
        before=before,
        after=after,
        start=(begin - origin) // WEEK,
        first_day=origin + before.places[0] * WEEK if before.places else begin,
        end_day=min(end, tomorrow),
        is_over=end <= tomorrow,
    )


def _stretch(series: Weeks, control: Weeks | None, origin: date, weeks: list[date]) -> Stretch:
    """Return the weeks in which the metric, and the control if there is one, are known."""
    known = [
        (monday, own, other)
        for monday in weeks
        if (own := series[monday]) is not None
        and (other := 0.0 if control is None else control[monday]) is not None
    ]
    return Stretch(
        places=tuple((monday - origin) // WEEK for monday, _, _ in known),
        values=tuple(own for _, own, _ in known),
        control=None if control is None else tuple(other for _, _, other in known),
    )
