"""The clocks of incidents, as stored: what `clocks_of` says of their logs, nothing more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Protocol

import sqlalchemy as sa

from opsloop.clocks import Clock, ClockSettings, Outcome, Target, clocks_of
from opsloop.standing import Step
from opsloop.store import bulk
from opsloop.store.records import folded, log_row_of
from opsloop.store.tables import clocks, incident_log, incidents
from opsloop.types import Action, Change, Incident, LogRow

CLOCK_COLUMNS = tuple(field.name for field in fields(Clock))
clock_values = attrgetter(*CLOCK_COLUMNS)

# what stands in `incidents.due_at` while no clock runs: it sorts behind everything
NEVER = datetime(9999, 12, 31, tzinfo=UTC)

_SLICE = 500
# after-values by which a clock may start, stop, pause or be measured otherwise
_MATTERS = frozenset(
    {
        "state",
        "team",
        "priority",
        "policy",
        "policy_version",
        "calendar_version",
        "acknowledged_at",
        "first_response_at",
        "merged_into",
    }
)


class TermsOf(Protocol):
    """Gives what clocks are computed by."""

    def __call__(self, policy_version: int | None, calendar_version: int | None) -> ClockSettings:
        """Return the service levels and calendars of these versions."""


class ClockWriter:
    """Computes the clocks of the incidents that one transaction changed.

    Args:
        terms_of: the service levels and calendars by version.
    """

    def __init__(self, terms_of: TermsOf) -> None:
        self._terms_of = terms_of
        self._steps: dict[int, list[Step]] = {}
        self._moved: set[int] = set()

    def add(self, before: Incident | None, change: Change, step: Step) -> None:
        """Take in one row of the log."""
        number = step.incident.incident_id
        self._steps.setdefault(number, []).append(step)
        if step.incident.policy is None and (before is None or before.policy is None):
            return
        if change.action is Action.UPDATED or not _MATTERS.isdisjoint(change.after):
            self._moved.add(number)

    def write(self, connection: sa.Connection) -> None:
        """Write the clocks that follow from the whole log of each incident."""
        begun = [number for number in self._moved if self._steps[number][0].incident.version > 1]
        earlier = histories(connection, begun)
        rows: list[Clock] = []
        due: list[tuple[datetime, int]] = []
        for number in sorted(self._moved):
            known = earlier.get(number, ())
            # the log rows of this transaction are not written yet
            found = computed([*known, *self._steps[number]], self._terms_of)
            rows.extend(found)
            due.append((next_due(found), number))
        bulk.delete(connection, clocks, ("incident_id",), [(number,) for number in begun])
        bulk.insert(connection, clocks, CLOCK_COLUMNS, [clock_values(row) for row in rows])
        bulk.update(connection, incidents, ("due_at", "incident_id"), due)


def computed(history: Sequence[Step], terms_of: TermsOf) -> tuple[Clock, ...]:
    """Return the clocks of an incident's whole history."""
    last = history[-1].incident
    if last.policy is None:
        return ()
    return clocks_of(history, terms_of(last.policy_version, last.calendar_version))


def next_due(found: Collection[Clock]) -> datetime:
    """Return the earliest deadline of clocks that run; `NEVER` if none does."""
    return min((clock.due_at for clock in found if clock.due_at), default=NEVER)


def step_of(incident: Incident, row: LogRow) -> Step:
    """Return what a row of the log and the incident after it mean for clocks."""
    return Step(
        incident,
        row.action,
        row.effective_at,
        row.batch_id,
        row.subject.get("reverses_batch_id"),
    )


def histories(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Step]]:
    """Return the steps of incidents' logs, oldest first."""
    found: dict[int, list[Step]] = {}
    for start in range(0, len(numbers), _SLICE):
        statement = (
            sa.select(incident_log)
            .where(incident_log.c.incident_id.in_(numbers[start : start + _SLICE]))
            .order_by(incident_log.c.incident_id, incident_log.c.version)
        )
        for row in connection.execute(statement).mappings():
            steps = found.setdefault(row["incident_id"], [])
            record = log_row_of(row, None)
            steps.append(step_of(folded(steps[-1].incident if steps else None, record), record))
    return found


def clocks_by_incident(
    connection: sa.Connection, numbers: Sequence[int]
) -> dict[int, tuple[Clock, ...]]:
    """Return the stored clocks of incidents, in the order of `Target`."""
    found: dict[int, list[Clock]] = {}
    for start in range(0, len(numbers), _SLICE):
        is_asked = clocks.c.incident_id.in_(numbers[start : start + _SLICE])
        for row in connection.execute(sa.select(clocks).where(is_asked)).mappings():
            found.setdefault(row["incident_id"], []).append(_clock_of(row))
    order = list(Target)
    return {
        number: tuple(sorted(rows, key=lambda clock: order.index(clock.target)))
        for number, rows in found.items()
    }


def differences(
    connection: sa.Connection,
    rebuilt: Mapping[int, Sequence[Step]],
    terms_of: TermsOf,
) -> Iterator[str]:
    """Yield what the stored clocks of some incidents say otherwise than their logs."""
    numbers = list(rebuilt)
    stored = clocks_by_incident(connection, numbers)
    statement = sa.select(incidents.c.incident_id, incidents.c.due_at).where(
        incidents.c.incident_id.in_(numbers)
    )
    due = {row.incident_id: row.due_at for row in connection.execute(statement)}
    for number, history in rebuilt.items():
        expected = computed(history, terms_of)
        if stored.get(number, ()) != expected:
            yield f"the clocks of incident {number} differ between the log and their table"
        if number in due and due[number] != next_due(expected):
            yield f"incident {number} says that it is due {due[number]}, its clocks say otherwise"


def _clock_of(row: Mapping[str, Any] | sa.RowMapping) -> Clock:
    values = {name: row[name] for name in CLOCK_COLUMNS}
    values["target"] = Target(values["target"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    return Clock(**values)
