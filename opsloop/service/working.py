"""The work log: who spent how long on what."""

from __future__ import annotations

from datetime import datetime

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.store import queries
from opsloop.types import Action, Actor, Change, Incident


class Working(Acting):
    """The actions that count minutes. A timer belongs to a person and an incident."""

    def log_work(
        self,
        number: int,
        actor: Actor,
        *,
        minutes: float,
        person: str | None = None,
        text: str | None = None,
    ) -> Incident:
        """Add minutes that the actor worked on it, or somebody else whom they name."""

        def change(incident: Incident, now: datetime) -> Change:
            if person is not None:
                self._require_person(person)
            return lifecycle.log_work(incident, person or actor.id, minutes, now, text=text)

        deed = Deed.WORK if person in (None, actor.id) else Deed.WORK_FOR_OTHERS
        return self._act(deed, number, actor, None, change)

    def start_timer(self, number: int, actor: Actor) -> Incident:
        """Start to count the actor's time."""
        with self._doing(Deed.WORK, actor, number) as (batch, [incident]):
            if queries.running_timers(batch.connection, number).get(actor.id):
                raise Refused(f"Your timer on incident {number} is already running.")
            change = lifecycle.start_timer(incident, actor.id, batch.now)
            return batch.record(incident, change, actor)

    def stop_timer(self, number: int, actor: Actor, *, text: str | None = None) -> Incident:
        """Stop the actor's timer and log its minutes: at least a second, at most a day."""
        with self._doing(Deed.WORK, actor, number) as (batch, [incident]):
            started_at = queries.running_timers(batch.connection, number).get(actor.id)
            if started_at is None:
                raise NotFound(f"No timer of yours runs on incident {number}.", "Start one first.")
            seconds = max(1.0, (batch.now - started_at).total_seconds())
            longest = lifecycle.LONGEST_WORK
            change = lifecycle.log_work(
                incident,
                actor.id,
                round(min(seconds, longest.total_seconds()) / 60, 2),
                batch.now,
                started_at=started_at,
                text=text,
            )
            return batch.record(incident, change, actor)

    def correct_work(
        self, number: int, actor: Actor, *, log_id: str, minutes: float, text: str
    ) -> Incident:
        """Let other minutes count instead of those of an earlier row (0 = none), for a reason."""
        with self._doing(Deed.WORK, actor, number) as (batch, [incident]):
            rows = queries.log(batch.connection, number)
            row = next((one for one in rows if one.log_id == log_id), None)
            if row is None or row.action is not Action.WORKED:
                raise NotFound(f"Incident {number} has no work logged as {log_id}.")
            worker = row.subject["person"]
            if worker != actor.id:
                self._require_role(actor, Deed.WORK_FOR_OTHERS, [incident])
            change = lifecycle.correct_work(incident, log_id, worker, minutes, text, batch.now)
            return batch.record(incident, change, actor)
