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
from opsloop.store.among import Among
from opsloop.store.records import step_after, steps_of
from opsloop.store.tables import clocks, incident_log, incidents
from opsloop.types import Action, Change, Incident

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
# what is read of a log for them alone: `opened_at`, since no incident is without
_READ = ("opened_at", *sorted(_MATTERS))
_STEPS = Among(
    steps_of(_READ).order_by(incident_log.c.incident_id, incident_log.c.version),
    incident_log.c.incident_id,
)

# to compare with: words are equal to their texts
_STORED = Among(sa.select(*(clocks.c[name] for name in CLOCK_COLUMNS)), clocks.c.incident_id)
_DUE = Among(sa.select(incidents.c.incident_id, incidents.c.due_at), incidents.c.incident_id)


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

    def write(self, connection: sa.Connection) -> dict[int, datetime]:
        """Write the clocks that follow from the whole log of each incident.

        Returns:
            When each incident whose clocks were computed is due next; `NEVER` if no clock runs.
        """
        begun = [number for number in self._moved if self._steps[number][0].incident.version > 1]
        earlier = histories(connection, begun)
        rows: list[Clock] = []
        due: dict[int, datetime] = {}
        for number in sorted(self._moved):
            known = earlier.get(number, ())
            # the log rows of this transaction are not written yet
            found = computed([*known, *self._steps[number]], self._terms_of)
            rows.extend(found)
            due[number] = next_due(found)
        bulk.delete(connection, clocks, ("incident_id",), [(number,) for number in begun])
        bulk.insert(connection, clocks, CLOCK_COLUMNS, [clock_values(row) for row in rows])
        return due


def computed(history: Sequence[Step], terms_of: TermsOf) -> tuple[Clock, ...]:
    """Return the clocks of an incident's whole history."""
    last = history[-1].incident
    if last.policy is None:
        return ()
    return clocks_of(history, terms_of(last.policy_version, last.calendar_version))


def next_due(found: Collection[Clock]) -> datetime:
    """Return the earliest deadline of clocks that run; `NEVER` if none does."""
    return min((clock.due_at for clock in found if clock.due_at), default=NEVER)


def histories(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Step]]:
    """Return the steps of incidents' logs, oldest first.

    Their incidents say what clocks go by, and nothing else: most of a log's columns is not read.
    """
    found: dict[int, list[Step]] = {}
    for start in range(0, len(numbers), _SLICE):
        for row in _STEPS.rows(connection, numbers[start : start + _SLICE]):
            steps = found.setdefault(row.incident_id, [])
            steps.append(step_after(steps[-1].incident if steps else None, row, _READ))
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
    stored: dict[int, set[tuple[Any, ...]]] = {}
    for row in _STORED.rows(connection, numbers):
        stored.setdefault(row.incident_id, set()).add(tuple(row))
    due = {row.incident_id: row.due_at for row in _DUE.rows(connection, numbers)}
    for number, history in rebuilt.items():
        expected = computed(history, terms_of)
        if stored.get(number, set()) != set(map(clock_values, expected)):
            yield f"the clocks of incident {number} differ between the log and their table"
        if number in due and due[number] != next_due(expected):
            yield f"incident {number} says that it is due {due[number]}, its clocks say otherwise"


def _clock_of(row: Mapping[str, Any] | sa.RowMapping) -> Clock:
    values = {name: row[name] for name in CLOCK_COLUMNS}
    values["target"] = Target(values["target"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    return Clock(**values)
