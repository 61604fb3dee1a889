"""Who is away: rules give them nothing meanwhile."""

from __future__ import annotations

from datetime import datetime

from opsloop.errors import Refused
from opsloop.roles import Concern, Deed, Lack, lack_of
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
        with self._asking(Deed.AWAY, actor), self.store.batch(self.now()) as batch:
            self._require_colleague(actor, person)
            now = self.now()
            starts_at = starts_at or now
            if until <= max(starts_at, now):
                raise Refused(
                    f"{person} would be back at {until:%Y-%m-%d %H:%M} UTC, before they are away.",
                    "Give a later end.",
                )
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
        with self._asking(Deed.AWAY, actor), self.store.batch(self.now()) as batch:
            self._require_colleague(actor, person)
            rosters.end_absences(batch.connection, person, actor.id, self.now())

    def cancel_absence(self, actor: Actor, absence_id: int) -> str:
        """Call off an absence that has not begun; the note stays, without a length.

        Returns:
            Whose it was.

        Raises:
            NotFound: there is no such absence to come.
        """
        with self._asking(Deed.AWAY, actor), self.store.batch(self.now()) as batch:
            now = self.now()
            person = rosters.planned_absence(batch.connection, absence_id, now).person
            self._require_role(actor, Deed.AWAY, concerns=self._colleague(person))
            rosters.cancel_absence(batch.connection, absence_id, actor.id)
            return person

    def lack_of_away(self, actor: Actor, person: str) -> Lack | None:
        """Return what somebody lacks to note that a person is away, or back; None if nothing."""
        return lack_of(self.config.chart, actor.id, Deed.AWAY, self._colleague(person))

    def _colleague(self, person: str) -> tuple[Concern, ...]:
        return (Concern(self.config.team_of(person), person),)

    def _require_colleague(self, actor: Actor, person: str) -> None:
        """Raise unless there is such a person, and the actor is them or of their team."""
        self._require_person(person)
        self._require_role(actor, Deed.AWAY, concerns=self._colleague(person))
