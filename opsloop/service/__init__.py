"""The use cases: what people do with incidents, each in one transaction.

`Service` is what the command line and the app call. Sync, mirror, publish and the whole run stand
beside it in modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from opsloop import lifecycle
from opsloop.config import Config
from opsloop.errors import NotFound, Refused
from opsloop.store import Store, mutes, queries
from opsloop.store.batch import Batch
from opsloop.types import Actor, Change, Escalation, Incident

__all__ = ["Service", "utc_now"]


def utc_now() -> datetime:
    """Return the wall clock's time in UTC."""
    return datetime.now(UTC)


class Service:
    """What people do with incidents.

    Args:
        store: the incident store.
        config: teams and people, to refuse hand-overs to nobody.
        now: the clock; a replay passes its own.

    Every action takes the incident's number and the actor, is one transaction with one log row,
    and returns the incident after it. `expect` is the decision_version that the person saw.

    Raises:
        NotFound: no such incident.
        Refused: the lifecycle does not allow it.
        SomebodyWasFirst: the incident changed since the person looked.
    """

    def __init__(self, store: Store, config: Config, now: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.config = config
        self.now = now

    def take(self, number: int, actor: Actor, *, expect: int | None = None) -> Incident:
        """Make the actor the owner."""
        return self._act(
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.take(incident, actor.id, now),
        )

    def assign(
        self,
        number: int,
        actor: Actor,
        *,
        team: str | None = None,
        person: str | None = None,
        expect: int | None = None,
    ) -> Incident:
        """Hand over to a team, or to a person (whose team it then is, unless `team` says else)."""
        if team is None and person is None:
            raise Refused(f"Incident {number}: nobody was named.", "Name a team or a person.")
        if person is not None and person not in self.config.people:
            raise NotFound(
                f"There is no person {person!r} in any team.", "Add them to a team in opsloop.yml."
            )
        if team is not None and team not in self.config.teams:
            raise NotFound(
                f"There is no team {team!r}.", f"Teams: {', '.join(sorted(self.config.teams))}."
            )

        def change(incident: Incident, now: datetime) -> Change:
            to_team = team or self._team_for(person, incident)
            return lifecycle.assign(incident, to_team, person, now)

        return self._act(number, actor, expect, change)

    def comment(self, number: int, actor: Actor, text: str) -> Incident:
        """Add a comment."""
        return self._act(
            number, actor, None, lambda incident, now: lifecycle.comment(incident, text, now)
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
        expect: int | None = None,
    ) -> Incident:
        """Ask a person, a team or an outside party (`to_kind`: person, team, outside)."""
        self._check_addressee(to_kind, to_id)
        escalation_id = uuid4().hex

        def change(incident: Incident, now: datetime) -> Change:
            return lifecycle.escalate(
                incident,
                escalation_id,
                to_kind=to_kind,
                to_id=to_id,
                escalation_type=escalation_type,
                text=text,
                now=now,
            )

        return self._act(number, actor, expect, change)

    def answer(
        self, number: int, actor: Actor, *, text: str, escalation_id: str | None = None
    ) -> Incident:
        """Record the answer to an escalation; without an id, to the only one that is open."""
        with self.store.batch(self.now()) as batch:
            incident = queries.incident(batch.connection, number)
            asked = queries.incident_escalations(batch.connection, number)
            escalation = _open_escalation(number, asked, escalation_id)
            change = lifecycle.answer(incident, escalation.escalation_id, text, batch.now)
            return batch.record(incident, change, actor)

    def resolve(
        self,
        number: int,
        actor: Actor,
        *,
        code: str,
        root_cause: str | None = None,
        accepted_until: datetime | None = None,
        text: str | None = None,
        expect: int | None = None,
        events_seen: int | None = None,
    ) -> Incident:
        """End the incident; its keys are free for the next one.

        Args:
            events_seen: how many events the person saw; more by now is refused.
        """

        def change(incident: Incident, now: datetime) -> Change:
            _check_events_seen(incident, events_seen)
            return lifecycle.resolve(
                incident,
                code,
                now,
                own_codes=self.config.resolution_codes,
                root_cause=root_cause,
                accepted_until=accepted_until,
                text=text,
            )

        return self._act(number, actor, expect, change, _release_keys)

    def reopen(
        self, number: int, actor: Actor, *, text: str, expect: int | None = None
    ) -> Incident:
        """Open it again, with its keys; refused while another open incident holds one of them."""
        return self._act(
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.reopen(incident, text, now),
            _take_keys_back,
        )

    def mute(
        self,
        actor: Actor,
        *,
        monitor_id: str | None = None,
        entity_id: str | None = None,
        until: datetime,
        reason: str,
    ) -> int:
        """Let a monitor's or an entity's events open nothing until a moment; returns the id."""
        now = self.now()
        if monitor_id is None and entity_id is None:
            raise Refused("A mute of everything is refused.", "Name a monitor or an entity.")
        if until <= now:
            raise Refused(
                f"The mute would end at {until:%Y-%m-%d %H:%M} UTC, which is over.",
                "Give an end in the future.",
            )
        if not reason.strip():
            raise Refused("A mute needs a reason.", "Say why.")
        with self.store.batch(now) as batch:
            return mutes.add(
                batch.connection,
                monitor_id=monitor_id,
                entity_id=entity_id,
                now=now,
                until=until,
                reason=reason,
                person=actor.id,
            )

    def unmute(self, mute_id: int, actor: Actor) -> None:
        """End a mute now."""
        with self.store.batch(self.now()) as batch:
            mutes.end(batch.connection, mute_id, actor.id, batch.now)

    def _act(
        self,
        number: int,
        actor: Actor,
        expect: int | None,
        change: Callable[[Incident, datetime], Change],
        also: Callable[[Batch, Incident], None] | None = None,
    ) -> Incident:
        with self.store.batch(self.now()) as batch:
            incident = queries.incident(batch.connection, number)
            if expect is not None and expect != incident.decision_version:
                lifecycle.check_unchanged(incident, expect, _what_happened(batch, incident, expect))
            after = batch.record(incident, change(incident, batch.now), actor)
            if also:
                also(batch, after)
            return after

    def _team_for(self, person: str | None, incident: Incident) -> str:
        """Return the team that an assignment to a person means: theirs, if the team must change."""
        current = incident.team or self.config.maintainers
        team = self.config.teams.get(current)
        if person is None or (team and person in (team.lead, *team.members)):
            return current
        return self.config.team_of(person) or current

    def _check_addressee(self, to_kind: str, to_id: str) -> None:
        known = {
            "person": self.config.people,
            "team": frozenset(self.config.teams),
            "outside": None,
        }
        if to_kind not in known:
            raise Refused(f"Nobody can be asked as a {to_kind!r}.", "Use person, team or outside.")
        names = known[to_kind]
        if not to_id.strip() or (names is not None and to_id not in names):
            raise NotFound(f"There is no {to_kind} {to_id!r} to ask.", "See opsloop.yml.")


def _open_escalation(
    number: int, asked: tuple[Escalation, ...], escalation_id: str | None
) -> Escalation:
    waiting = [one for one in asked if one.answered_at is None]
    if escalation_id is not None:
        waiting = [one for one in waiting if one.escalation_id == escalation_id]
    if not waiting:
        which = f"escalation {escalation_id}" if escalation_id else "an escalation"
        raise NotFound(f"Incident {number} has no open {which.removeprefix('an ')} to answer.")
    if len(waiting) > 1:
        ids = ", ".join(f"{one.escalation_id} (to {one.to_id})" for one in waiting)
        raise Refused(f"Incident {number} has several open escalations.", f"Name one: {ids}.")
    return waiting[0]


def _check_events_seen(incident: Incident, events_seen: int | None) -> None:
    if events_seen is not None and events_seen < incident.events_total:
        raise Refused(
            f"Incident {incident.incident_id} has {incident.events_total} events, "
            f"you saw {events_seen}.",
            "Look at the new ones first.",
        )


def _what_happened(batch: Batch, incident: Incident, seen: int) -> str:
    rows = queries.log(batch.connection, incident.incident_id)
    later = [row for row in rows if row.decision_version > seen and row.action != "commented"]
    return ", ".join(
        f"{row.action.replace('_', ' ')} by {row.actor.id} at {row.recorded_at:%H:%M} UTC"
        for row in later[-3:]
    )


def _release_keys(batch: Batch, incident: Incident) -> None:
    batch.release(queries.claimed_by(batch.connection, [incident.incident_id]))


def _take_keys_back(batch: Batch, incident: Incident) -> None:
    others = queries.other_holders(batch.connection, incident.incident_id)
    if others:
        numbers = ", ".join(map(str, sorted(others)))
        raise Refused(
            f"Incident {incident.incident_id} cannot be reopened: incident {numbers} is open for "
            "the same.",
            "Work on that one.",
        )
    for monitor_id, key in queries.free_keys_of(batch.connection, incident.incident_id):
        batch.claim(monitor_id, key, incident.incident_id)
