"""Who is away: rules give them nothing meanwhile."""

from __future__ import annotations

from datetime import datetime

from opsloop.errors import Refused
from opsloop.service.acting import Acting
from opsloop.store import rosters
from opsloop.types import Actor


class Staffing(Acting):
    """The actions that are about people rather than incidents."""

    def go_away(
        self,
        actor: Actor,
        person: str,
        *,
        until: datetime,
        starts_at: datetime | None = None,
        reason: str | None = None,
    ) -> int:
        """Note that somebody is away, from now or from a later moment on; returns the note's id."""
        self._require_person(person)
        now = self.now()
        starts_at = starts_at or now
        if until <= max(starts_at, now):
            raise Refused(
                f"{person} would be back at {until:%Y-%m-%d %H:%M} UTC, before they are away.",
                "Give a later end.",
            )
        with self.store.batch(now) as batch:
            return rosters.add_absence(
                batch.connection,
                person=person,
                starts_at=starts_at,
                ends_at=until,
                reason=reason,
                by=actor.id,
                now=now,
            )

    def come_back(self, actor: Actor, person: str) -> None:
        """Note that somebody is back before their time; raises NotFound if they are not away."""
        self._require_person(person)
        now = self.now()
        with self.store.batch(now) as batch:
            rosters.end_absences(batch.connection, person, actor.id, now)
