"""What every action has in common: one transaction, and nobody decides on an outdated view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

from opsloop import lifecycle
from opsloop.config import Config
from opsloop.errors import NotFound
from opsloop.store import Store, queries
from opsloop.store.batch import Batch
from opsloop.types import Actor, Change, Incident


def utc_now() -> datetime:
    """Return the wall clock's time in UTC."""
    return datetime.now(UTC)


class Acting:
    """A store, the settings and a clock, and the one way in which an action is taken.

    Args:
        store: the incident store.
        config: teams and people, to refuse hand-overs to nobody.
        now: the clock; a replay passes its own.
    """

    def __init__(self, store: Store, config: Config, now: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.config = config
        self.now = now

    def _act(
        self,
        number: int,
        actor: Actor,
        expect: int | None,
        change: Callable[[Incident, datetime], Change],
        also: Callable[[Batch, Incident], None] | None = None,
    ) -> Incident:
        """Record one change of an incident.

        Args:
            expect: the decision_version that the actor saw; None = they did not look.
            change: makes the row from the incident as it is and the moment, or refuses.
            also: what else the same transaction writes.
        """
        with self.store.batch(self.now()) as batch:
            incident = queries.incident(batch.connection, number)
            self._require_unchanged(batch, incident, expect)
            after = batch.record(incident, change(incident, batch.now), actor)
            if also:
                also(batch, after)
            return after

    def _require_unchanged(self, batch: Batch, incident: Incident, expect: int | None) -> None:
        if expect is not None and expect != incident.decision_version:
            happened = _what_happened(batch, incident, expect)
            lifecycle.check_unchanged(incident, expect, happened)

    def _require_person(self, person: str) -> None:
        if person not in self.config.people:
            raise NotFound(
                f"There is no person {person!r} in any team.", "Add them to a team in opsloop.yml."
            )

    def _require_team(self, team: str) -> None:
        if team not in self.config.teams:
            raise NotFound(
                f"There is no team {team!r}.", f"Teams: {', '.join(sorted(self.config.teams))}."
            )


def _what_happened(batch: Batch, incident: Incident, seen: int) -> str:
    """Return who decided what since a version, in words."""
    rows = queries.log(batch.connection, incident.incident_id)
    decisions = [
        row for before, row in pairwise(rows) if row.decision_version > before.decision_version
    ]
    later = [row for row in decisions if row.decision_version > seen]
    return ", ".join(
        f"{row.action.replace('_', ' ')} by {row.actor.id} at {row.recorded_at:%H:%M} UTC"
        for row in later[-3:]
    )
