"""Escalations' ways and teams' load once more: plain Python that shares nothing with the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from opsloop.calendars import ALWAYS, Calendar

from . import figures_settings, retro_settings, work_reference
from . import quality_reference as quality
from . import retro_reference as reference
from .retro_log import Row
from .retro_reference import Duration, History, seconds

FULL_WEEK = 2400
WEEK = timedelta(days=7)
SMALL = "(small teams)"
HALF, MOST = Fraction(1, 2), Fraction(85, 100)
NEWEST = max(retro_settings.CALENDARS)
HOURS: dict[str, Calendar] = {
    team: next(one for one in retro_settings.CALENDARS[NEWEST] if one.name == name)
    for team, name in retro_settings.TEAMS[NEWEST].items()
}
LARGE = {team for team, people in figures_settings.MEMBERS.items() if len(people) >= 5}
TEAM_OF = {one: team for team, people in figures_settings.MEMBERS.items() for one in people}


@dataclass(frozen=True)
class Question:
    """An escalation with whom it reached."""

    history: History
    team: str
    kind: str
    receiver: str
    reached: str | None
    type: str
    asked_at: datetime
    until: datetime | None
    waited: float
    is_answered: bool
    nudges: list[datetime]

    @property
    def after_nudge(self) -> float | None:
        """Seconds that it waited after the last nudge."""
        if not self.nudges:
            return None
        return max(0.0, self.waited - (max(self.nudges) - self.asked_at).total_seconds())

    @property
    def group(self) -> tuple[str, str]:
        """Whose burden it is: teams under five are one."""
        if self.reached is None:
            return self.kind, self.receiver
        return "team", group_of(self.reached)

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """What it is counted under: the team that asked."""
        return quality.parts(self.history, self.team)

    @property
    def route(self) -> tuple[str, str, str]:
        return self.kind, self.receiver, self.type


def group_of(team: str) -> str:
    """Return the group that a team's people are told with."""
    return SMALL if team in figures_settings.MEMBERS and team not in LARGE else team


def questions(history: History) -> Iterator[Question]:
    """Yield the questions asked about an incident."""
    for row in history.rows:
        if row["action"] != "escalated":
            continue
        own = [one for one in history.rows if one.get("escalation_id") == row["escalation_id"]]
        answers = [one["effective_at"] for one in own if one["action"] == "answered"]
        ends = [step.at for step in history.ends if step.row["version"] > row["version"]]
        until = min(answers) if answers else (ends[0] if ends else None)
        nudges = [one["effective_at"] for one in own if one.get("nudge_no")]
        is_person = row["to_kind"] == "person"
        team = TEAM_OF.get(row["to_id"]) if is_person else row["to_id"]
        yield Question(
            history,
            history.owner_when(row["version"]).team,
            "team" if not is_person or team in LARGE else "person",
            team if not is_person or team in LARGE else "(a person)",
            team,
            row["escalation_type"],
            row["effective_at"],
            until,
            max(0.0, seconds(row["effective_at"], until or history.known_until) or 0.0),
            bool(answers),
            [one for one in nudges if not answers or one <= min(answers)],
        )


def routes(asked: Iterable[Question]) -> dict[tuple[str, ...], list[Question]]:
    """Collect questions by dimension, value, receiver and type."""
    return reference.grouped(
        asked,
        lambda question: [(*part, *question.route) for part in question.dimensions],
    )


def route_figures(own: list[Question]) -> dict[str, Any]:
    """Return what rpt_escalation_routes should say of some questions."""
    how = {True: "finished", False: "open"}
    sample = [Duration(one.waited, how[one.is_answered]) for one in own]
    after = [
        Duration(one.after_nudge, how[one.is_answered])
        for one in own
        if one.after_nudge is not None
    ]
    return {
        "escalations": len(own),
        "escalated_incidents": len({one.history.incident.incident_id for one in own}),
        "answered": sum(one.is_answered for one in own),
        "unanswered": sum(not one.is_answered for one in own),
        "nudged": sum(bool(one.nudges) for one in own),
        "nudges": sum(len(one.nudges) for one in own),
        "answered_after_nudge": sum(one.is_answered and bool(one.nudges) for one in own),
        "after_nudge_median_seconds": reference.quantile(after, HALF),
        "after_nudge_longest_seconds": max((one.seconds for one in after), default=None),
        "answer_median_seconds": reference.quantile(sample, HALF),
        "answer_p85_seconds": reference.quantile(sample, MOST),
        "longest_seconds": max(one.waited for one in own),
    }


def received(
    asked: Iterable[Question], rows: Iterable[Row], works: Mapping[int, work_reference.Work]
) -> dict[tuple[date, str, str], dict[str, float]]:
    """Return what rpt_escalations_received_weekly should say, where anything was."""
    table: dict[tuple[date, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    first_asked: dict[tuple[int, str], datetime] = {}
    for one in asked:
        if one.history.incident.source:
            continue
        row = table[reference.week_of(one.asked_at), *one.group]
        row["asked"] += 1
        row["nudged"] += bool(one.nudges)
        if one.is_answered and one.until:
            table[reference.week_of(one.until), *one.group]["answered"] += 1
        if one.reached is not None:
            key = one.history.incident.incident_id, one.reached
            first_asked[key] = min(one.asked_at, first_asked.get(key, one.asked_at))
    who = {row["log_id"]: row.get("person") for row in rows if row["action"] == "worked"}
    for work in works.values():
        for entry in work.entries:
            team = TEAM_OF.get(str(who[entry.work_id]))
            if team is None or work.history.incident.source or team == entry.team:
                continue
            since = first_asked.get((entry.incident_id, team))
            if entry.minutes and since and entry.worked_at >= since:
                week = reference.week_of(entry.worked_at)
                table[week, "team", group_of(team)]["minutes"] += entry.minutes
    return table


def waiting_at(asked: Iterable[Question], kind: str, receiver: str, moment: datetime) -> int:
    """Return how many questions to somebody wait for an answer at a moment."""
    return sum(
        one.group == (kind, receiver)
        and not one.history.incident.source
        and one.asked_at < moment
        and (one.until is None or one.until >= moment)
        for one in asked
    )


def capacity(team: str, week: date, as_of: datetime) -> tuple[float, float]:
    """Return the open minutes of a team's week so far, and its people's minutes in it."""
    starts = datetime.combine(week, datetime.min.time(), UTC)
    ends = min(starts + WEEK, as_of.replace(tzinfo=UTC))
    open_minutes = HOURS.get(team, ALWAYS).elapsed(starts, ends) / 60
    whole_week = HOURS.get(team, ALWAYS).elapsed(starts, starts + WEEK) / 60
    share = min(1, FULL_WEEK / whole_week) if whole_week else 1
    return open_minutes, len(figures_settings.MEMBERS[team]) * open_minutes * share


def is_outside(team: str, moment: datetime) -> bool:
    """Return whether a moment's second is outside a team's hours."""
    second = moment.replace(microsecond=0, tzinfo=UTC)
    return HOURS[team].elapsed(second, second + timedelta(seconds=1)) == 0


def acts(histories: Iterable[History]) -> dict[tuple[date, str], list[bool]]:
    """Return, by week and team with hours, which of the acts on its incidents were outside them."""
    found = defaultdict(list)
    for history in histories:
        for row in history.rows:
            team = history.owner_when(row["version"]).team
            if row["actor_kind"] == "person" and not history.incident.source and team in HOURS:
                at = row["effective_at"]
                found[reference.week_of(at), team].append(is_outside(team, at))
    return found


def openings(histories: Iterable[History]) -> dict[tuple[date, str], list[bool]]:
    """Return, by week and team with hours, which incidents were opened for it outside of them."""
    found = defaultdict(list)
    for history in histories:
        team, at = history.steps[0].team, history.opened_at
        if not history.incident.source and team in HOURS:
            found[reference.week_of(at), team].append(is_outside(team, at))
    return found


def kinds(works: Iterable[work_reference.Work]) -> dict[tuple[date, str], dict[str, float]]:
    """Return the minutes to resolve and to improve, by week and team that had the incident."""
    found: dict[tuple[date, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for work in works:
        incident = work.history.incident
        for entry in work.entries:
            if entry.minutes and not incident.source:
                kind = "improve" if incident.class_ == "improvement" else "resolve"
                found[reference.week_of(entry.worked_at), entry.team][kind] += entry.minutes
    return found
