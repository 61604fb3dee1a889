"""Verdicts as they were given, and how monitors' rules changed; both tables only grow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa

from opsloop.improvements import Aspect
from opsloop.store.tables import improvement_verdicts, rule_changes


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """What was said of an improvement when a week was known.

    Attributes:
        plan_version: of the plan that it was judged by.
        known_through: the last day through which its figures were known.
        verdict: a word of `opsloop.stats.verdicts.Verdict`.
        says: the verdict in sentences, as it was given.
        change, low, high: the effect as a share, and the ends of its 95 % interval.
        level_before, level_after: mean weekly counts, or median weekly medians in seconds.
        needed_p: what this look asked for.
        power: how often the target would be found by the horizon, between 0 and 1.
        weeks_needed, weeks_more: until it is found in 80 %; None = not within a year.
        fingerprint: of the figures that it was made of.
    """

    improvement_id: int
    plan_version: int
    known_through: date
    kept_at: datetime
    verdict: str
    says: str
    weeks_before: int
    weeks_after: int
    level_before: float | None
    level_after: float | None
    change: float | None
    low: float | None
    high: float | None
    p_value: float | None
    needed_p: float | None
    power: float | None
    weeks_needed: int | None
    weeks_more: int | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What a monitor's rule or grouping was from a moment on; `before` None = as it was met."""

    change_id: int
    monitor_id: str
    aspect: Aspect
    changed_at: datetime
    before: str | None
    after: str
    recorded_at: datetime


def keep(connection: sa.Connection, verdict: KeptVerdict) -> None:
    """Keep a verdict; there is at most one for each improvement, plan and week."""
    values = asdict(verdict) | {"known_through": verdict.known_through.isoformat()}
    connection.execute(sa.insert(improvement_verdicts).values(**values))


def kept(connection: sa.Connection, number: int | None = None) -> list[KeptVerdict]:
    """Return the kept verdicts of an improvement, or of all, in the order in which they fell."""
    table = improvement_verdicts
    statement = sa.select(table).order_by(
        table.c.improvement_id, table.c.known_through, table.c.plan_version
    )
    if number is not None:
        statement = statement.where(table.c.improvement_id == number)
    return [_verdict_of(row) for row in connection.execute(statement).mappings()]


def add_change(
    connection: sa.Connection,
    monitor_id: str,
    aspect: Aspect,
    changed_at: datetime,
    *,
    before: str | None,
    after: str,
    now: datetime,
) -> None:
    """Write down that a monitor's rule or grouping changed."""
    connection.execute(
        sa.insert(rule_changes).values(
            monitor_id=monitor_id,
            aspect=aspect,
            changed_at=changed_at,
            before=before,
            after=after,
            recorded_at=now,
        )
    )


def in_force(connection: sa.Connection) -> dict[tuple[str, Aspect], RuleChange]:
    """Return what is known of each monitor's rule and grouping last."""
    return {(one.monitor_id, one.aspect): one for one in _rows(connection, only_changes=False)}


def changes(connection: sa.Connection, monitors: Iterable[str] | None = None) -> list[RuleChange]:
    """Return the changes of these monitors, or of all, in their order; first sights are none."""
    wanted = None if monitors is None else set(monitors)
    found = _rows(connection, only_changes=True)
    return [one for one in found if wanted is None or one.monitor_id in wanted]


def _rows(connection: sa.Connection, *, only_changes: bool) -> list[RuleChange]:
    statement = sa.select(rule_changes).order_by(
        rule_changes.c.changed_at, rule_changes.c.change_id
    )
    if only_changes:
        statement = statement.where(rule_changes.c.before.is_not(None))
    names = [field.name for field in fields(RuleChange)]
    return [
        RuleChange(**{**{name: row[name] for name in names}, "aspect": Aspect(row["aspect"])})
        for row in connection.execute(statement).mappings()
    ]


def _verdict_of(row: sa.RowMapping) -> KeptVerdict:
    values = {field.name: row[field.name] for field in fields(KeptVerdict)}
    values["known_through"] = date.fromisoformat(values["known_through"])
    return KeptVerdict(**values)
