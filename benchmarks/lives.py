"""Made-up lives of incidents, told by the lifecycle's own functions.

A life is planned as moments at which somebody does something; what they do follows from how the
incident stands by then, so that every row is one that the lifecycle allows.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from opsloop import lifecycle
from opsloop.config import Config, Team
from opsloop.config.calendars import CalendarSettings
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.store.batch import Batch
from opsloop.store.terms import Versions
from opsloop.types import (
    Action,
    Actor,
    ActorKind,
    Change,
    Disposition,
    Event,
    EventChange,
    Incident,
    ResolutionCode,
    Severity,
    State,
)

TEAMS = ("dispatch", "maintenance", "care", "supply", "billing")
PEOPLE_A_TEAM = 6
MONITORS = tuple(f"mon_rule_{number:02}" for number in range(1, 13))
SYNC = Actor(ActorKind.SYNC, "sync", "sync")
CODES = (ResolutionCode.FIXED,) * 4 + (ResolutionCode.FALSE_ALARM, ResolutionCode.DUPLICATE)
CLEARS_BY_ITSELF = 0.2  # shares of all lives
REOPENS = 0.05
LONGEST = timedelta(days=8)  # from the opening to the close
ROWS = 10  # of the log, for an incident, on average


class Deed(StrEnum):
    """What a moment of a life is for."""

    OPEN = "open"
    TAKE = "take"
    WORK = "work"  # whatever its state asks for, or allows
    SETTLE = "settle"  # what is asked is answered, what waits goes on
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLEAR = "clear"  # its event ends
    RECOVER = "recover"  # it clears by itself
    CLOSE = "close"


def settings() -> Config:
    """Return the settings of the made-up company: five teams, office hours, two service levels."""
    members = {team: people_of(team) for team in TEAMS}
    hours = {"mon-fri": ["08:00-12:00", "13:00-17:00"]}
    return Config(
        teams={
            team: Team(name=team, lead=people[0], members=people)
            for team, people in members.items()
        },
        maintainers=TEAMS[0],
        people=frozenset(one for people in members.values() for one in people),
        calendars={"office": CalendarSettings.model_validate({"time_zone": "UTC", "hours": hours})},
        service_levels={
            "standard": _level("office", acknowledge=2, first_response=8, resolve=16),
            "urgent": _level("always", acknowledge=1, resolve=8, next_update=4),
        },
        default_service_level="standard",
    )


def _level(calendar: str, **hours: int) -> ServiceLevelSettings:
    """Return a service level of so many hours for P1, twice as many for P2, and so on."""
    targets = {
        target: {f"P{rank + 1}": {"hours": count * 2**rank} for rank in range(4)}
        for target, count in hours.items()
    }
    return ServiceLevelSettings.model_validate({"calendar": calendar, "targets": targets})


def people_of(team: str) -> tuple[str, ...]:
    """Return the names of a team's people."""
    return tuple(f"{team}.{number}" for number in range(1, PEOPLE_A_TEAM + 1))


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When something happens in a life."""

    at: datetime
    number: int  # of the life
    place: int  # in the life, so that moments of one second stay in order
    deed: Deed


def plan(chance: random.Random, number: int, begins_at: datetime) -> list[Moment]:
    """Return the moments of a life that ends within `LONGEST`."""
    if chance.random() < CLEARS_BY_ITSELF:
        ends_at = begins_at + timedelta(minutes=chance.randint(5, 1_200))
        deeds = [(begins_at, Deed.OPEN), (ends_at, Deed.RECOVER)]
    else:
        deeds = list(_worked_on(chance, begins_at))
    return [Moment(at, number, place, deed) for place, (at, deed) in enumerate(deeds)]


def plan_open(
    chance: random.Random, number: int, begins_at: datetime, until: datetime
) -> list[Moment]:
    """Return the moments of a life that is not over yet."""
    deeds = [(begins_at, Deed.OPEN)]
    if chance.random() < 0.8:
        deeds.append((begins_at, Deed.TAKE))
        deeds += [(begins_at, Deed.WORK) for _ in range(chance.randint(0, 6))]
    span = (until - begins_at).total_seconds()
    ats = sorted(begins_at + timedelta(seconds=chance.randrange(int(span))) for _ in deeds[1:])
    return [
        Moment(at, number, place, deed)
        for place, (at, (_, deed)) in enumerate(zip([begins_at, *ats], deeds, strict=True))
    ]


def _worked_on(chance: random.Random, begins_at: datetime) -> Iterator[tuple[datetime, Deed]]:
    """Yield what people do: most within hours, some within days."""
    span = min(chance.lognormvariate(10.5, 1.2), LONGEST.total_seconds() * 0.7)
    deeds = [Deed.TAKE, *[Deed.WORK] * chance.randint(3, 8)]
    ats = sorted(chance.randrange(1, int(span) + 2) for _ in deeds)
    yield begins_at, Deed.OPEN
    for second, deed in zip(ats, deeds, strict=True):
        yield begins_at + timedelta(seconds=second), deed
    ends_at = begins_at + timedelta(seconds=int(span) + 60)
    yield ends_at, Deed.SETTLE
    yield ends_at, Deed.RESOLVE
    if chance.random() < REOPENS:
        ends_at += timedelta(hours=chance.randint(1, 12))
        yield ends_at, Deed.REOPEN
        yield ends_at + timedelta(minutes=20), Deed.WORK
        yield ends_at + timedelta(minutes=50), Deed.SETTLE
        yield ends_at + timedelta(minutes=50), Deed.RESOLVE
    yield ends_at + timedelta(minutes=55), Deed.CLEAR
    yield ends_at + timedelta(hours=chance.randint(2, 40)), Deed.CLOSE


class Life:
    """One incident of the made-up store, as far as it has come.

    Args:
        entity: what its event is of.
        incident_id: its number.
        holds: whether it claims its key: one that is over by the end need not.
    """

    def __init__(
        self,
        chance: random.Random,
        incident_id: int,
        entity: str,
        versions: Versions,
        *,
        holds: bool,
    ) -> None:
        self.chance = chance
        self.incident_id = incident_id
        self.team = chance.choice(TEAMS)
        self.person = chance.choice(people_of(self.team))
        self.actor = Actor(ActorKind.PERSON, self.person, chance.choice(("app", "app", "cli")))
        self.monitor_id = chance.choice(MONITORS)
        self.entity = entity
        self.versions = versions
        self.holds = holds
        self.incident: Incident | None = None
        self.event: Event | None = None
        self.asked: str | None = None

    def live(self, batch: Batch, moment: Moment) -> None:
        """Let a moment come."""
        at, chance = moment.at, self.chance
        if moment.deed is Deed.OPEN:
            self._open(batch, at)
            return
        incident = self._present()
        match moment.deed:
            case Deed.TAKE:
                self._record(batch, lifecycle.take(incident, self.person, at))
            case Deed.WORK:
                self._record(batch, self._work(incident, at))
            case Deed.SETTLE:
                self._settle(batch, at)
            case Deed.RESOLVE:
                code = chance.choice(CODES)
                cause = chance.choice(("a late part", "weather", "a wrong address", None))
                change = lifecycle.resolve(incident, code, at, root_cause=cause)
                self._record(batch, change)
            case Deed.REOPEN:
                self._record(batch, lifecycle.reopen(incident, "it is back", at))
            case Deed.CLEAR:
                self._clear(batch, at)
                after = {"all_clear_at": at}
                change = Change(Action.ALL_CLEAR, at, after, {"rule_id": "7"}, is_decision=False)
                self._record(batch, change, SYNC)
            case Deed.RECOVER:
                self._clear(batch, at)
                self._record(batch, _cleared_by_itself(at), SYNC)
            case Deed.CLOSE:
                self._record(batch, lifecycle.close(incident, at))

    def _present(self) -> Incident:
        assert self.incident is not None
        return self.incident

    def _record(self, batch: Batch, change: Change, actor: Actor | None = None) -> None:
        self.incident = batch.record(self._present(), change, actor or self.actor)

    def _open(self, batch: Batch, at: datetime) -> None:
        chance = self.chance
        severity = chance.choice(tuple(Severity))
        impact = float(chance.randint(1, 5_000))
        after: dict[str, Any] = {
            "state": State.NEW,
            "opened_at": at,
            "monitor_id": self.monitor_id,
            "entity_id": self.entity,
            "group_key": self.entity,
            "is_flood": False,
            "team": self.team,
            "class": "exception",
            "type": self.monitor_id.removeprefix("mon_"),
            "severity": severity,
            "priority": f"P{severity.rank + 1}",
            "priority_overridden": False,
            "impact": impact,
            "impact_unit": "euro",
            "events_total": 1,
            "events_firing": 1,
            "policy": "urgent" if severity is Severity.CRITICAL else "standard",
            "policy_version": self.versions.policy_version,
            "calendar_version": self.versions.calendar_version,
        }
        if chance.random() < 0.4:
            after |= {"assignee": self.person, "assignment_kind": "rule"}
        title = f"Order {self.entity} of customer {chance.randrange(5_000)} is late"
        change = Change(Action.OPENED, at, after, {"rule_id": "16"}, text=title)
        self.incident = batch.open(self.incident_id, change, SYNC)
        name = f"{self.monitor_id}|{self.incident_id}"
        self.event = Event(
            event_id=hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
            monitor_id=self.monitor_id,
            entity_id=self.entity,
            group_key=self.entity,
            disposition=Disposition.ATTACHED,
            firing=True,
            occurred_at=at - timedelta(minutes=30),
            started_at=at,
            incident_id=self.incident_id,
            severity=severity,
            impact=impact,
        )
        batch.event(self.event, EventChange.APPEARED)
        evidence = json.dumps({"customer": title, "days_late": chance.randrange(30)})
        batch.evidence(self.event.event_id, evidence, None, impact, None)
        if self.holds:
            batch.claim(self.monitor_id, self.entity, self.incident_id)

    def _clear(self, batch: Batch, at: datetime) -> None:
        assert self.event is not None
        self.event = replace(
            self.event, firing=False, cleared_at=at, cleared_reason="condition_cleared"
        )
        batch.event(self.event, EventChange.CLEARED)
        subject = {"rule_id": "8"}
        change = Change(Action.CLEARED, at, {"events_firing": 0}, subject, is_decision=False)
        self._record(batch, change, SYNC)

    def _settle(self, batch: Batch, at: datetime) -> None:
        if self.asked:
            self._record(batch, lifecycle.answer(self._present(), self.asked, "yes", at))
            self.asked = None
        if self._present().state is State.WAITING:
            self._record(batch, lifecycle.resume(self._present(), None, at))

    def _work(self, incident: Incident, at: datetime) -> Change:
        """Return what somebody does next: what stands still goes on first."""
        chance = self.chance
        if incident.state is State.WAITING:
            return lifecycle.resume(incident, "it came", at)
        if incident.state is State.SNOOZED:
            return lifecycle.wake(incident, at)
        if self.asked:
            answered, self.asked = self.asked, None
            return lifecycle.answer(incident, answered, "do as you think", at)
        draw = chance.random()
        if draw < 0.35:
            return lifecycle.log_work(incident, self.person, float(chance.randint(2, 90)), at)
        if draw < 0.65:
            text = " ".join(chance.choices(("called", "asked", "found", "order", "late"), k=6))
            return lifecycle.comment(incident, text, at)
        if draw < 0.75:
            return lifecycle.update(incident, "we are on it", at)
        if draw < 0.88:
            return self._wait(incident, at)
        if draw < 0.93:
            end, reason = at + timedelta(hours=chance.randint(1, 48)), "until the morning"
            return lifecycle.snooze(
                incident, until=end, more_events=None, worse_by=None, reason=reason, now=at
            )
        return self._escalate(incident, at)

    def _wait(self, incident: Incident, at: datetime) -> Change:
        return lifecycle.wait(
            incident,
            kind=self.chance.choice(("supplier", "customer", "team")),
            on="Acme",
            reason="a part",
            follow_up_at=at + timedelta(hours=self.chance.randint(1, 72)),
            every_s=None,
            now=at,
        )

    def _escalate(self, incident: Incident, at: datetime) -> Change:
        self.asked = UUID(int=self.chance.getrandbits(128)).hex
        return lifecycle.escalate(
            incident,
            self.asked,
            to_kind="team",
            to_id=self.chance.choice(TEAMS),
            escalation_type=self.chance.choice(("help", "decision", "outside")),
            escalation_class="question",
            text="can you look at this?",
            now=at,
        )


def _cleared_by_itself(at: datetime) -> Change:
    after = {
        "state": State.RESOLVED,
        "resolution_code": str(ResolutionCode.CLEARED_BY_ITSELF),
        "resolved_at": at,
    }
    return Change(Action.RESOLVED, at, after, {"rule_id": "10"})
