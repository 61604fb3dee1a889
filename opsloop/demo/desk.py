"""The simulated desk: the teams of the demo work the queue through the app's own service calls.

Everything it does carries `via = 'demo'`. It decides by chance that falls the same way each time,
and only people whose shift it is act.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from opsloop.config import Config
from opsloop.demo import chance as odds
from opsloop.demo import script
from opsloop.demo.chance import Chance, Pace, Span
from opsloop.demo.people import People, is_soon
from opsloop.demo.script import Ask
from opsloop.errors import Refused
from opsloop.service import Service
from opsloop.store import Store
from opsloop.types import Actor, ActorKind, Incident, Kind, QueueFilter, State

VIA = "demo"
EVERY_OPEN_ONE = QueueFilter(limit=1_000_000)
MOST_WAITS = 4  # for an exception to clear
MOST_WAITS_FOR_ANSWER = 12
LONG_ABSENCE = timedelta(hours=20)  # days off: a colleague goes on


@dataclass(slots=True)
class Case:
    """What the desk means to do about an incident before it ends it: say a text, ask somebody."""

    plan: list[str | Ask] = field(default_factory=list)
    asked: Ask | None = None
    waits: int = 0
    is_handed_over: bool = False


class Desk:
    """The people of every team, at work on one queue.

    Args:
        store: the incident store.
        config: who is in which team.
        kinds: each monitor's kind: what fires on is not ended lightly.
        seed: the same one gives the same acts.

    `acts` counts what was done, by action.
    """

    def __init__(self, store: Store, config: Config, kinds: Mapping[str, Kind], seed: int) -> None:
        self.store = store
        self.config = config
        self.kinds = kinds
        self.seed = seed
        self.now = datetime.min.replace(tzinfo=UTC)
        self.service = Service(store, config, lambda: self.now)
        self.people = People(config)
        self.acts: Counter[str] = Counter()
        self._open: dict[int, Incident] = {}
        self._cases: dict[int, Case] = {}
        self._agenda: list[tuple[datetime, int, str, int]] = []
        self._draws: Counter[int] = Counter()
        self._order = count()

    def plan_mutes(self, begins_at: datetime, ends_at: datetime) -> None:
        """Put those mutes on the agenda that fall between two moments."""
        for place, mute in enumerate(script.MUTES):
            at = ends_at - timedelta(days=mute.days_before_end)
            if at > begins_at:
                self._schedule(at, "mute", place)

    def look_at_queue(self, at: datetime) -> None:
        """Read the queue after a sync and put on the agenda what the desk did not know."""
        self._open = {
            item.incident.incident_id: item.incident for item in self.store.queue(EVERY_OPEN_ONE)
        }
        self._cases = {number: case for number, case in self._cases.items() if number in self._open}
        for number in sorted(self._open.keys() - self._cases.keys()):
            self._cases[number] = Case()
            pace, chance = _pace(self._open[number]), self._chance(number)
            if not chance.happens(pace.forgotten):
                span = odds.NEGLECT if chance.happens(pace.neglected) else pace.look
                self._schedule(at + chance.after(span), "look", number)

    def work(self, until: datetime) -> None:
        """Do what is on the agenda before a moment, in the order of time."""
        while self._agenda and self._agenda[0][0] < until:
            self.now, _, what, number = heapq.heappop(self._agenda)
            match what:
                case "look":
                    self._look(number)
                case "work":
                    self._work(number)
                case "answer":
                    self._answer(number)
                case "reopen":
                    self._reopen(number)
                case "mute":
                    self._mute(number)

    def _look(self, number: int) -> None:
        """Let somebody take an incident, or give it to whom it belongs."""
        incident = self._open.get(number)
        if incident is None:
            return
        if incident.state is not State.NEW and incident.assignee:
            self._work(number)
            return
        person = incident.assignee or self._person_of(incident.team, "look", number)
        if person is None or not self._can_act(person, "look", number):
            return
        case, chance = self._cases[number], self._chance(number)
        others = script.script_of(incident).hand_over_to
        lead = self.config.teams[incident.team].lead if incident.team else None
        if others and not case.is_handed_over and chance.happens(0.08):
            self._hand_over(incident, person, chance.one_of(others), script.HAND_OVER)
        elif lead and lead != person and not incident.assignee and chance.happens(0.1):
            self._did(
                "assigned",
                self.service.assign(
                    number, _actor(lead), person=person, expect=incident.decision_version
                ),
            )
            self._come_back(chance, odds.HAND_ON, "look", number)
        else:
            self._take(incident, person, chance)

    def _take(self, incident: Incident, person: str, chance: Chance) -> None:
        number = incident.incident_id
        after = self.service.take(number, _actor(person), expect=incident.decision_version)
        self._did("taken", after)
        self._cases[number].plan = _plan(incident, chance)
        self._go_on(after)

    def _work(self, number: int) -> None:
        """Do the next thing about an incident that somebody has taken."""
        incident = self._open.get(number)
        if incident is None or incident.assignee is None:
            return
        person, case = incident.assignee, self._cases[number]
        if self._is_long_away(person):
            self._take_over(incident)
            return
        if not self._can_act(person, "work", number):
            return
        if incident.escalations_open and case.waits < MOST_WAITS_FOR_ANSWER:
            self._wait(incident, person)
        elif not case.plan:
            self._end(incident, person)
        else:
            what = case.plan.pop(0)
            if isinstance(what, Ask):
                self._ask(incident, person, what)
            else:
                self._say(number, person, what)
            self._go_on(self._open[number])

    def _take_over(self, incident: Incident) -> None:
        number = incident.incident_id
        person = self._person_of(incident.team, "work", number)
        if person is not None and self._can_act(person, "work", number):
            after = self.service.take(number, _actor(person), expect=incident.decision_version)
            self._did("taken", after)
            self._go_on(after)

    def _wait(self, incident: Incident, person: str) -> None:
        number = incident.incident_id
        chance = self._chance(number)
        self._cases[number].waits += 1
        if chance.happens(0.3):
            text, asked = chance.one_of(script.FOLLOW_UPS), self._cases[number].asked
            if asked:
                escalation_id = self._unanswered(number, asked.to_id)
                after = self.service.nudge(
                    number, _actor(person), text=text, escalation_id=escalation_id
                )
                self._did("nudged", after)
            else:
                self._say(number, person, text)
        self._come_back(chance, odds.WAITING, "work", number)

    def _end(self, incident: Incident, person: str) -> None:
        """Resolve an incident, unless it still fires or is the rule's fault."""
        case, chance = self._cases[incident.incident_id], self._chance(incident.incident_id)
        maintainers = self.config.maintainers
        happened_once = self.kinds.get(incident.monitor_id or "") is Kind.EVENT
        still_fires = incident.events_firing > 0 and not happened_once
        if still_fires and case.waits < MOST_WAITS and chance.happens(0.8):
            self._wait(incident, person)
        elif incident.team != maintainers and not case.is_handed_over and chance.happens(0.02):
            self._hand_over(incident, person, maintainers, script.FOR_THE_MAINTAINERS)
        else:
            self._resolve(incident, person, chance)

    def _resolve(self, incident: Incident, person: str, chance: Chance) -> None:
        number = incident.incident_id
        is_ours = incident.team != self.config.maintainers
        words = script.script_of(incident) if is_ours else script.MAINTAINERS
        code = chance.weighted(words.codes)
        is_accepted = code == script.ACCEPTED
        has_cause = code in (script.FIXED, script.ACCEPTED) and chance.happens(0.8)
        until = self.now + timedelta(days=chance.one_of((5, 7, 14, 30)))
        if chance.happens(0.7):
            minutes = 1 + round(chance.after(odds.CALL).total_seconds() / 30)
            self._did("worked", self.service.log_work(number, _actor(person), minutes=minutes))
        after = self.service.resolve(
            number,
            _actor(person),
            code=code,
            root_cause=chance.one_of(words.causes) if has_cause else None,
            accepted_until=until if is_accepted else None,
            text="Known, and agreed until then." if is_accepted else None,
            expect=incident.decision_version,
            events_seen=incident.events_total,
        )
        self._did("resolved", after)
        if chance.happens(0.03):
            self._come_back(chance, odds.REOPENING, "reopen", number)

    def _hand_over(self, incident: Incident, person: str, team: str, why: str) -> None:
        number = incident.incident_id
        self._say(number, person, why)
        self._did(
            "assigned",
            self.service.assign(
                number, _actor(person), team=team, expect=incident.decision_version
            ),
        )
        self._cases[number].is_handed_over = True
        self._come_back(self._chance(number), odds.HAND_ON, "look", number)

    def _ask(self, incident: Incident, person: str, ask: Ask) -> None:
        number = incident.incident_id
        after = self.service.escalate(
            number,
            _actor(person),
            to_kind=ask.to_kind,
            to_id=ask.to_id,
            escalation_type=ask.type,
            text=ask.text,
            expect=incident.decision_version,
        )
        self._did("escalated", after)
        self._cases[number].asked = ask
        chance = self._chance(number)
        if ask.to_kind == "outside":
            after = self.service.wait(
                number, _actor(person), kind="supplier", on=ask.to_id, reason=f"their {ask.type}"
            )
            self._did("set_waiting", after)
        if not chance.happens(0.25):  # some are never answered
            self._come_back(chance, odds.ANSWER, "answer", number)

    def _answer(self, number: int) -> None:
        incident = self._open.get(number)
        case = self._cases.get(number)
        if incident is None or case is None or case.asked is None:
            return
        # who called somebody outside notes what they said
        is_team = case.asked.to_kind == "team"
        person = (
            self._person_of(case.asked.to_id, "answer", number) if is_team else incident.assignee
        )
        if person is not None and self._can_act(person, "answer", number):
            escalation_id = self._unanswered(number, case.asked.to_id)
            after = self.service.answer(
                number, _actor(person), text=case.asked.answer, escalation_id=escalation_id
            )
            self._did("answered", after)
            case.asked = None
            if after.state is State.WAITING:
                self._did("resumed", self.service.resume(number, _actor(person)))

    def _unanswered(self, number: int, to_id: str) -> str:
        """Return the last question to somebody; an earlier one may never have been answered."""
        asked = self.store.detail(number, events_limit=0).escalations
        return [one for one in asked if one.to_id == to_id and not one.answered_at][
            -1
        ].escalation_id

    def _reopen(self, number: int) -> None:
        incident = self.store.detail(number, events_limit=0).incident
        person = self._person_of(incident.team, "reopen", number)
        if incident.state.is_open or person is None or not self._can_act(person, "reopen", number):
            return
        try:
            after = self.service.reopen(number, _actor(person), text=script.REOPENING)
        except Refused:  # a newer incident is at work on the same
            return
        self._cases[number] = Case(is_handed_over=True)
        self._did("reopened", after)
        self._go_on(after)

    def _mute(self, place: int) -> None:
        mute = script.MUTES[place]
        person = self._person_of(mute.team, "mute", place)
        if person is None:
            return
        of_monitor = [one for one in self._open.values() if one.monitor_id == mute.monitor_id]
        entity_id = next((one.entity_id for one in of_monitor if one.entity_id), None)
        if mute.is_of_entity and entity_id is None:
            return
        self.service.mute(
            _actor(person),
            monitor_id=mute.monitor_id,
            entity_id=entity_id if mute.is_of_entity else None,
            until=self.now + timedelta(days=mute.days),
            reason=mute.reason,
        )
        self.acts["muted"] += 1

    def _say(self, number: int, person: str, text: str) -> None:
        self._did("commented", self.service.comment(number, _actor(person), text))

    def _did(self, what: str, incident: Incident) -> None:
        """Count an act and keep the incident as it is after it."""
        self.acts[what] += 1
        number = incident.incident_id
        if incident.state.is_open:
            self._open[number] = incident
        else:
            self._open.pop(number, None)
            self._cases.pop(number, None)

    def _go_on(self, incident: Incident) -> None:
        """Come back to an incident for the next thing to do about it."""
        number = incident.incident_id
        span, left = _pace(incident).work, len(self._cases[number].plan) + 1
        self._come_back(
            self._chance(number), Span(span.median_minutes / left, span.spread), "work", number
        )

    def _person_of(self, team: str | None, what: str, number: int) -> str | None:
        """Return who of a team can act now; if nobody can, come back when somebody can."""
        found = self.people.first_of(team, self.now)
        if found is None:
            return None
        at, person = found
        if is_soon(at, self.now):
            return person
        self._schedule(at, what, number)
        return None

    def _is_long_away(self, person: str) -> bool:
        at = self.people.when(person, self.now)
        return at is None or at - self.now > LONG_ABSENCE

    def _can_act(self, person: str, what: str, number: int) -> bool:
        """Return whether a person can act now, who is busy then; if not, come back for it."""
        at = self.people.when(person, self.now)
        if at is None:
            return False
        if not is_soon(at, self.now):
            self._schedule(at, what, number)
            return False
        self.people.occupy(person, self.now + self._chance(number).after(odds.CALL))
        return True

    def _come_back(self, chance: Chance, span: Span, what: str, number: int) -> None:
        self._schedule(self.now + chance.after(span), what, number)

    def _schedule(self, at: datetime, what: str, number: int) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), what, number))

    def _chance(self, number: int) -> Chance:
        self._draws[number] += 1
        return Chance(self.seed, number, self._draws[number])


def _plan(incident: Incident, chance: Chance) -> list[str | Ask]:
    words = script.script_of(incident)
    asks = [ask for ask in words.asks if ask.to_id != incident.team]
    plan: list[str | Ask] = []
    if chance.happens(0.5):
        plan.append(chance.one_of(words.notes))
    if asks and chance.happens(words.asking):
        plan.append(chance.one_of(asks))
    if chance.happens(0.2):
        plan.append(chance.one_of(words.notes))
    return plan


def _pace(incident: Incident) -> Pace:
    return odds.PACES[incident.priority or "P4"]


def _actor(person: str) -> Actor:
    return Actor(ActorKind.PERSON, person, VIA)
