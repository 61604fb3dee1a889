"""What is said and asked: comments, updates to those affected, escalations and their answers."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.store import queries
from opsloop.types import Actor, Change, Escalation, Incident


class Talking(Acting):
    """The actions that leave words."""

    def comment(self, number: int, actor: Actor, text: str) -> Incident:
        """Add a comment."""
        return self._act(
            Deed.COMMENT,
            number,
            actor,
            None,
            lambda incident, now: lifecycle.comment(incident, text, now),
        )

    def update(self, number: int, actor: Actor, text: str) -> Incident:
        """Tell whoever is affected how it stands."""
        return self._act(
            Deed.UPDATE,
            number,
            actor,
            None,
            lambda incident, now: lifecycle.update(incident, text, now),
        )

    def escalate(
        self,
        number: int,
        actor: Actor,
        *,
        to_kind: str,
        to_id: str,
        text: str,
        escalation_type: str = "help",
        escalation_class: str = "question",
        expect: int | None = None,
    ) -> Incident:
        """Ask a person, a team or an outside party (`to_kind`: person, team, outside).

        Args:
            escalation_type: what for, in the project's words.
            escalation_class: what kind of work it asks for, one of `lifecycle.CLASSES`.
        """
        escalation_id = uuid4().hex

        def change(incident: Incident, now: datetime) -> Change:
            self._check_addressee(to_kind, to_id)
            return lifecycle.escalate(
                incident,
                escalation_id,
                to_kind=to_kind,
                to_id=to_id,
                escalation_type=escalation_type,
                escalation_class=escalation_class,
                text=text,
                now=now,
            )

        return self._act(Deed.ESCALATE, number, actor, expect, change)

    def nudge(
        self, number: int, actor: Actor, *, text: str = "", escalation_id: str | None = None
    ) -> Incident:
        """Ask once more; without an id, the only escalation that is open."""
        with self._doing(Deed.NUDGE, actor, number) as (batch, [incident]):
            asked = queries.incident_escalations(batch.connection, number)
            one = _open_escalation(number, asked, escalation_id, "nudge")
            change = lifecycle.nudge(incident, one.escalation_id, one.nudges + 1, text, batch.now)
            return batch.record(incident, change, actor)

    def answer(
        self, number: int, actor: Actor, *, text: str, escalation_id: str | None = None
    ) -> Incident:
        """Record the answer to an escalation; without an id, to the only one that is open."""
        with self._doing(Deed.ANSWER, actor, number) as (batch, [incident]):
            asked = queries.incident_escalations(batch.connection, number)
            escalation = _open_escalation(number, asked, escalation_id, "answer")
            change = lifecycle.answer(incident, escalation.escalation_id, text, batch.now)
            return batch.record(incident, change, actor)

    def _check_addressee(self, to_kind: str, to_id: str) -> None:
        known = {
            "person": self.config.people,
            "team": frozenset(self.config.teams),
            "outside": None,
        }
        if to_kind not in known:
            raise Refused(f"Nobody can be asked as a {to_kind!r}.", "Use person, team or outside.")
        if not to_id.strip():
            raise Refused("Nobody was named to ask.", "Name a team, a person or a party outside.")
        names = known[to_kind]
        if names is not None and to_id not in names:
            raise NotFound(f"There is no {to_kind} {to_id!r} to ask.", "See opsloop.yml.")


def _open_escalation(
    number: int, asked: tuple[Escalation, ...], escalation_id: str | None, verb: str
) -> Escalation:
    waiting = [one for one in asked if one.answered_at is None]
    if escalation_id is not None:
        waiting = [one for one in waiting if one.escalation_id == escalation_id]
    if not waiting:
        which = f"escalation {escalation_id}" if escalation_id else "an escalation"
        raise NotFound(f"Incident {number} has no open {which.removeprefix('an ')} to {verb}.")
    if len(waiting) > 1:
        ids = ", ".join(f"{one.escalation_id} (to {one.to_id})" for one in waiting)
        raise Refused(f"Incident {number} has several open escalations.", f"Name one: {ids}.")
    return waiting[0]
