"""What a life at random is held against: its settings, slow clocks, and a ledger of the log alone.

Nothing here is fast: a walk from quarter to quarter of an hour, over everything that ever happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from opsloop.clocks import Target
from opsloop.config import Config, Team
from opsloop.config.calendars import CalendarSettings
from opsloop.config.roles import RoleSettings
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.lifecycle import fold
from opsloop.store import Store, tables
from opsloop.store.records import log_row_of
from opsloop.types import PRIORITIES, Action, ActorKind, Incident, LogRow, State
from tests.integration.event_tables import CONFIG

QUARTER = timedelta(minutes=15)
PEOPLE = ("ada.moreno", "bo.larsen", "cy.ruiz")

# what is added to an incident without outdating what anybody saw
ADDITIONS = {
    Action.ATTACHED,
    Action.CLEARED,
    Action.WORSENED,
    Action.RELEASED,
    Action.ALL_CLEAR,
    Action.EVIDENCE_LOST,
    Action.MONITOR_GONE,
    Action.MONITOR_BACK,
    Action.POLICY_APPLIED,
    Action.COMMENTED,
    Action.UPDATED,
    Action.NUDGED,
    Action.QUESTIONED,
    Action.LINKED,
    Action.UNLINKED,
    Action.TIMER_STARTED,
    Action.WORKED,
    Action.CORRECTED,
}


def is_addition(row: LogRow) -> bool:
    """Return whether a row outdates nobody's view; who is asked by a rule was decided before."""
    is_asked_by_rule = row.action is Action.ESCALATED and row.actor.kind is ActorKind.RULE
    return row.action in ADDITIONS or is_asked_by_rule


# ---- the settings that are put in force in turn

OFFICE = {"mon-fri": [(8, 12), (13, 17)]}
LONG_DAYS = {"mon-fri": [(7, 19)]}
HOURS = {"acknowledge": 1, "first_response": 2, "resolve": 6, "total_resolve": 9, "next_update": 3}


def level(scale: float, **more: Any) -> ServiceLevelSettings:
    """Return a service level with a clock for every target; P1 has a quarter of P4's time."""
    targets = {
        target: {
            priority: {"hours": hours * scale * (place + 1)}
            for place, priority in enumerate(PRIORITIES)
        }
        for target, hours in HOURS.items()
    }
    return ServiceLevelSettings.model_validate({"targets": targets, **more})


BY_ITSELF: dict[str, Any] = {
    "escalate": [
        {"name": "late", "when": "acknowledge_missed", "to": "lead"},
        {"name": "near", "when": "total_resolve_nearing", "to": {"team": "care"}},
    ],
    "nudge": {"every": {"hours": 2}, "times": 2, "then": {"outside": "Acme"}},
    "follow_up": {"every": {"hours": 1}, "times": 2, "then": {"team": "care"}},
    "quiet_after": {"hours": 4},
}


def config(
    office: Mapping[str, Any],
    *levels: Any,
    default: str | None,
    assign: str,
    roles: RoleSettings | None = None,
) -> Config:
    hours = {
        days: [f"{opens:02}:00-{closes:02}:00" for opens, closes in slots]
        for days, slots in office.items()
    }
    calendar = CalendarSettings.model_validate({"time_zone": "UTC", "hours": hours})
    members = ("ada.moreno", "bo.larsen")
    shipping = {"name": "shipping", "lead": "ada.moreno", "members": members}
    team = Team.model_validate({**shipping, "calendar": "office", "assign": assign})
    return CONFIG.model_copy(
        update={
            "teams": {**CONFIG.teams, "shipping": team},
            "calendars": {"office": calendar},
            "service_levels": dict(levels),
            "default_service_level": default,
            "roles": roles,
        }
    )


SETTINGS = (
    config(OFFICE, ("standard", level(0.25, **BY_ITSELF)), default="standard", assign="pull"),
    config(
        OFFICE,
        ("strict", level(0.5, pause=["waiting", "snoozed"], on_reopen="restart")),
        ("standard", level(0.75, calendar="office", **BY_ITSELF)),
        default="strict",
        assign="round_robin",
        roles=RoleSettings(),
    ),
    config(LONG_DAYS, ("standard", level(1)), default="standard", assign="least_loaded"),
    config(LONG_DAYS, default=None, assign="pull"),
)
WEEKS = {
    id(one): week
    for one, week in zip(SETTINGS, (OFFICE, OFFICE, LONG_DAYS, LONG_DAYS), strict=True)
}


def is_open(week: Mapping[str, Any], at: datetime) -> bool:
    """Return whether somebody works in the quarter from a moment on."""
    slots = week["mon-fri"] if at.weekday() < 5 else []
    return any(opens <= at.hour < closes for opens, closes in slots)


# ---- clocks, slowly


class SlowClock:
    """One clock of an incident, walked from quarter to quarter over what its log says."""

    def __init__(self, story: Story, target: Target, target_s: int) -> None:
        self.story, self.target, self.target_s = story, target, target_s
        self.near_s = max(round(target_s * story.level.nearing), 1)
        self.began = self._began()
        self.ran_until, self.is_answered = self._stopped()
        self.stopped = story.merged() or self.ran_until

    def used(self, until: datetime) -> int:
        """Return the seconds that the clock ran from its begin on."""
        return sum(900 for at in self._quarters(until) if self._runs(at))

    def used_up_at(self) -> datetime | None:
        """Return when the target is used up if nothing else happens."""
        used = 0
        for at in self._quarters(self.began + timedelta(days=60)):
            if used >= self.target_s:
                return None  # before the quarter; the caller asks about the future only
            used += 900 * self._runs(at)
            if used >= self.target_s:
                return at + QUARTER
        raise AssertionError("the walk is too short")

    def standing(self, now: datetime) -> str:
        """Return the clock's state, in words."""
        if self.story.merged():
            return "void"
        used = self.used(self.stopped or now)
        if used > self.target_s:
            return "breached"
        if self.stopped:
            return "met" if self.is_answered else "void"
        if self.story.state(now) in self.story.pauses:
            return "paused"
        return "nearing" if used >= self.near_s else "running"

    def _quarters(self, until: datetime) -> Iterator[datetime]:
        at = self.began
        while at < min(until, self.ran_until or until):
            yield at
            at += QUARTER

    def _runs(self, at: datetime) -> bool:
        state = self.story.state(at)
        return state.is_open and state not in self.story.pauses and self.story.works(at)

    def _began(self) -> datetime:
        restarts = {
            Target.NEXT_UPDATE: (Action.UPDATED, Action.REOPENED),
            Target.TOTAL_RESOLVE: (Action.REOPENED,) * (self.story.level.on_reopen == "restart"),
        }.get(self.target, ())
        begins = [
            at
            for at, action, values in self.story.stands
            if action in restarts and State(values["state"]).is_open
        ]
        return begins[-1] if begins else self.story.stands[0][0]

    def _stopped(self) -> tuple[datetime | None, bool]:
        story = self.story
        if self.target is Target.RESOLVE:
            ends = (at for at, _, values in story.stands if not State(values["state"]).is_open)
            return next(ends, None), True
        if self.target in (Target.TOTAL_RESOLVE, Target.NEXT_UPDATE):
            return story.ended(), True
        answered = story.learned[
            "acknowledged_at" if self.target is Target.ACKNOWLEDGE else "first_response_at"
        ]
        if answered is None:
            return story.ended(), False
        ended = story.ended(until=answered)
        return (ended, False) if ended and ended < answered else (answered, True)


TOLD = (
    "state",
    "team",
    "priority",
    "policy",
    "policy_version",
    "calendar_version",
    "merged_into",
)


class Story:
    """How an incident stood over time: its log without what was undone.

    Args:
        settings_of: the settings by ("policy" or "calendar", version).
    """

    def __init__(
        self, rows: Iterable[LogRow], settings_of: Mapping[tuple[str, int], Config]
    ) -> None:
        values: dict[str, Any] = dict.fromkeys(TOLD)
        self.learned: dict[str, datetime | None] = {
            "acknowledged_at": None,
            "first_response_at": None,
        }
        self.stands: list[tuple[datetime, Action, dict[str, Any]]] = []
        rows = list(rows)
        undone = {row.subject.get("reverses_batch_id") for row in rows}
        at = rows[0].effective_at
        for row in rows:
            at = max(at, row.effective_at).replace(microsecond=0)
            for name in self.learned:
                if name in row.after:
                    self.learned[name] = row.after[name].replace(microsecond=0)
            if row.action is Action.UNDONE or row.batch_id in undone:
                continue
            determined = {Action.POLICY_APPLIED: "policy", Action.REOPENED: "merged_into"}
            if row.action in determined:
                values = {**values, determined[row.action]: None}
            values = {name: row.after.get(name, value) for name, value in values.items()}
            self.stands.append((at, row.action, values))
        self.last = values
        self.terms = settings_of.get(("policy", values["policy_version"]))
        self.hours = settings_of.get(("calendar", values["calendar_version"]))
        levels = self.terms.service_levels if self.terms else {}
        self.has_level = values["policy"] in levels
        self.level = levels.get(values["policy"], level(1))
        self.pauses = {State(word) for word in self.level.pause}

    def clocks(self) -> dict[Target, SlowClock]:
        """Return the clocks that the incident has."""
        if not self.has_level or not self.stands:  # what opened it was undone
            return {}
        return {
            target: SlowClock(self, target, seconds)
            for target in Target
            if (seconds := self.level.policy().target_s(target, self.last["priority"]))
        }

    def at(self, at: datetime) -> dict[str, Any]:
        """Return how it stood; the last word of a moment counts."""
        return [values for since, _, values in self.stands if since <= at][-1]

    def state(self, at: datetime) -> State:
        return State(self.at(at)["state"])

    def merged(self) -> datetime | None:
        """Return since when its work goes on in another incident, if it does."""
        since = None
        for at in sorted({at for at, _, _ in self.stands}):
            since = since or at if self.at(at)["merged_into"] is not None else None
        return since

    def works(self, at: datetime) -> bool:
        """Return whether the calendar that counts is open in the quarter from a moment on."""
        name = self.level.calendar
        if name is None:
            assert self.hours
            team = self.hours.teams.get(self.at(at)["team"])
            name = team.calendar if team else None
        if name is None:
            return True
        return is_open(WEEKS[id(self.hours)], at)

    def ended(self, until: datetime | None = None) -> datetime | None:
        """Return since when it was over, if it was over at `until` or is at the end."""
        ended = None
        for at in sorted({at for at, _, _ in self.stands}):
            if until is None or at <= until:
                ended = None if self.state(at).is_open else ended or at
        return ended


# ---- what the log alone says


@dataclass
class Ledger:
    """The log, read row by row, and what no row of it may do."""

    seq: int = 0
    recorded_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    rows: dict[int, list[LogRow]] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)  # of people

    def read(self, store: Store) -> set[int]:
        """Read on; returns the incidents that have new rows."""
        log = tables.incident_log
        statement = sa.select(log).where(log.c.seq > self.seq).order_by(log.c.seq)
        with store.engines.read() as connection:
            news = [log_row_of(row, None) for row in connection.execute(statement).mappings()]
        for row in news:
            self._add(row)
        return {row.incident_id for row in news}

    def _add(self, row: LogRow) -> None:
        before = self.rows.setdefault(row.incident_id, [])
        assert row.recorded_at >= self.recorded_at
        assert row.effective_at <= row.recorded_at
        assert row.version == len(before) + 1
        decided = before[-1].decision_version if before else 0
        assert row.decision_version == decided + (not is_addition(row)), row
        self.seq, self.recorded_at = row.seq, row.recorded_at
        before.append(row)
        if row.actor.kind is ActorKind.PERSON and row.batch_id not in self.batches:
            self.batches.append(row.batch_id)

    def without(self, number: int, batch_id: str) -> Incident | None:
        """Return an incident as if a batch had never been; None if it opened it."""
        incident = None
        if self.rows[number][0].batch_id == batch_id:
            return None
        for row in self.rows[number]:
            if row.batch_id != batch_id:
                incident = folded(incident, row)
        return incident


def folded(incident: Incident | None, row: LogRow) -> Incident:
    return fold(
        incident,
        incident_id=row.incident_id,
        version=row.version,
        decision_version=row.decision_version,
        action=row.action,
        actor_kind=row.actor.kind,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        after=row.after,
        text_id=row.text_id,
    )
