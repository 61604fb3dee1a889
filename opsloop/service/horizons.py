"""How far a verdict looks: from the start to the horizon, and no further than what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from opsloop.improvements import METRICS
from opsloop.service.weekly import Series
from opsloop.stats.verdicts import Plan
from opsloop.stats.weeks import WEEK, monday_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first week after a start whose figure is still to come; what follows it waits, too.

    Weeks are known the sooner the quicker they went: those known already would flatter.

    Attributes:
        week: its Monday.
        metric: the figure.
        running: how much of the week still runs.
    """

    week: date
    metric: str
    running: int

    def in_words(self) -> str:
        """Return until when it waits, and why."""
        return (
            f"It waits for the week of {self.week:%d %b %Y} until {METRICS[self.metric].settles}"
            f" ({self.running} still running): the weeks that are known first are the quick ones."
        )


def first_monday_of(plan: Plan) -> date:
    """Return the first week after the start: a week in which it began halfway is left out."""
    own_week = monday_of(plan.start)
    return own_week if own_week == plan.start else own_week + WEEK


def last_day_of(plan: Plan) -> date:
    """Return the last day of the horizon."""
    return first_monday_of(plan) + plan.horizon_weeks * WEEK - timedelta(days=1)


def waiting_for(metric: str, plan: Plan, series: Series, control: Series | None) -> Waiting | None:
    """Return the first week up to the horizon of which a figure is still to come."""
    running: dict[date, int] = {}
    for one in (series, control):
        for week, count in one.waiting.items() if one else ():
            if first_monday_of(plan) <= week <= last_day_of(plan):
                running[week] = running.get(week, 0) + count
    return Waiting(min(running), metric, running[min(running)]) if running else None
