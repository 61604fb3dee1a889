"""What became of improvements: verdicts, kept as they were given, and judged again today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from opsloop.errors import Refused
from opsloop.improvements import DEFAULT_HORIZON, DEFAULT_TARGET, METRICS, Improvement, Part
from opsloop.service.figures import parts
from opsloop.service.figures.parts import MONITOR, require_dimension, require_known
from opsloop.service.finders import Began, began, monitors_of
from opsloop.service.horizons import Waiting, last_day_of, waiting_for
from opsloop.service.rule_changes import register_changes
from opsloop.service.weekly import Series, series_of
from opsloop.stats.before_after import before_after, screened
from opsloop.stats.scales import Measure
from opsloop.stats.verdicts import BeforeAfter, Plan, Reason, Verdict
from opsloop.stats.weeks import WEEK, Weeks, monday_of
from opsloop.stats.windows import BASELINE, LEFT_OUT, window_of
from opsloop.store import Store, improvements, verdicts
from opsloop.store.verdicts import KeptVerdict, RuleChange
from opsloop.warehouse.serving import ServingCopy

_LARGEST_SOUGHT = 0.95  # power is of a change that leaves something: of all gone there is no scale
_DIGITS = 6  # of the figures that a fingerprint is made of


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the figures say of a change.

    Attributes:
        known_through: the last day through which the figures are known.
        found: what `before_after` says.
        changes: of monitors' rules within the weeks that are compared.
        fingerprint: of the figures that it is made of.
        began: monitors that began to look within the weeks that are compared.
        waits: what it waits for before it looks further; None = nothing.
    """

    known_through: date
    found: BeforeAfter
    changes: tuple[RuleChange, ...]
    fingerprint: str
    began: tuple[Began, ...] = ()
    waits: Waiting | None = None

    def in_words(self) -> str:
        """Return the verdict as sentences, with what keeps the weeks from being compared."""
        said = [self.found.in_words()]
        if self.found.reason is Reason.RULE_CHANGED:
            named = "; ".join(
                f"the {one.aspect} of {one.monitor_id} on {one.changed_at:%d %b %Y}"
                for one in self.changes
            )
            said.append(f"Changed: {named}.")
        elif self.found.reason is Reason.MONITOR_BEGAN:
            named = "; ".join(
                f"{one.monitor_id} in the week of {one.week:%d %b %Y}" for one in self.began
            )
            said.append(f"Began: {named}.")
        elif self.waits is not None:
            said.append(self.waits.in_words())
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Revisited:
    """A kept verdict beside what today's figures say of the same weeks.

    Attributes:
        today: None = today's figures cannot tell, or the plan is another one by now.
    """

    kept: KeptVerdict
    today: Judgement | None

    @property
    def is_other(self) -> bool:
        """Whether today's figures would say otherwise."""
        return self.today is not None and self.today.found.verdict != self.kept.verdict

    @property
    def has_other_figures(self) -> bool:
        """Whether the figures of those weeks changed since."""
        return self.today is not None and self.today.fingerprint != self.kept.fingerprint


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a publish registered: changes of rules, and verdicts."""

    rule_changes: int
    verdicts: int


@dataclass(frozen=True, slots=True)
class ScreenedChange:
    """A change that registered itself, judged among all of them."""

    change: RuleChange
    judgement: Judgement


def review(
    store: Store, copy: ServingCopy, groupings: Mapping[str, Sequence[str]], now: datetime
) -> Reviewed:
    """Register changes of rules, and keep a verdict of each improvement for the last whole week.

    A week has one verdict of a plan: what was said stays, whatever the figures say later. After
    the horizon nothing more falls. Looking again adds nothing.

    Args:
        copy: the figures just published.
        groupings: the columns by which each monitor's events are one incident, by monitor.
    """
    changed = register_changes(store, copy, groupings, now)
    with store.engines.read() as connection:
        changes = verdicts.changes(connection)
        given = verdicts.kept(connection)
        measured = [
            one
            for one in improvements.every(connection)
            if one.is_measured and _is_due(one, date.max, given)
        ]
    if not measured:
        return Reviewed(changed, 0)
    found = []
    for one in measured:
        with suppress(Refused):  # `opsloop improvements show` says why
            found.append((one, judge(copy, one, changes)))
    kept = 0
    with store.engines.write() as connection:
        given = verdicts.kept(connection)  # another publish may have been first
        for one, judgement in found:
            if _is_due(one, judgement.known_through, given):
                verdicts.keep(connection, _kept(one, judgement, now))
                kept += 1
    return Reviewed(changed, kept)


def judge(
    copy: ServingCopy,
    improvement: Improvement,
    changes: Sequence[RuleChange],
    known_through: date | None = None,
) -> Judgement:
    """Return what the figures say of an improvement.

    Args:
        changes: of monitors' rules, all that are known.
        known_through: as of the end of that day; None = of the last complete week.

    Raises:
        Refused: no start is registered, or the figures cannot tell.
    """
    if improvement.start_day is None:
        raise Refused(
            f"Improvement {improvement.improvement_id} has no start yet.",
            "`opsloop improvements start` says when it began.",
        )
    plan = plan_of(improvement, improvement.start_day)
    metric, control = improvement.metric, improvement.control
    series = series_of(copy, metric, improvement.part)
    other = series_of(copy, metric, control) if control else None
    relevant, begun = [], []
    if METRICS[metric].follows_rules:
        compared = [improvement.part, *([control] if control else [])]
        monitors = {monitor for part in compared for monitor in monitors_of(copy, part)}
        relevant = [one for one in changes if one.monitor_id in monitors]
        begun = began(copy, compared)
    return _judgement(
        series,
        other,
        plan,
        relevant,
        begun=begun,
        waits=waiting_for(metric, plan, series, other),
        known_through=known_through,
    )


def require_judgeable(
    copy: ServingCopy, metric: str, part: Part, control: Part | None = None
) -> None:
    """Raise unless the figures know a part, and its control, and can tell the metric of both.

    Raises:
        NotFound: there is no such part.
        Refused: an imported log cannot tell this figure.
    """
    for one in (part, control):
        if one is not None:
            require_dimension(copy, one.dimension)
            require_known(copy, parts.Part(one.dimension, one.value))
            if metric in METRICS:
                series_of(copy, metric, one)


def revisited(copy: ServingCopy, store: Store, improvement: Improvement) -> list[Revisited]:
    """Return an improvement's kept verdicts, each beside what today's figures say of it.

    A verdict of a plan that was changed since stands alone: it was about something else.
    """
    with store.engines.read() as connection:
        given = verdicts.kept(connection, improvement.improvement_id)
        changes = verdicts.changes(connection)
    found = []
    for one in given:
        today = None
        if one.plan_version == improvement.plan_version:
            with suppress(Refused):
                today = judge(copy, improvement, changes, one.known_through)
        found.append(Revisited(one, today))
    return found


def screened_changes(copy: ServingCopy, store: Store) -> list[ScreenedChange]:
    """Return the changes of rules, judged by their monitors' events and screened together.

    Nobody chose to look at these: by Benjamini and Hochberg, at most 5 % of what is claimed among
    them is expected to be false. Another change of the same monitor in the weeks compared makes
    one not comparable.
    """
    with store.engines.read() as connection:
        changes = verdicts.changes(connection)
    judged = []
    for change in changes:
        part = Part(MONITOR, change.monitor_id)
        day = change.changed_at.date()
        others = [
            one
            for one in changes
            if one.monitor_id == change.monitor_id and one.changed_at.date() != day
        ]
        plan = Plan(start=day, horizon_weeks=DEFAULT_HORIZON, worth_finding=-DEFAULT_TARGET)
        series = series_of(copy, "events", part)
        judged.append(_judgement(series, None, plan, others))
    found = screened([one.found for one in judged])
    return [
        ScreenedChange(
            change,
            replace(one, found=verdict),
        )
        for change, one, verdict in zip(changes, judged, found, strict=True)
    ]


def plan_of(improvement: Improvement, start: date) -> Plan:
    """Return what the statistics need to know of an improvement."""
    is_duration = METRICS[improvement.metric].is_duration
    return Plan(
        start=start,
        measure=Measure.DURATION if is_duration else Measure.COUNT,
        horizon_weeks=improvement.horizon_weeks,
        worth_finding=min(-improvement.target, _LARGEST_SOUGHT),
    )


def _judgement(
    series: Series,
    control: Series | None,
    plan: Plan,
    changes: Sequence[RuleChange],
    *,
    begun: Sequence[Began] = (),
    waits: Waiting | None = None,
    known_through: date | None = None,
) -> Judgement:
    known = min(one.known_through for one in (series, control) if one is not None)
    over = known if known_through is None else min(known, known_through)
    if waits is not None and waits.week > over:
        waits = None
    through = over if waits is None else waits.week - timedelta(days=1)
    # a start whose first week is waited for has begun all the same
    seen = max(through, min(over, plan.start))
    other = None if control is None else control.weeks
    window = window_of(series.weeks, plan, seen, other)
    within = tuple(one for one in changes if window.holds(one.changed_at.date()))
    begun_within = tuple(one for one in begun if window.holds(one.week))
    found = before_after(
        series.weeks,
        plan,
        seen,
        control=other,
        rule_changed_on=[one.changed_at.date() for one in within],
        monitor_began_on=[one.week for one in begun_within],
    )
    return Judgement(
        through,
        found,
        within,
        _fingerprint(series.weeks, other, plan, through),
        begun_within,
        waits,
    )


def _fingerprint(series: Weeks, control: Weeks | None, plan: Plan, through: date) -> str:
    """Return what tells whether the figures of the compared weeks are the same."""
    first = monday_of(plan.start) - (BASELINE + LEFT_OUT) * WEEK
    last = min(through, last_day_of(plan))
    told = [list(_within(one, first, last)) for one in (series, control) if one is not None]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _within(weeks: Weeks, first: date, last: date) -> Iterator[tuple[str, float | None]]:
    for monday, figure in weeks.items():
        if first <= monday <= last:
            yield monday.isoformat(), None if figure is None else round(figure, _DIGITS)


def _is_due(improvement: Improvement, known_through: date, given: Sequence[KeptVerdict]) -> bool:
    """Return whether a week is complete of which nothing was said, up to the horizon's end."""
    start = improvement.start_day
    if start is None or known_through < start:
        return False
    through = min(known_through, last_day_of(plan_of(improvement, start)))
    return not any(
        one.known_through >= through
        for one in given
        if one.improvement_id == improvement.improvement_id
        and one.plan_version == improvement.plan_version
    )


def _kept(improvement: Improvement, judgement: Judgement, now: datetime) -> KeptVerdict:
    found = judgement.found
    step, power = found.step, found.power
    return KeptVerdict(
        improvement_id=improvement.improvement_id,
        plan_version=improvement.plan_version,
        known_through=judgement.known_through,
        kept_at=now,
        verdict=Verdict(found.verdict).value,
        says=judgement.in_words(),
        weeks_before=found.weeks_before,
        weeks_after=found.weeks_after,
        level_before=found.level_before,
        level_after=found.level_after,
        change=step.change if step else None,
        low=step.low if step else None,
        high=step.high if step else None,
        p_value=step.p_value if step else None,
        needed_p=step.needed_p if step else None,
        power=power.at_horizon if power else None,
        weeks_needed=power.weeks_needed if power else None,
        weeks_more=power.weeks_more if power else None,
        fingerprint=judgement.fingerprint,
    )
