"""What every action has in common: one transaction, and who may not is refused, and that is kept.

The one place where roles are asked, outdated views turned away, and refusals written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise

from opsloop import lifecycle
from opsloop.config import Config
from opsloop.errors import Forbidden, NotFound, Refused, SomebodyWasFirst, UnknownPerson
from opsloop.roles import Concern, Deed, Lack, is_known, lack_of
from opsloop.store import Store, queries, refusals
from opsloop.store.batch import Batch
from opsloop.types import Actor, ActorKind, Change, Incident, Refusal, RefusalReason
from opsloop.words import did_you_mean


def utc_now() -> datetime:
    """Return the wall clock's time in UTC."""
    return datetime.now(UTC)


class Acting:
    """A store, the settings and a clock, and the one way in which an action is taken.

    Args:
        store: the incident store.
        config: who is who, and who may do what.
        now: the clock; a replay passes its own.
        owner_of: the team that owns a monitor, by the monitor's id; None = not known.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        now: Callable[[], datetime] = utc_now,
        owner_of: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self.store = store
        self.config = config
        self.now = now
        self.owner_of = owner_of

    def lack_of(self, actor: Actor, deed: Deed, *incidents: Incident) -> Lack | None:
        """Return what somebody lacks to do something with incidents; None if they may."""
        concerns = [Concern(one.team, one.assignee) for one in incidents]
        return lack_of(self.config.chart, actor.id, deed, concerns)

    def refusals(
        self, *, number: int | None = None, person: str | None = None, limit: int = 100
    ) -> list[Refusal]:
        """Return what people were not let do, the newest first.

        Args:
            number: with that incident alone, which need not exist.
            person: that person alone.
        """
        with self.store.engines.read() as connection:
            return refusals.latest(connection, incident_id=number, person=person, limit=limit)

    def _act(
        self,
        deed: Deed,
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
        with self._doing(deed, actor, number, expect=expect) as (batch, [incident]):
            after = batch.record(incident, change(incident, batch.now), actor)
            if also:
                also(batch, after)
            return after

    @contextmanager
    def _doing(
        self, deed: Deed, actor: Actor, *numbers: int, expect: int | None = None
    ) -> Iterator[tuple[Batch, list[Incident]]]:
        """Yield the transaction in which somebody does something, with the incidents they name.

        Args:
            expect: the decision_version of the first that the actor saw; None = they did not look.
        """
        with (
            self._asking(deed, actor, *numbers[:1]),
            self.store.batch(self.now()) as batch,
        ):
            incidents = [queries.incident(batch.connection, number) for number in numbers]
            self._require_role(actor, deed, incidents)
            if incidents:
                self._require_unchanged(batch, incidents[0], expect)
            yield batch, incidents

    @contextmanager
    def _asking(self, deed: Deed, actor: Actor, number: int | None = None) -> Iterator[None]:
        """Let who is known try something; what of it is refused is kept, and refused all the same.

        It is kept in a transaction of its own, after what was tried is rolled back.
        """
        try:
            self._require_known(actor)
            yield
        except (NotFound, Refused) as refused:
            refusal = _refusal(refused, deed, actor, number, self.now())
            with self.store.engines.write() as connection:
                refusals.keep(connection, refusal)
            raise

    def _require_known(self, actor: Actor) -> None:
        if actor.kind is ActorKind.PERSON:
            require_known(self.config, actor.id)

    def _require_role(
        self,
        actor: Actor,
        deed: Deed,
        incidents: Sequence[Incident] = (),
        concerns: Iterable[Concern] = (),
    ) -> None:
        """Raise Forbidden unless somebody may do something.

        Args:
            concerns: what it is about, where that is no incident.
        """
        about = [*(Concern(one.team, one.assignee) for one in incidents), *concerns]
        lack = lack_of(self.config.chart, actor.id, deed, about)
        if actor.kind is ActorKind.PERSON and lack is not None:
            named = f" with incident {incidents[0].incident_id}" if incidents else ""
            raise Forbidden(
                f"{actor.id} may not do this{named}: '{deed}' needs {lack.in_words()}.",
                lack.remedy(),
                deed=deed,
                needs=lack.needs,
            )

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


def require_known(config: Config, person: str) -> None:
    """Raise UnknownPerson, with the nearest name, unless the settings know somebody."""
    if is_known(config.chart, person):
        return
    near = did_you_mean(person, config.people)
    raise UnknownPerson(
        f"There is no person {person!r} in opsloop.yml.{near}",
        "Act as somebody whom a team names, or add them to a team or to `people`.",
    )


def _refusal(
    refused: NotFound | Refused, deed: Deed, actor: Actor, number: int | None, now: datetime
) -> Refusal:
    """Return what is kept of a refusal; it names the deed that lacked its role, if one did."""
    message = str(refused)
    match refused:
        case Forbidden():
            reason = RefusalReason.ROLE
            return Refusal(now, actor, refused.deed, reason, message, number, refused.needs)
        case UnknownPerson():
            reason = RefusalReason.UNKNOWN_PERSON
        case NotFound():
            reason = RefusalReason.NOT_FOUND
        case SomebodyWasFirst():
            reason = RefusalReason.OUTDATED
        case _:
            reason = RefusalReason.NOT_ALLOWED
    return Refusal(now, actor, deed, reason, message, number)


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
