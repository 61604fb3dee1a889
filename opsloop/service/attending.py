"""What time alone brings about, done at every sync: escalations, nudges, questions.

Each row takes effect when it was due, however late somebody looks; looking again does nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from opsloop.clocks import ClockSettings
from opsloop.config import Config
from opsloop.escalation import (
    UNANSWERED_WAIT,
    Act,
    Case,
    Do,
    EscalationPolicy,
    acts_due,
    resolved_addressee,
)
from opsloop.store import Store, attention, sync_state
from opsloop.store.batch import Batch
from opsloop.store.clock_rows import clocks_by_incident
from opsloop.types import Action, Actor, ActorKind, Change, Incident, State

_DO_AGAIN = 10  # a question asked while looking may itself be due to be asked again: at most so far


def attend(store: Store, config: Config, now: datetime) -> Counter[str]:
    """Do what is due by now; returns how much of what."""
    policies = {
        name: escalation
        for name, level in config.service_levels.items()
        if (escalation := level.escalation())
    }
    if not policies:
        return Counter()
    terms = store.terms_in_force()
    counts: Counter[str] = Counter()
    for _ in range(_DO_AGAIN):
        done = _once(store, config, policies, terms, now)
        counts += done
        if not done:
            break
    return counts


def _once(
    store: Store,
    config: Config,
    policies: Mapping[str, EscalationPolicy],
    terms: ClockSettings,
    now: datetime,
) -> Counter[str]:
    pauses = [one.nudging.every_s for one in policies.values() if one.nudging]
    silences = [one.quiet_s for one in policies.values() if one.quiet_s]
    longest = timedelta(days=10_000)
    with store.engines.read() as connection:
        numbers = attention.may_need_it(
            connection,
            sorted(policies),
            now=now,
            asked_before=now - (timedelta(seconds=min(pauses)) if pauses else longest),
            silent_since=now - (timedelta(seconds=min(silences)) if silences else longest),
        )
    counts: Counter[str] = Counter()
    for part in sync_state.slices(numbers):
        with store.batch(now) as batch:
            counts += _Attending(batch, config, policies, terms).look_at(list(part))
    return counts


@dataclass(slots=True)
class _Attending:
    batch: Batch
    config: Config
    policies: Mapping[str, EscalationPolicy]
    terms: ClockSettings

    def look_at(self, numbers: list[int]) -> Counter[str]:
        """Do what is due about these incidents, as they are now."""
        connection = self.batch.connection
        clocks = clocks_by_incident(connection, numbers)
        asked = attention.escalations_of(connection, numbers)
        since = attention.open_since(connection, numbers)
        counts: Counter[str] = Counter()
        for incident in sync_state.incidents_by_id(connection, numbers).values():
            policy = self.policies.get(incident.policy or "")
            if policy is None:
                continue
            number = incident.incident_id
            case = Case(
                incident,
                since[number],
                clocks.get(number, ()),
                asked.get(number, []),
                self.terms.calendar_of(incident),
                self.terms.calendar,
            )
            counts += self._do_all(case, policy)
        return counts

    def _do_all(self, case: Case, policy: EscalationPolicy) -> Counter[str]:
        counts: Counter[str] = Counter()
        incident = case.incident
        for act in acts_due(case, policy, self.batch.now):
            change = self._change(incident, act)
            if change is not None:
                actor = Actor(ActorKind.RULE, act.rule, "sync")
                incident = self.batch.record(incident, change, actor)
                counts[str(change.action)] += 1
        return counts

    def _change(self, incident: Incident, act: Act) -> Change | None:
        subject: dict[str, object] = {"rule_id": act.rule}
        match act.do:
            case Do.ESCALATE:
                leads = {team.name: team.lead for team in self.config.teams.values()}
                to = act.to and resolved_addressee(act.to, incident, leads)
                if to is None:
                    return None
                subject |= {
                    "escalation_id": uuid4().hex,
                    "escalation_type": act.type,
                    "escalation_class": act.class_,
                    "to_kind": to.kind,
                    "to_id": to.id,
                }
                return Change(
                    Action.ESCALATED, act.at, {}, subject, text=_question(act), is_decision=False
                )
            case Do.NUDGE:
                subject |= {"escalation_id": act.escalation_id, "nudge_no": act.nudge_no}
                return Change(Action.NUDGED, act.at, {}, subject, is_decision=False)
            case Do.QUESTION:
                return Change(Action.QUESTIONED, act.at, {}, subject, is_decision=False)
            case Do.TAKE_BACK:
                after = {"state": State.NEW, "assignment_kind": "rule"}
                return Change(Action.TAKEN_BACK, act.at, after, subject)


def _question(act: Act) -> str:
    """Return what an automatic escalation asks, in words."""
    if act.rule == UNANSWERED_WAIT:
        return "It was asked after again and again, or should have been, and it still waits."
    if act.rule.startswith("unanswered "):
        return "An earlier question about this was asked again and again, and nobody answered."
    return f"The service level asks for you: {act.rule.replace('_', ' ').replace('-', ' ')}."
