"""What the logs name, as it leaves the store: calendars, service levels, imports; a row per fact.

The warehouse's mirror holds every version, so that the retro counts business time as it was counted
when it happened. Version 0 stands for the time before any settings were applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import sqlalchemy as sa

from opsloop.calendars import ALWAYS, ALWAYS_NAME
from opsloop.store.export import PAGE
from opsloop.store.tables import calendar_intervals, calendars, imports, policies
from opsloop.types import State

Row = tuple[Any, ...]

FINGERPRINT = "mirrored_settings"

# per table of the mirror, its columns and the kind of each, as `export.columns_of` names them
TABLES: Mapping[str, Mapping[str, str]] = {
    "calendar_intervals": {
        "calendar_version": "int",
        "calendar": "text",
        "starts_at": "time",
        "ends_at": "time",
        "open_before_s": "int",
    },
    "team_calendars": {"calendar_version": "int", "team": "text", "calendar": "text"},
    "service_level_targets": {
        "policy_version": "int",
        "policy": "text",
        "target": "text",
        "priority": "text",
        "target_s": "int",
        "calendar": "text",
        "pauses_waiting": "bool",
        "pauses_snoozed": "bool",
        "restarts_on_reopen": "bool",
    },
    "imports": {
        "import_id": "int",
        "source": "text",
        "generation": "int",
        "file_name": "text",
        "is_current": "bool",
        "window_from": "time",
        "window_to": "time",
        "complete_for": "text",
        "counts_reassignments": "bool",
        "rows_read": "int",
        "rows_imported": "int",
        "rows_rejected": "int",
        "imported_at": "time",
    },
    FINGERPRINT: {"fingerprint": "text"},
}


def fingerprint(connection: sa.Connection) -> str:
    """Return what tells whether the mirror has these settings.

    A version's rules never change; its calendars may become known over further days.
    """
    levels, hours = policies.c, calendars.c
    known = (
        sa.select(levels.policy_version, levels.checksum).order_by(levels.policy_version),
        sa.select(hours.calendar_version, hours.checksum, hours.first_day, hours.last_day).order_by(
            hours.calendar_version
        ),
    )
    found = [[tuple(row) for row in connection.execute(one)] for one in known]
    found.append([tuple(map(str, row)) for row in _imports(connection)])
    text = json.dumps(found)
    return hashlib.sha256(text.encode()).hexdigest()


def pages(connection: sa.Connection, name: str) -> Iterator[list[Row]]:
    """Yield the rows of one of `TABLES` in pages."""
    rows = _ROWS[name](connection)
    while page := list(islice(rows, PAGE)):
        yield page


def _intervals(connection: sa.Connection) -> Iterator[Row]:
    """Yield the open intervals of all calendars; `always` is in every version."""
    versions: list[int] = list(
        connection.execute(sa.select(calendars.c.calendar_version)).scalars()
    )
    for version in (0, *versions):
        for one in ALWAYS.intervals:
            yield version, ALWAYS_NAME, one.starts_at, one.ends_at, one.open_before_s
    columns = (calendar_intervals.c[name] for name in TABLES["calendar_intervals"])
    for row in connection.execute(sa.select(*columns)):
        yield tuple(row)


def _team_calendars(connection: sa.Connection) -> Iterator[Row]:
    for row in connection.execute(sa.select(calendars.c.calendar_version, calendars.c.body)):
        for team, calendar in json.loads(row.body)["teams"].items():
            yield row.calendar_version, team, calendar


def _targets(connection: sa.Connection) -> Iterator[Row]:
    for row in connection.execute(sa.select(policies.c.policy_version, policies.c.body)):
        for name, level in json.loads(row.body).items():
            for target, times in level["targets"].items():
                for priority, seconds in times.items():
                    yield (
                        row.policy_version,
                        name,
                        target,
                        priority,
                        seconds,
                        level["calendar"],
                        State.WAITING in level["pauses"],
                        State.SNOOZED in level["pauses"],
                        level["on_reopen"] == "restart",
                    )


def _imports(connection: sa.Connection) -> Iterator[Row]:
    """Yield the imports; what one brought is to be seen while it is current."""
    table = imports.c
    is_current = sa.and_(table.completed_at.is_not(None), table.replaced_at.is_(None))
    renamed = {
        "is_current": is_current.label("is_current"),
        "imported_at": table.completed_at.label("imported_at"),
    }
    columns = [renamed[name] if name in renamed else table[name] for name in TABLES["imports"]]
    for row in connection.execute(sa.select(*columns).order_by(table.import_id)):
        yield tuple(row)


def _fingerprint_row(connection: sa.Connection) -> Iterator[Row]:
    yield (fingerprint(connection),)


_ROWS: Mapping[str, Callable[[sa.Connection], Iterator[Row]]] = {
    "calendar_intervals": _intervals,
    "team_calendars": _team_calendars,
    "service_level_targets": _targets,
    "imports": _imports,
    FINGERPRINT: _fingerprint_row,
}
