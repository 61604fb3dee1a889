"""Before and after of an improvement: did the metric change when it started, and by how much?

Complete ISO weeks before the start are compared with those after it, as a step in one series. It
is claimed only if it is both improbable (a p value over a grid of covariances, shared out over the
weekly looks) and unusual for this very series (its rank among the circular shifts).
`docs/statistics.md` has the method in plain words, with its measured rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from statistics import mean, median

import numpy as np

from opsloop.stats.power import power_of
from opsloop.stats.scales import Measure, change_of, count_of, is_logarithm
from opsloop.stats.screening import adjusted_p_values
from opsloop.stats.sequential import alpha_of, needed_p
from opsloop.stats.steps import design_of
from opsloop.stats.verdicts import BeforeAfter, Better, Plan, Power, Reason, Step, Verdict
from opsloop.stats.weeks import Weeks
from opsloop.stats.windows import Stretch, Window, window_of

SHORTEST_BASELINE = 26
SHORTEST_AFTER = 2
EARLIEST_CLAIM = 3  # weeks: nobody believes what is green after two
RANK_SHARE = 0.05
FALSE_SHARE = 0.05  # of the claims among screened changes
_SMALLEST_P = 1e-9  # a look that asks for less has no interval that would say anything


def before_after(
    series: Weeks,
    plan: Plan,
    known_through: date,
    control: Weeks | None = None,
    rule_changed_on: Sequence[date] = (),
    replayed: bool = False,
    monitor_began_on: Sequence[date] = (),
) -> BeforeAfter:
    """Return what is known of an improvement on a day; whatever is missing is said, not raised.

    Args:
        series: the metric by ISO week of the events.
        plan: what was registered.
        known_through: the last day whose figures are complete.
        control: the same metric where nothing was changed, to compare with; None = none.
        rule_changed_on: days on which the SQL, parameters or grouping of the monitor changed.
        replayed: whether `series` (and `control`) are the old rule's over both periods.
        monitor_began_on: days on which a monitor began to look for some of what is compared.
    """
    window = window_of(series, plan, known_through, control)
    changed = _changed(window, () if replayed else rule_changed_on, monitor_began_on)
    known = BeforeAfter(
        verdict=Verdict.NOT_COMPARABLE if changed else Verdict.NOT_YET_KNOWN,
        reason=changed or _missing(window, plan, known_through),
        plan=plan,
        has_control=control is not None,
        weeks_before=len(window.before),
        weeks_after=len(window.after),
        level_before=_level(window.before, plan),
        level_after=_level(window.after, plan),
        power=_power(window, plan),
    )
    if known.reason is not None:
        return known
    step = _step(window, plan)
    reason = _doubt(step, window)
    return replace(known, verdict=_verdict(step, plan, reason), reason=reason, step=step)


def screened(results: Sequence[BeforeAfter], share: float = FALSE_SHARE) -> list[BeforeAfter]:
    """Return the results of changes that registered themselves, in their order, judged together.

    Nobody chose to look at these, and some of many look like a success by chance: a claim stands
    only if, by Benjamini and Hochberg, at most `share` of the claims are expected to be false.
    """
    p_values = [one.step.p_value for one in results if one.step is not None]
    adjusted = iter(adjusted_p_values(p_values))
    judged = []
    for one in results:
        p_value = None if one.step is None else next(adjusted)
        found = replace(one, adjusted_p_value=p_value)
        if one.is_claimed and p_value is not None and p_value > share:
            found = replace(found, verdict=Verdict.NOT_YET_KNOWN, reason=Reason.ONE_OF_MANY)
        judged.append(found)
    return judged


def _changed(
    window: Window, rule_changed_on: Sequence[date], monitor_began_on: Sequence[date]
) -> Reason | None:
    """Return what makes the same name mean other things within the weeks that are compared."""
    if any(window.holds(day) for day in rule_changed_on):
        return Reason.RULE_CHANGED
    began = any(window.holds(day) for day in monitor_began_on)
    return Reason.MONITOR_BEGAN if began else None


def _missing(window: Window, plan: Plan, known_through: date) -> Reason | None:
    """Return what keeps the weeks from being compared at all."""
    nothing = not any((*window.before.values, *window.after.values))
    checks = (
        (plan.horizon_weeks < SHORTEST_AFTER, Reason.HORIZON_TOO_SHORT),
        (len(window.before) < SHORTEST_BASELINE, Reason.BASELINE_TOO_SHORT),
        (plan.start > known_through, Reason.STARTS_LATER),
        (len(window.after) < SHORTEST_AFTER, Reason.TOO_FEW_AFTER),
        (nothing, Reason.NOTHING_HAPPENED),
    )
    return next((reason for applies, reason in checks if applies), None)


def _level(stretch: Stretch, plan: Plan) -> float | None:
    if not stretch.values:
        return None
    return median(stretch.values) if plan.measure is Measure.DURATION else mean(stretch.values)


def _power(window: Window, plan: Plan) -> Power | None:
    if len(window.before) < SHORTEST_BASELINE or plan.horizon_weeks < SHORTEST_AFTER:
        return None
    if not any(window.before.values):
        return None  # there is nothing that a relative change could take away or add
    return power_of(
        window.before.scaled(plan),
        window.before.places,
        start=window.start,
        horizon=plan.horizon_weeks,
        seen=len(window.after),
        change=plan.sought,
        logarithm=_is_logarithm(window, plan),
    )


def _is_logarithm(window: Window, plan: Plan) -> bool:
    return is_logarithm(plan.measure, has_control=window.before.control is not None)


def _step(window: Window, plan: Plan) -> Step:
    """Return the step and how sure it is; there are enough weeks on both sides."""
    after = window.after.scaled(plan)
    series = np.concatenate([window.before.scaled(plan), after])
    design = design_of(window.before.places, window.after.places)
    estimate = design.estimate(series)
    asked = _needed_p(window, plan)
    ends: list[float | None] = [float(estimate.mean), None, None]
    if asked >= _SMALLEST_P:
        ends[1:] = [float(estimate.quantile(one)) for one in (asked / 2, 1 - asked / 2)]
    level = float(after.mean()) - float(estimate.mean)  # of the weeks after, without the step
    change, low, high = (_change(level, end, window, plan) for end in ends)
    units = [_difference(level, end, window, plan) for end in ends]
    return Step(
        change=change,
        low=low,
        high=high,
        difference=units[0],
        difference_low=units[1],
        difference_high=units[2],
        p_value=float(estimate.p_value()),
        needed_p=asked,
        rank=int(design.rank(series)),
        places=design.weeks,
    )


def _change(level: float, step: float | None, window: Window, plan: Plan) -> float | None:
    """Return a step as a relative change; None where it started from nothing."""
    from_nothing = plan.measure is Measure.COUNT and not any(window.before.values)
    if step is None or from_nothing:
        return None
    return change_of(level, step, _is_logarithm(window, plan))


def _difference(level: float, step: float | None, window: Window, plan: Plan) -> float | None:
    """Return a step in units a week; None where only ratios are compared."""
    if step is None or _is_logarithm(window, plan):
        return None
    return count_of(level + step) - count_of(level)


def _needed_p(window: Window, plan: Plan) -> float:
    """Return what this look asks for; the horizon's is the last, even if weeks are unknown."""
    seen = plan.horizon_weeks if window.is_over else len(window.after)
    return needed_p(seen, plan.horizon_weeks, alpha_of(len(window.before)))


def _doubt(step: Step, window: Window) -> Reason | None:
    """Return why a step is not claimed."""
    if not window.is_over and len(window.after) < EARLIEST_CLAIM:
        return Reason.TOO_EARLY
    if step.p_value >= step.needed_p:
        return Reason.NO_CLEAR_STEP if window.is_over else Reason.TOO_EARLY
    return Reason.NOT_UNUSUAL if step.rank > RANK_SHARE * step.places else None


def _verdict(step: Step, plan: Plan, reason: Reason | None) -> Verdict:
    if reason is not None:
        return Verdict.NOT_YET_KNOWN
    fell = step.change is not None and step.change < 0
    return Verdict.HELPED if fell == (plan.better is Better.LOWER) else Verdict.HURT
