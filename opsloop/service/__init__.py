"""The use cases: what people do with incidents, each in one transaction.

`Service` is what the command line and the app call. Sync, mirror, publish and the whole run stand
beside it in modules of their own.
"""

from __future__ import annotations

from datetime import datetime

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.roles import Deed
from opsloop.service.acting import utc_now
from opsloop.service.improving import Improving
from opsloop.service.keys import release_keys, take_keys_back
from opsloop.service.merging import Merging
from opsloop.service.muting import Muting
from opsloop.service.opening_up import OpeningUp
from opsloop.service.pausing import Pausing
from opsloop.service.reporting import Reporting
from opsloop.service.retrospecting import Retrospecting
from opsloop.service.staffing import Staffing
from opsloop.service.talking import Talking
from opsloop.service.undoing import undo
from opsloop.service.working import Working
from opsloop.store import queries
from opsloop.types import Actor, Change, Incident, ResolutionCode

__all__ = ["Service", "utc_now"]


class Service(
    Talking,
    Pausing,
    Working,
    Staffing,
    Reporting,
    Muting,
    Merging,
    OpeningUp,
    Improving,
    Retrospecting,
):
    """What people do with incidents.

    Every action takes the incident's number and the actor, is one transaction, and returns the
    incident after it. `expect` is the decision_version that the person saw.

    Raises:
        NotFound: no such incident.
        UnknownPerson: the settings know nobody of the actor's name.
        Forbidden: the actor lacks the role.
        Refused: the lifecycle does not allow it.
        SomebodyWasFirst: the incident changed since the person looked.

    Each of these is kept (`refusals`).
    """

    def take(self, number: int, actor: Actor, *, expect: int | None = None) -> Incident:
        """Make the actor the owner."""
        return self._act(
            Deed.TAKE,
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

        def change(incident: Incident, now: datetime) -> Change:
            if team is None and person is None:
                raise Refused(f"Incident {number}: nobody was named.", "Name a team or a person.")
            if person is not None:
                self._require_person(person)
            if team is not None:
                self._require_team(team)
            to_team = team or self._team_for(person, incident)
            return lifecycle.assign(incident, to_team, person, now)

        return self._act(Deed.ASSIGN, number, actor, expect, change)

    def prioritize(
        self, number: int, actor: Actor, *, priority: str, text: str, expect: int | None = None
    ) -> Incident:
        """Give it another priority than its rule does; it keeps it until somebody changes it."""
        return self._act(
            Deed.PRIORITIZE,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.prioritize(incident, priority, text, now),
        )

    def classify(
        self,
        number: int,
        actor: Actor,
        *,
        class_: str | None = None,
        type_: str | None = None,
        expect: int | None = None,
    ) -> Incident:
        """Say what kind of work it is."""
        return self._act(
            Deed.CLASSIFY,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.classify(incident, class_, type_, now),
        )

    def link(self, number: int, actor: Actor, *, other: int, kind: str = "related") -> Incident:
        """Connect it with another incident."""
        with self._doing(Deed.LINK, actor, number) as (batch, [incident]):
            queries.incident(batch.connection, other)
            if (number, other, kind) in queries.links(batch.connection, number):
                raise Refused(f"Incident {number} is already linked so with {other}.")
            change = lifecycle.link(incident, other, kind, batch.now)
            return batch.record(incident, change, actor)

    def unlink(self, number: int, actor: Actor, *, other: int, kind: str = "related") -> Incident:
        """Take a link away."""
        with self._doing(Deed.LINK, actor, number) as (batch, [incident]):
            if (number, other, kind) not in queries.links(batch.connection, number):
                raise NotFound(f"Incident {number} has no link {kind!r} to {other}.")
            change = lifecycle.unlink(incident, other, kind, batch.now)
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

        deed = Deed.ACCEPT if code == ResolutionCode.ACCEPTED else Deed.RESOLVE
        return self._act(deed, number, actor, expect, change, release_keys)

    def reopen(
        self, number: int, actor: Actor, *, text: str, expect: int | None = None
    ) -> Incident:
        """Open it again, with its keys; refused while another open incident holds one of them."""
        return self._act(
            Deed.REOPEN,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.reopen(incident, text, now),
            take_keys_back,
        )

    def close(self, number: int, actor: Actor, *, expect: int | None = None) -> Incident:
        """Put a resolved incident away."""
        return self._act(Deed.CLOSE, number, actor, expect, lifecycle.close)

    def undo(self, actor: Actor, batch_id: str) -> list[Incident]:
        """Give back what one transaction of people decided, of every incident that it touched.

        Raises:
            NotFound: there is no such batch of people.
            Refused: it cannot be undone as a whole, or something was decided later.
        """
        with self._asking(Deed.UNDO, actor):
            self._require_may_undo(actor, batch_id)
            if (opened_up := self._undo_opening(actor, batch_id)) is not None:
                return [opened_up]
            with self.store.batch(self.now()) as batch:
                return undo(batch, batch_id, actor)

    def _require_may_undo(self, actor: Actor, batch_id: str) -> None:
        """Raise Forbidden unless it was the actor's own decision, or their role covers it."""
        with self.store.engines.read() as connection:
            rows = queries.rows_of_batch(connection, batch_id)
            numbers = dict.fromkeys(row.incident_id for row in rows)
            incidents = [queries.incident(connection, number) for number in numbers]
        is_own = all(row.actor.id == actor.id for row in rows)
        self._require_role(actor, Deed.UNDO if is_own else Deed.UNDO_OTHERS, incidents)

    def _team_for(self, person: str | None, incident: Incident) -> str:
        """Return the team that an assignment to a person means: theirs, if the team must change."""
        current = incident.team or self.config.maintainers
        team = self.config.teams.get(current)
        if person is None or (team and person in (team.lead, *team.members)):
            return current
        return self.config.team_of(person) or current


def _check_events_seen(incident: Incident, events_seen: int | None) -> None:
    if events_seen is not None and events_seen < incident.events_total:
        raise Refused(
            f"Incident {incident.incident_id} has {incident.events_total} events, "
            f"you saw {events_seen}.",
            "Look at the new ones first.",
        )
