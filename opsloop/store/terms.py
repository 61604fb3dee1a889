"""Service levels and calendars as the store keeps them: by version, so that the past stays known.

All processes and the retro count business time by these rows. The settings file is where people
write them; `save` is called when it has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from opsloop.calendars import ALWAYS_NAME, Calendar, Interval
from opsloop.clocks import ClockSettings, OnReopen, Policy, Target
from opsloop.store import bulk
from opsloop.store.tables import (
    IS_LIVE,
    IS_OPEN,
    calendar_intervals,
    calendars,
    incidents,
    policies,
    store_info,
)
from opsloop.types import State

_INTERVAL_COLUMNS = ("calendar_version", "calendar", "starts_at", "ends_at", "open_before_s")


@dataclass(frozen=True, slots=True)
class Versions:
    """The settings in force: their own version, and those of what clocks are computed by."""

    config_version: int
    policy_version: int
    calendar_version: int


@dataclass(frozen=True, slots=True)
class Horizon:
    """The dates between which calendars are known, both included."""

    first: date
    last: date


def in_force(connection: sa.Connection) -> Versions | None:
    """Return the versions in force; None before settings were applied for the first time."""
    row = connection.execute(
        sa.select(
            store_info.c.config_version,
            store_info.c.policy_version,
            store_info.c.calendar_version,
        )
    ).one()
    if row.config_version is None:
        return None
    return Versions(row.config_version, row.policy_version, row.calendar_version)


def put_in_force(connection: sa.Connection, versions: Versions) -> None:
    """Let new incidents, and those that are open, go by these versions."""
    connection.execute(
        sa.update(store_info).values(
            config_version=versions.config_version,
            policy_version=versions.policy_version,
            calendar_version=versions.calendar_version,
        )
    )


def save_policies(connection: sa.Connection, given: Mapping[str, Policy], now: datetime) -> int:
    """Keep the service levels; returns their version, the known one if they are as before."""
    body = json.dumps({name: _policy_body(one) for name, one in given.items()}, sort_keys=True)
    known = _version(connection, policies, body)
    if known is not None:
        return known
    values = {"checksum": _checksum(body), "body": body, "applied_at": now}
    statement = sa.insert(policies).values(values).returning(policies.c.policy_version)
    return int(connection.execute(statement).scalar_one())


def calendar_horizon(connection: sa.Connection, body: str) -> tuple[int, Horizon] | None:
    """Return the version that these calendars have, and how far they are known; None if new."""
    row = connection.execute(
        sa.select(calendars).where(calendars.c.checksum == _checksum(body))
    ).first()
    if row is None:
        return None
    horizon = Horizon(date.fromisoformat(row.first_day), date.fromisoformat(row.last_day))
    return row.calendar_version, horizon


def save_calendars(
    connection: sa.Connection,
    body: str,
    known: Mapping[str, Calendar],
    horizon: Horizon,
    now: datetime,
) -> int:
    """Keep the calendars' open intervals; returns their version.

    Calendars that are as before keep theirs and are known further.

    Args:
        body: what they are made from: rules by name, zones, and each team's calendar, as JSON.
        known: the calendars over the horizon.
    """
    days = {"first_day": horizon.first.isoformat(), "last_day": horizon.last.isoformat()}
    found = calendar_horizon(connection, body)
    if found is None:
        values = {"checksum": _checksum(body), "body": body, "applied_at": now, **days}
        statement = sa.insert(calendars).values(values).returning(calendars.c.calendar_version)
        version = int(connection.execute(statement).scalar_one())
    else:
        version, _ = found
        is_ours = calendars.c.calendar_version == version
        connection.execute(sa.update(calendars).where(is_ours).values(days))
        is_old = calendar_intervals.c.calendar_version == version
        connection.execute(sa.delete(calendar_intervals).where(is_old))
    rows = [
        (version, name, one.starts_at, one.ends_at, one.open_before_s)
        for name, calendar in known.items()
        for one in calendar.intervals
    ]
    bulk.insert(connection, calendar_intervals, _INTERVAL_COLUMNS, rows)
    return version


def load(
    connection: sa.Connection, policy_version: int | None, calendar_version: int | None
) -> ClockSettings:
    """Return what clocks are computed by, of these versions; nothing of a version that is null."""
    levels = _body(connection, policies, policy_version) or {}
    found = {name: _policy_of(one) for name, one in levels.items()}
    given = _body(connection, calendars, calendar_version)
    if given is None or calendar_version is None:
        return ClockSettings(found)
    zones = {name: one["time_zone"] for name, one in given["calendars"].items()}
    return ClockSettings(found, _calendars(connection, calendar_version, zones), given["teams"])


@dataclass(frozen=True, slots=True)
class Written:
    """Service levels and calendars as people wrote them, to tell whether two versions differ."""

    policies: Mapping[str, Any]
    calendars: Mapping[str, Any]
    teams: Mapping[str, str]

    def of(self, policy: str, team: str | None) -> tuple[Any, str, Any]:
        """Return what the clocks of a team's incident go by: level, calendar's name and rules."""
        level = self.policies.get(policy)
        calendar = (level or {}).get("calendar") or self.teams.get(team or "", ALWAYS_NAME)
        return level, calendar, self.calendars.get(calendar)


def written(
    connection: sa.Connection, policy_version: int | None, calendar_version: int | None
) -> Written:
    """Return what these versions say."""
    levels = _body(connection, policies, policy_version) or {}
    given = _body(connection, calendars, calendar_version) or {"calendars": {}, "teams": {}}
    return Written(levels, given["calendars"], given["teams"])


@dataclass(frozen=True, slots=True)
class Group:
    """What open incidents of one kind go by."""

    policy: str | None
    policy_version: int | None
    calendar_version: int | None
    team: str | None


def of_open_incidents(connection: sa.Connection) -> list[Group]:
    """Return what open incidents go by, each combination once."""
    statement = sa.select(*_group_columns()).where(IS_OPEN, IS_LIVE).distinct()
    return [
        Group(row.policy, row.policy_version, row.calendar_version, row.team)
        for row in connection.execute(statement)
    ]


def open_incidents_of(connection: sa.Connection, group: Group) -> list[int]:
    """Return the open incidents of a group."""
    values = (group.policy, group.policy_version, group.calendar_version, group.team)
    same = [
        column.is_not_distinct_from(value)
        for column, value in zip(_group_columns(), values, strict=True)
    ]
    statement = sa.select(incidents.c.incident_id).where(IS_OPEN, IS_LIVE, *same)
    return list(connection.execute(statement.order_by(incidents.c.incident_id)).scalars())


def first_opened_at(connection: sa.Connection) -> datetime | None:
    """Return when the oldest incident was opened; numbers are given in that order or near it."""
    return connection.execute(sa.select(sa.func.min(incidents.c.opened_at))).scalar()


def _group_columns() -> tuple[sa.Column[Any], ...]:
    table = incidents.c
    return table.policy, table.policy_version, table.calendar_version, table.team


def _calendars(
    connection: sa.Connection, version: int, zones: Mapping[str, str]
) -> dict[str, Calendar]:
    columns = calendar_intervals.c
    statement = (
        sa.select(columns.calendar, columns.starts_at, columns.ends_at, columns.open_before_s)
        .where(columns.calendar_version == version)
        .order_by(columns.calendar, columns.starts_at, columns.ends_at)
    )
    intervals: dict[str, list[Interval]] = {}
    for row in connection.execute(statement):
        interval = Interval(row.starts_at, row.ends_at, row.open_before_s)
        intervals.setdefault(row.calendar, []).append(interval)
    return {name: Calendar(name, zones[name], tuple(rows)) for name, rows in intervals.items()}


def _policy_body(policy: Policy) -> dict[str, Any]:
    return {
        "targets": {str(target): dict(times) for target, times in policy.targets.items()},
        "calendar": policy.calendar,
        "pauses": sorted(str(state) for state in policy.pauses),
        "on_reopen": str(policy.on_reopen),
        "nearing": policy.nearing,
    }


def _policy_of(body: Mapping[str, Any]) -> Policy:
    return Policy(
        targets={Target(target): times for target, times in body["targets"].items()},
        calendar=body["calendar"],
        pauses=frozenset(State(word) for word in body["pauses"]),
        on_reopen=OnReopen(body["on_reopen"]),
        nearing=body["nearing"],
    )


def _body(connection: sa.Connection, table: sa.Table, version: int | None) -> Any:
    """Return what a version says, from JSON; None for no version."""
    if version is None:
        return None
    (key,) = table.primary_key
    statement = sa.select(table.c.body).where(key == version)
    return json.loads(str(connection.execute(statement).scalar_one()))


def _version(connection: sa.Connection, table: sa.Table, body: str) -> int | None:
    """Return the version that a body was kept as."""
    (key,) = table.primary_key
    statement = sa.select(key).where(table.c.checksum == _checksum(body))
    return connection.execute(statement).scalar()


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
