"""What of the queue is shown: a filter as conditions on incidents."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.tables import IS_FOLLOWED_UP, IS_LIVE, IS_OPEN, imports, incidents, texts
from opsloop.types import OPEN_STATES, QueueFilter, State

# The same as IS_LIVE, which Postgres sees and SQLite does not: to find the open ones SQLite would
# rather read an index of all that lives here, whatever has ended, than one of the open.
_IS_LIVE_BY_NO_INDEX = sa.literal_column("NOT (incidents.source IS NOT NULL)", sa.Boolean)


def searched(wanted: QueueFilter) -> sa.FromClause:
    """Return what to count over: the titles are joined only where they are searched."""
    if not wanted.search:
        return incidents
    return incidents.outerjoin(texts, texts.c.text_id == incidents.c.text_id)


def conditions(wanted: QueueFilter) -> list[sa.ColumnElement[bool]]:
    """Return what an incident must be to be shown."""
    table = incidents.c
    found: list[sa.ColumnElement[bool]] = [_is_from(wanted.source, wanted.states)]
    if wanted.states is not None:
        found.extend(_in_states(wanted.states))
    if wanted.assignee is not None:
        found.append(
            table.assignee == wanted.assignee if wanted.assignee else table.assignee.is_(None)
        )
    for column, value in (
        (table.team, wanted.team),
        (table.monitor_id, wanted.monitor_id),
        (table.severity, wanted.severity),
        (table.priority, wanted.priority),
        (table.entity_id, wanted.entity_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.follow_up_by is not None:
        found.extend((IS_FOLLOWED_UP, table.follow_up_at <= wanted.follow_up_by))
    if wanted.search:
        found.append(_matches(wanted.search.strip()))
    return found


def _is_from(source: str | None, states: tuple[State, ...] | None) -> sa.ColumnElement[bool]:
    """Return whether an incident lives here, or stands in the log of a source as it counts now."""
    if source is None and states is not None and set(states) <= set(OPEN_STATES):
        return _IS_LIVE_BY_NO_INDEX
    if source is None:
        return IS_LIVE
    counting = sa.select(imports.c.import_id).where(imports.c.completed_at.is_not(None))
    is_counting = incidents.c.import_id.in_(counting.where(imports.c.replaced_at.is_(None)))
    return sa.and_(incidents.c.source == source, is_counting)


def _in_states(states: tuple[State, ...]) -> list[sa.ColumnElement[bool]]:
    """Say which states, and that they are open if all are: few incidents are, and have indexes."""
    if set(states) == set(OPEN_STATES):
        return [IS_OPEN]
    is_one = incidents.c.state.in_(states)
    return [IS_OPEN, is_one] if set(states) <= set(OPEN_STATES) else [is_one]


def _matches(search: str) -> sa.ColumnElement[bool]:
    alternatives = [
        texts.c.body.icontains(search, autoescape=True),
        incidents.c.entity_id.icontains(search, autoescape=True),
    ]
    digits = search.lstrip("#")
    if digits.isdecimal() and len(digits) <= 18:
        alternatives.append(incidents.c.incident_id == int(digits))
    return sa.or_(*alternatives)
