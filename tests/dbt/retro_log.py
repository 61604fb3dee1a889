"""A random but legal incident log, as the store would write it, and its way into a mirror."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from opsloop.lifecycle import DECIDED, fold
from opsloop.lifecycle.folding import field_of
from opsloop.store.tables import AFTER_VALUES
from opsloop.types import Action, ActorKind, Incident

Row = dict[str, Any]

# the warehouse's times have no zone
START = datetime(2024, 1, 3, 8)  # noqa: DTZ001
AS_OF = datetime(2024, 3, 13, 15, 30)  # noqa: DTZ001
TEAMS = ("desk", "night", "tech")
PEOPLE = ("ada", "bob", "eve", "kim")
CLASSES = ("exception", "improvement", "request", "question")
CODES = ("fixed", "fixed", "false_alarm", "duplicate", "accepted", "our_own_code")
REPLACED = 2  # an import whose place another one has taken
COUNTING = 3  # an import that counts its reassignments itself
IMPORTS = {1: "helpdesk", REPLACED: "helpdesk", COUNTING: "old"}
# where an import says until when it tells; the other one tells until its last row
WINDOWS = {1: datetime(2024, 3, 1), REPLACED: datetime(2024, 3, 13)}  # noqa: DTZ001
PAUSED = {"waiting": "resumed", "snoozed": "woken"}
DECISIONS = "taken", "assigned", "prioritized", "resolved", "reopened", "merged", "closed"
_NOBODY = "import", "tool"
# the monitor that is defined in the project, and names a column of evidence as a dimension
CHOSEN = "mon_1"
ENTITY_TYPES = {CHOSEN: "order"}
LEVELS = ("standard", "strict", "gone")  # the last is none that the settings know


@dataclass
class Course:
    """One incident while its log is being made up."""

    incident_id: int
    monitor_id: str | None
    now: datetime
    recorded_at: datetime
    incident: Incident | None = None
    rows: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    worked: list[Row] = field(default_factory=list)
    stood: list[Incident | None] = field(default_factory=list)  # before each row
    touched: bool = False
    imported: Row = field(default_factory=dict)  # the columns that say where it came from

    def write(self, action: str, actor: tuple[str, str], **columns: Any) -> None:
        """Append a row and fold it, by the rule of the store."""
        effective_at = columns.pop("effective_at", self.now)
        self.recorded_at = max(self.recorded_at, self.now)
        version = len(self.rows) + 1
        row = {
            "incident_id": self.incident_id,
            "version": version,
            "decision_version": version,
            "action": action,
            "recorded_at": self.recorded_at,
            "effective_at": effective_at,
            "actor_kind": actor[0],
            "actor_id": actor[1],
            "via": "test",
            **self.imported,
            **columns,
        }
        self.rows.append(row)
        self.stood.append(self.incident)
        self.incident = folded(self.incident, row)
        if actor[0] == "person":
            self.touched = True

    @property
    def state(self) -> str:
        assert self.incident is not None
        return str(self.incident.state)


def folded(incident: Incident | None, row: Mapping[str, Any]) -> Incident:
    """Apply the store's own fold to a row of the made-up log."""
    action = row["action"]
    return fold(
        incident,
        incident_id=row["incident_id"],
        version=row["version"],
        decision_version=row["decision_version"],
        action=Action(action),
        actor_kind=ActorKind(row["actor_kind"]),
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
        after={column: row[column] for column in AFTER_VALUES if column in row},
        text_id=None,
    )


def made_up(seed: int, incidents: int) -> tuple[list[Row], list[Row]]:
    """Return the rows of an incident log and of an incident event log, in the order of commits."""
    chance = random.Random(seed)
    courses = [_course(chance, number) for number in range(1, incidents + 1)]
    rows = [row for course in courses for row in course.rows]
    events = [event for course in courses for event in course.events]
    rows.sort(key=lambda row: (row["recorded_at"], row["incident_id"], row["version"]))
    events.sort(key=lambda event: event["recorded_at"])
    for table in (rows, events):
        for seq, row in enumerate(table, start=1):
            row |= {"seq": seq, "log_id": f"log-{seq}", "batch_id": f"batch-{seq}"}
    for event in events:
        opening = event.pop("opened_with", None)
        event["batch_id"] = opening["batch_id"] if opening else f"later {event['batch_id']}"
    for row in rows:
        if reversed_row := row.pop("reverses", None):
            row["reverses_batch_id"] = reversed_row["batch_id"]
        if corrected_row := row.pop("corrects", None):
            row["corrects_log_id"] = corrected_row["log_id"]
    return rows, events


def _course(chance: random.Random, incident_id: int) -> Course:
    by_hand = chance.random() < 0.05
    opened_at = START + timedelta(seconds=chance.randrange(70 * 86_400), microseconds=7)
    opened_at -= timedelta(days=300 if incident_id % 50 == 0 else 0)
    late = timedelta(days=chance.random() * 3) if chance.random() < 0.1 else timedelta()
    monitor_id = None if by_hand else f"mon_{chance.randrange(4)}"
    course = Course(incident_id, monitor_id, opened_at, opened_at + late)
    if chance.random() < 0.2:
        import_id = chance.choice(list(IMPORTS))
        course.imported = {"source": IMPORTS[import_id], "import_id": import_id}
    course.write(
        "opened",
        ("person", chance.choice(PEOPLE)) if by_hand else ("sync", str(monitor_id)),
        state="new",
        team=chance.choice(TEAMS),
        opened_at=opened_at,
        monitor_id=monitor_id,
        entity_id=f"entity {incident_id % 17}",
        severity=chance.choice(("critical", "high", "low")),
        impact=float(chance.randrange(1, 500)),
        impact_unit=None if incident_id % 7 == 0 else "minutes",
        **({"found_by": "customer"} if by_hand and incident_id % 2 else {}),
        **_terms(chance),
        **{"class": chance.choice(CLASSES), "type": chance.choice((monitor_id, "late"))},
    )
    course.touched = by_hand
    for number in range(0 if by_hand else chance.randrange(1, 4)):
        course.events.append(_event(chance, course, number))
    for _ in range(chance.randrange(14)):
        course.now += timedelta(hours=chance.choice((0, 0.25, 3, chance.expovariate(1 / 40))))
        chance.choice(_possible(course))(chance, course)
    if course.imported.get("import_id") == COUNTING:
        _count_reassignments(course)
    if incident_id % 5 == 0 and course.events:
        _look_again(course)
    return course


def _look_again(course: Course) -> None:
    """Let the data say at the end that the first event, or all of them, fire no more."""
    is_all = course.incident_id % 10 == 0
    for event in list(course.events) if is_all else course.events[:1]:
        changed = {"change": "cleared", "firing": False, "recorded_at": course.recorded_at}
        course.events.append({**event, **changed, "opened_with": None})
    if is_all:
        monitor = ("sync", str(course.monitor_id))
        course.write("all_clear", monitor, all_clear_at=course.now)


def _terms(chance: random.Random) -> Row:
    """Return what clocks go by; some incidents are older than all settings."""
    priority = {"priority": chance.choice(("P1", "P2", "P3"))}
    if chance.random() < 0.15:
        return priority
    versions = {"policy_version": chance.choice((1, 2)), "calendar_version": chance.choice((1, 2))}
    return priority | versions | {"policy": chance.choice(LEVELS)}


def _event(chance: random.Random, course: Course, number: int) -> Row:
    started_at = course.now + timedelta(hours=chance.choice((0, 0, 5)))
    return {
        "opened_with": course.rows[0] if number < 2 else None,
        "impact": 10.0 * number + course.incident_id if course.incident_id % 3 else None,
        "incident_id": course.incident_id,
        "recorded_at": course.recorded_at,
        "event_id": f"event {course.incident_id} {number}",
        "monitor_id": course.monitor_id,
        "entity_id": f"entity {(course.incident_id + number * number) % 17}",
        "group_key": "key",
        "change": "appeared",
        "firing": True,
        "occurred_at": started_at - timedelta(minutes=chance.randrange(-30, 300)),
        "started_at": started_at,
        "disposition": "attached",
    }


def _possible(course: Course) -> list[Any]:
    undo = [_undo] if course.rows[-1]["action"] in DECISIONS and _is_by_person(course) else []
    if course.state in ("resolved", "closed"):
        steps = [_comment, _work, _reopen, _reopen, *undo]
        return [*steps, _close] if course.state == "resolved" else steps
    steps = [
        *undo,
        _take,
        _take,
        _assign,
        _assign,
        _comment,
        _change,
        _escalate,
        *[_resolve] * 4,
    ]
    steps += [_work, _work, _update, _prioritize, _apply_settings]
    steps += [_resume] * 6 if course.state in PAUSED else [_pause]
    steps += [_correct, _correct] if course.worked else []
    steps += [_take_back] if course.incident_id % 7 == 0 else []
    steps += [_answer, _answer] if course.asked else []
    steps += [_merge] if course.incident_id % 9 == 0 else []
    steps += [_close] if course.incident_id % 11 == 0 else []
    steps += [_imply_end] * 2 if course.imported else []
    return steps if course.touched else [*steps, *[_clear] * 6]


def _person(chance: random.Random) -> tuple[str, str]:
    return "person", chance.choice(PEOPLE)


def _first_act(course: Course) -> Row:
    assert course.incident is not None
    return {} if course.incident.acknowledged_at else {"acknowledged_at": course.now}


def _take(chance: random.Random, course: Course) -> None:
    actor = _person(chance)
    team = {"team": chance.choice(TEAMS)} if chance.random() < 0.2 else {}
    course.write("taken", actor, state="active", assignee=actor[1], **team, **_first_act(course))


def _assign(chance: random.Random, course: Course) -> None:
    actor = _person(chance) if chance.random() < 0.8 else ("rule", "routing")
    person = chance.choice((None, *PEOPLE))
    course.write("assigned", actor, team=chance.choice(TEAMS), assignee=person)


def _comment(chance: random.Random, course: Course) -> None:
    course.write("commented", _person(chance), **_first_act(course))


def _change(chance: random.Random, course: Course) -> None:
    impact = float(chance.randrange(900))
    course.write("worsened", ("sync", str(course.monitor_id)), impact=impact, severity="critical")


def _prioritize(chance: random.Random, course: Course) -> None:
    actor, priority = _person(chance), chance.choice(("P1", "P2", "P3"))
    course.write("prioritized", actor, priority=priority, priority_overridden=True)


def _apply_settings(chance: random.Random, course: Course) -> None:
    course.write("policy_applied", ("rule", "settings"), **_terms(chance))


def _escalate(chance: random.Random, course: Course) -> None:
    name = f"question {course.incident_id} {len(course.rows)}"
    kind = chance.choice(("team", "person"))
    course.write(
        "escalated",
        _person(chance),
        escalation_id=name,
        escalation_type="help",
        to_kind=kind,
        to_id=chance.choice(TEAMS if kind == "team" else PEOPLE),
        **_first_act(course),
    )
    course.asked.append(name)


def _answer(chance: random.Random, course: Course) -> None:
    name = course.asked.pop(chance.randrange(len(course.asked)))
    if course.incident_id % 2:
        _nudge(course, name)
    course.write("answered", _person(chance), escalation_id=name, **_first_act(course))


def _nudge(course: Course, name: str) -> None:
    """Ask once more halfway between the question and now."""
    asked_at = next(r["effective_at"] for r in course.rows if r.get("escalation_id") == name)
    halfway = asked_at + (course.now - asked_at) / 2
    rule = ("rule", "nudges")
    course.write("nudged", rule, escalation_id=name, nudge_no=1, effective_at=halfway)


def _resolve(chance: random.Random, course: Course) -> None:
    code = chance.choice(CODES)
    course.write(
        "resolved",
        _person(chance),
        state="resolved",
        resolution_code=code,
        resolved_at=course.now,
        root_cause=chance.choice((None, "weather")),
        **_first_act(course),
    )


def _imply_end(chance: random.Random, course: Course) -> None:
    """End a case as an import does that knows no more than its closing."""
    course.write("resolved", _NOBODY, state="resolved", rule_id="implied")
    if chance.random() < 0.8:
        _close(chance, course)


def _count_reassignments(course: Course) -> None:
    """Let the other system's counter move a few times, whoever has it; of what is over, too."""
    chance = random.Random(course.incident_id)
    for _ in range(chance.randrange(4)):
        course.now += timedelta(hours=1)
        owner = {"team": chance.choice(TEAMS), "assignee": chance.choice(PEOPLE)}
        given = owner if course.state not in ("resolved", "closed") else {}
        action = "assigned" if given else "commented"
        course.write(action, _NOBODY, rule_id="reassigned", **given)


def _clear(chance: random.Random, course: Course) -> None:
    """Sync writes the end at the moment of the data, which may be before a rule's last change."""
    assert course.incident is not None
    cleared_at = max(course.now - timedelta(hours=6), course.incident.opened_at)
    course.write(
        "resolved",
        ("sync", str(course.monitor_id)),
        state="resolved",
        resolution_code=chance.choice(("cleared_by_itself",) * 4 + ("rule_changed",)),
        resolved_at=cleared_at,
        effective_at=cleared_at,
    )


def _reopen(chance: random.Random, course: Course) -> None:
    assert course.incident is not None
    actor = _person(chance) if chance.random() < 0.3 else ("sync", str(course.monitor_id))
    course.write("reopened", actor, state="active" if course.incident.assignee else "new")
    course.touched = actor[0] == "person"


def _close(chance: random.Random, course: Course) -> None:
    course.write("closed", ("rule", "closing"), state="closed", closed_at=course.now)


def _is_by_person(course: Course) -> bool:
    return bool(course.rows[-1]["actor_kind"] == "person")


def _undo(chance: random.Random, course: Course) -> None:
    """Take back the last decision: what it decided is as it was before."""
    before = course.stood[-1]
    assert before is not None
    decided = {name: getattr(before, field_of(name)) for name in DECIDED}
    given_back = {name: value for name, value in decided.items() if value is not None}
    course.write("undone", _person(chance), **given_back, reverses=course.rows[-1])


def _merge(chance: random.Random, course: Course) -> None:
    course.write("merged", _person(chance), state="closed", closed_at=course.now, merged_into=1)


def _pause(chance: random.Random, course: Course) -> None:
    if chance.random() < 0.6:
        waiting = {"waiting_kind": "supplier", "waiting_on": "the factory"}
        actor = _person(chance)
        course.write("set_waiting", actor, state="waiting", **waiting, **_first_act(course))
    else:
        course.write("snoozed", _person(chance), state="snoozed", **_first_act(course))


def _resume(chance: random.Random, course: Course) -> None:
    assert course.incident is not None
    actor = _person(chance) if chance.random() < 0.5 else ("rule", "timers")
    state = "active" if course.incident.assignee else "new"
    course.write(PAUSED[course.state], actor, state=state)


def _take_back(chance: random.Random, course: Course) -> None:
    course.write("taken_back", ("rule", "attention"), state="new")


def _update(chance: random.Random, course: Course) -> None:
    assert course.incident is not None
    first = {} if course.incident.first_response_at else {"first_response_at": course.now}
    course.write("updated", _person(chance), **first, **_first_act(course))


def _work(chance: random.Random, course: Course) -> None:
    actor = _person(chance)
    person = actor[1] if chance.random() < 0.8 else chance.choice(PEOPLE)
    minutes = chance.choice((5.0, 12.5, 30.0, 45.0, 240.0))
    timed = {"work_started_at": course.now - timedelta(minutes=minutes)}
    course.write(
        "worked",
        actor,
        person=person,
        minutes=minutes,
        **(timed if chance.random() < 0.3 else {}),
        **_first_act(course),
    )
    course.worked.append(course.rows[-1])


def _correct(chance: random.Random, course: Course) -> None:
    """Let other minutes count, or none; what is corrected may have been before."""
    row = chance.choice(course.worked)
    minutes = chance.choice((0.0, 7.5, 60.0))
    course.write("corrected", _person(chance), person=row["person"], minutes=minutes, corrects=row)


def event_table(events: Iterable[Row]) -> list[Row]:
    """Return what the event table of the chosen monitor says; some evidence is missing."""
    chance = random.Random(11)
    carriers = [None, *(f"carrier {number}" for number in range(90) for _ in range(1 + number % 3))]
    return [
        {"event_id": event["event_id"], "carrier": chance.choice(carriers)}
        for event in events
        if event["monitor_id"] == CHOSEN and event["change"] == "appeared"
    ]


def inserts(relation: str, rows: Iterable[Row]) -> Iterator[str]:
    """Yield INSERT statements for rows that set different columns."""
    chunk: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        chunk.setdefault(tuple(row), []).append(row)
    for columns, alike in chunk.items():
        values = ",\n".join(f"({', '.join(_literal(row[c]) for c in columns)})" for row in alike)
        yield f"insert into {relation} ({', '.join(columns)}) values {values}"


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, datetime):
        assert value.tzinfo is None or value.tzinfo is UTC
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S.%f}'"
    return "'" + str(value).replace("'", "''") + "'"
