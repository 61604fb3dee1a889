"""The retro's figures once more: slow, plain Python over the log, sharing nothing with the SQL.

Only the fold is shared with the store (`opsloop.lifecycle.fold`), which is the point: the models
must agree with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from opsloop.lifecycle import DECIDED
from opsloop.types import Incident

from .retro_log import CHOSEN, COUNTING, ENTITY_TYPES, WINDOWS, Row, folded

DAY = timedelta(days=1)
WITHOUT_PEOPLE = ("cleared_by_itself", "rule_changed")
ENDED = ("resolved", "closed")


@dataclass(frozen=True)
class Step:
    """An incident's state and owner from a moment on."""

    at: datetime
    state: str
    team: str
    assignee: str | None
    row: Row

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED


@dataclass(frozen=True)
class History:
    """Everything the log says of one incident, and until when it says anything."""

    incident: Incident
    rows: list[Row]
    steps: list[Step]
    known_until: datetime
    evidence: Mapping[str, str]

    @property
    def moves(self) -> Iterator[tuple[Step, Step]]:
        return pairwise(self.steps)

    @property
    def opened_at(self) -> datetime:
        return self.steps[0].at

    @property
    def ends(self) -> list[Step]:
        return [after for before, after in self.moves if before.is_open and not after.is_open]

    @property
    def first_resolve(self) -> Step | None:
        return next((step for step in self.ends if step.state == "resolved"), None)

    @property
    def final_resolve(self) -> Step | None:
        if self.steps[-1].is_open or self.ends[-1].state != "resolved":
            return None
        return self.ends[-1]

    def at(self, moment: datetime) -> Step | None:
        """Return how it stood just before a moment."""
        return next((step for step in reversed(self.steps) if step.at < moment), None)

    def owner_when(self, version: int) -> Step:
        """Return the owner that a row found in place, or put there itself."""
        return [step for step in self.steps if step.row["version"] <= version][-1]


def known_until(rows: Iterable[Row], as_of: datetime) -> dict[str | None, datetime]:
    """Return until when each source tells; what lives here does until as_of."""
    lasts: dict[tuple[str, int], datetime] = {}
    for row in rows:
        if source := row.get("source"):
            key = source, row["import_id"]
            lasts[key] = max(lasts.get(key, row["effective_at"]), row["effective_at"])
    ends: dict[str | None, datetime] = {}
    for (source, number), last in lasts.items():
        end = WINDOWS.get(number, last)
        ends[source] = min(as_of, max(ends.get(source, end), end))
    return {None: as_of, **ends}


def histories(
    rows: Iterable[Row], as_of: datetime, evidence: Mapping[int, Mapping[str, str]]
) -> dict[int, History]:
    """Replay a log without what was undone.

    Args:
        evidence: by incident, its values in the columns that its monitor chose.
    """
    rows = list(rows)
    ends = known_until(rows, as_of)
    undone = {row.get("reverses_batch_id") for row in rows}
    by_incident: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        kept = without_decision(row) if row["batch_id"] in undone else row
        by_incident[row["incident_id"]].append(ended(kept) if is_implied(kept) else kept)
    return {
        number: _history(own, ends[own[0].get("source")], evidence.get(number, {}))
        for number, own in by_incident.items()
    }


def without_decision(row: Row) -> Row:
    """Return a row as if somebody had acted without deciding anything."""
    return {name: value for name, value in row.items() if name not in (*DECIDED, "rule_id")} | {
        "action": "commented"
    }


def is_implied(row: Row) -> bool:
    """Return whether an imported log says only that it ended, not when."""
    return (
        "source" in row
        and row.get("rule_id") == "implied"
        and row["action"] == "resolved"
        and "resolved_at" not in row
    )


def ended(row: Row) -> Row:
    """Return a row that says no more than that it is over."""
    return row | {"state": "closed"}


def _history(rows: list[Row], known_until: datetime, evidence: Mapping[str, str]) -> History:
    incident: Incident | None = None
    steps: list[Step] = []
    at = rows[0]["effective_at"]
    for row in sorted(rows, key=lambda row: row["version"]):
        incident = folded(incident, row)
        stands = (str(incident.state), str(incident.team), incident.assignee)
        # a row takes effect no sooner than those before it
        stated = row.get(f"{row['action']}_at") or row["effective_at"]
        at = max(at, stated) if steps else stated
        if not steps or stands != (steps[-1].state, steps[-1].team, steps[-1].assignee):
            steps.append(Step(at, *stands, row))
    assert incident is not None
    in_order = sorted(rows, key=lambda row: row["version"])
    return History(incident, in_order, steps, known_until, evidence)


def is_counted_reassignment(row: Row) -> bool:
    """Return whether an imported log counts a reassignment here, whatever its owners show."""
    return row.get("import_id") == COUNTING and row.get("rule_id") == "reassigned"


def counted_reassignments(history: History) -> list[tuple[datetime, str]]:
    """Return when an imported log counts reassignments, and the team that had it before."""
    found: list[tuple[datetime, str]] = []
    at = history.opened_at
    for row in history.rows:
        at = max(at, row.get(f"{row['action']}_at") or row["effective_at"])
        if is_counted_reassignment(row):
            found.append((at, history.owner_when(row["version"] - 1).team))
    return found


def hand_overs(history: History) -> tuple[int, int]:
    """Return the reassignments and the ping-pongs."""
    teams: list[str] = []
    people: list[str] = []
    reassignments = ping_pongs = 0
    counts = history.rows[0].get("import_id") == COUNTING
    for step in history.steps:
        moved = returned = False
        for holders, holder in ((teams, step.team), (people, step.assignee)):
            if holder is not None and (not holders or holders[-1] != holder):
                holders.append(holder)
                moved |= len(holders) > 1
                returned |= len(holders) > 2 and holders[-3] == holder
                if holders is teams:
                    people.clear()
        reassignments += moved
        ping_pongs += returned and (not counts or is_counted_reassignment(step.row))
    return len(counted_reassignments(history)) if counts else reassignments, ping_pongs


def seconds(earlier: datetime | None, later: datetime | None) -> float | None:
    """Return the seconds between two moments, if both are known."""
    return (later - earlier).total_seconds() if earlier and later else None


def waited(moment: datetime, history: History) -> float:
    """Return the seconds from a moment until the end of what its log tells."""
    return max(0.0, (history.known_until - moment).total_seconds())


def incident_figures(history: History) -> dict[str, Any]:
    """Return what fct_incidents should say."""
    incident = history.incident
    first, final = history.first_resolve, history.final_resolve
    closed = [after.at for _, after in history.moves if after.state == "closed"]
    is_open = history.steps[-1].is_open
    impacts = [row["impact"] for row in history.rows if "impact" in row]
    ended = None if is_open else history.ends[-1].row["version"]
    before_end = [
        r["impact"] for r in history.rows if "impact" in r and r["version"] <= (ended or 0)
    ]
    reassignments, ping_pongs = hand_overs(history)
    return {
        "state": str(incident.state),
        "is_open": is_open,
        "team": incident.team,
        "first_team": history.steps[0].team,
        "assignee": incident.assignee,
        "monitor_id": incident.monitor_id,
        "source": incident.source,
        "severity": str(incident.severity),
        "resolution_code": incident.resolution_code,
        "root_cause": incident.root_cause,
        "opened_at": history.opened_at,
        "acknowledged_at": incident.acknowledged_at,
        "first_resolved_at": first.at if first else None,
        "resolved_at": final.at if final else None,
        "reopened_count": incident.reopened_count,
        "is_self_resolved": not is_open and incident.resolution_code == "cleared_by_itself",
        "impact_at_opening": impacts[0],
        "impact_peak": max(impacts),
        "impact_at_resolve": before_end[-1] if before_end else None,
        "reassignments_count": reassignments,
        "ping_pongs_count": ping_pongs,
        "people_count": len(_people(history)),
        "teams_count": len(_teams(history)),
        "escalations_count": sum(row["action"] == "escalated" for row in history.rows),
        "seconds_to_acknowledge": seconds(history.opened_at, incident.acknowledged_at),
        "seconds_to_resolve": seconds(history.opened_at, first.at if first else None),
        "seconds_to_final_resolve": seconds(history.opened_at, final.at if final else None),
        "seconds_to_close": seconds(
            history.opened_at, closed[-1] if history.steps[-1].state == "closed" else None
        ),
        "age_seconds": waited(history.opened_at, history) if is_open else None,
    }


def _people(history: History) -> set[str]:
    return {row["actor_id"] for row in history.rows if row["actor_kind"] == "person"}


def _teams(history: History) -> set[str]:
    teams = set()
    for row in history.rows:
        if row["actor_kind"] == "person":
            before = history.owner_when(max(row["version"] - 1, 1))
            gave = row["action"] == "assigned"
            teams.add(before.team if gave else history.owner_when(row["version"]).team)
    answered = {row["escalation_id"] for row in history.rows if row["action"] == "answered"}
    return teams | {
        row["to_id"]
        for row in history.rows
        if row["action"] == "escalated"
        and row["to_kind"] == "team"
        and row["escalation_id"] in answered
    }


def detected_after(history: History, events: Iterable[Row]) -> float | None:
    """Return the seconds from the first event it was opened for to opening."""
    number = history.incident.incident_id
    occurred = [
        event["occurred_at"]
        for event in events
        if event["incident_id"] == number and event["started_at"] <= history.opened_at
    ]
    return max(0.0, seconds(min(occurred), history.opened_at) or 0.0) if occurred else None


@dataclass(frozen=True)
class Asked:
    """An escalation as far as turnaround needs it."""

    incident_id: int
    asked_at: datetime
    team: str
    history: History
    waited: float
    is_answered: bool

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """What it is counted under: the team that asked."""
        return dimensions(self.team, self.history)


def escalations(history: History) -> Iterator[Asked]:
    """Yield the questions asked about an incident."""
    for row in history.rows:
        if row["action"] == "escalated":
            answers = [
                other["effective_at"]
                for other in history.rows
                if other["action"] == "answered" and other["escalation_id"] == row["escalation_id"]
            ]
            ends = [step.at for step in history.ends if step.row["version"] > row["version"]]
            until = answers[0] if answers else (ends[0] if ends else history.known_until)
            yield Asked(
                history.incident.incident_id,
                row["effective_at"],
                history.owner_when(row["version"]).team,
                history,
                max(0.0, seconds(row["effective_at"], until) or 0.0),
                bool(answers),
            )


def chosen_evidence(events: Iterable[Row], table: Iterable[Row]) -> dict[int, dict[str, str]]:
    """Return each incident's carrier, as the event table has it for its first event."""
    carriers = {row["event_id"]: row["carrier"] for row in table}
    first: dict[int, str] = {}
    for event in sorted(events, key=lambda event: event["seq"]):
        first.setdefault(event["incident_id"], event["event_id"])
    found = {number: carriers[one] for number, one in first.items() if carriers.get(one)}
    counts = Counter(found.values())
    kept = sorted(counts, key=lambda value: (-counts[value], value))[:50]
    return {
        number: {"carrier": value if value in kept else "(other)"}
        for number, value in found.items()
    }


def dimensions(team: str, history: History) -> tuple[tuple[str, str], ...]:
    """Return what a figure is counted under; what was imported, under its source alone."""
    incident = history.incident
    if incident.source:
        return (("source", incident.source),)
    found = {
        "total": "all",
        "team": team,
        "monitor": incident.monitor_id,
        "priority": incident.priority,
        "class": incident.class_,
        "type": incident.type,
        "entity_type": ENTITY_TYPES.get(incident.monitor_id or ""),
    }
    if incident.monitor_id == CHOSEN:
        found[f"{CHOSEN}.carrier"] = history.evidence.get("carrier")
    return tuple((name, value or "(none)") for name, value in found.items())


def flow(known: Iterable[History], first: date, last: date) -> dict[tuple[Any, ...], Row]:
    """Return the movements and the backlog of each day and dimension value, zeros left out."""
    table: dict[tuple[Any, ...], Row] = defaultdict(lambda: defaultdict(int))
    known = list(known)
    ends: dict[str | None, date] = defaultdict(lambda: first)
    for history in known:
        # an imported log has figures until the end of its last week
        source = history.incident.source
        latest = max(row["effective_at"] for row in history.rows)
        ends[source] = max(ends[source], week_of(latest) + 6 * DAY)
    ends[None] = last
    for history in known:
        source = history.incident.source
        for before, after in [(None, history.steps[0]), *history.moves]:
            for name, team in movements(before, after):
                for dimension, value in dimensions(team, history):
                    if dimension == "team" or not name.startswith("moved"):
                        table[after.at.date(), dimension, value][name] += 1
        for number in range((min(last, ends[source]) - first).days + 1):
            day = first + number * DAY
            step = history.at(datetime.combine(day, datetime.min.time()) + DAY)
            if step and step.is_open:
                for dimension, value in dimensions(step.team, history):
                    table[day, dimension, value]["backlog_end"] += 1
    return table


def movements(before: Step | None, after: Step) -> Iterator[tuple[str, str]]:
    """Yield what moves a backlog, and whose."""
    if before is None:
        yield "opened", after.team
    elif before.is_open and not after.is_open:
        yield ("merged" if after.row.get("merged_into") else "resolved"), before.team
        if after.row.get("resolution_code") == "cleared_by_itself":
            yield "self_resolved", before.team
    elif not before.is_open and after.is_open:
        yield "reopened", after.team
    elif before.is_open and before.team != after.team:
        yield "moved_out", before.team
        yield "moved_in", after.team


@dataclass(frozen=True)
class Duration:
    """How long something took or takes: finished, ended otherwise, or open."""

    seconds: float
    how: str


def durations(history: History) -> dict[str, Duration]:
    """Return an incident's part in each measure of turnaround."""
    figures = incident_figures(history)
    age = figures["age_seconds"]
    first = history.first_resolve
    by_people = not (first and first.row["resolution_code"] in WITHOUT_PEOPLE)
    how: dict[str, tuple[float | None, str]] = {
        "acknowledge": (figures["seconds_to_acknowledge"], "finished"),
        "resolve": (figures["seconds_to_resolve"], "finished"),
        "final_resolve": (figures["seconds_to_final_resolve"], "finished"),
        "resolve_by_people": (
            figures["seconds_to_resolve"],
            "finished" if by_people else "otherwise",
        ),
    }
    reached = {
        measure: Duration(took, end) if took is not None else Duration(age, "open")
        for measure, (took, end) in how.items()
        if took is not None or age is not None
    }
    closing = figures["seconds_to_close"]
    reached["close"] = (
        Duration(waited(history.opened_at, history), "open")
        if closing is None
        else Duration(closing, "finished")
    )
    return reached


def quantile(sample: Sequence[Duration], share: Fraction) -> float | None:
    """Return when that share had finished, by Kaplan–Meier with competing ends; None = never."""
    survival, finished_share = Fraction(1), Fraction(0)
    for moment in sorted({duration.seconds for duration in sample}):
        at_risk = sum(duration.seconds >= moment for duration in sample)
        here = [duration.how for duration in sample if duration.seconds == moment]
        finished_share += survival * Fraction(here.count("finished"), at_risk)
        survival *= 1 - Fraction(len(here) - here.count("open"), at_risk)
        if finished_share >= share:
            return moment
    return None


def week_of(moment: datetime) -> date:
    """Return the Monday of the ISO week."""
    return moment.date() - timedelta(days=moment.weekday())


def grouped(
    items: Iterable[Any], key: Callable[[Any], Iterable[tuple[Any, ...]]]
) -> dict[tuple[Any, ...], list[Any]]:
    """Collect items under each of their keys."""
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for item in items:
        for one in key(item):
            groups[one].append(item)
    return groups
