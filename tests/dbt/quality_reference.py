"""Quality, detection and entities once more: plain Python that shares nothing with the SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from . import retro_reference as reference
from . import work_reference
from .retro_build import KNOWN_BEFORE
from .retro_log import Row
from .retro_reference import History, Step

NO_REVIEWS = ("cleared_by_itself", "rule_changed", "duplicate", "accepted", None)
Dimension = tuple[str, str]


@dataclass(frozen=True)
class Ended:
    """What is known of an incident that is over."""

    at: datetime
    code: str | None
    figures: Mapping[str, Any]


def parts(history: History, team: str | None = None) -> tuple[Dimension, ...]:
    """Return what an incident counts under: for a team, or for the one that it has."""
    return reference.dimensions(team or history.steps[-1].team, history)


def ended(history: History) -> Ended | None:
    """Return how and when an incident last ended, if it is over."""
    last = history.steps[-1]
    if last.is_open:
        return None
    final = history.final_resolve
    at = final.at if final else [step.at for step in history.steps if step.state == "closed"][-1]
    return Ended(at, history.incident.resolution_code, reference.incident_figures(history))


def entity_of(history: History) -> tuple[str | None, str | None]:
    return history.incident.source, history.incident.entity_id


def last_ends(histories: Iterable[History]) -> dict[int, datetime | None]:
    """Return when anything of an incident's entity had last ended before it was opened."""
    known = list(histories)
    ends = defaultdict(list)
    for history in known:
        ends[entity_of(history)].extend(
            after.at
            for before, after in history.moves
            if before.is_open and not after.is_open and not after.row.get("merged_into")
        )
    return {
        history.incident.incident_id: max(
            (end for end in ends[entity_of(history)] if end < history.opened_at), default=None
        )
        for history in known
    }


def weekly(histories: Iterable[History]) -> dict[tuple[Any, ...], Counter[str]]:
    """Return what rpt_quality_weekly should say, by week and dimension; only where there is any."""
    return counted(histories, reference.week_of)


def counted(
    histories: Iterable[History], time_of: Callable[[datetime], Hashable]
) -> dict[tuple[Any, ...], Counter[str]]:
    """Return what moved, was opened and ended, by its time and its part of the work."""
    known = list(histories)
    before = last_ends(known)
    table: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for history in known:
        for moment, team, names in counts(history, before):
            for part in parts(history, team):
                table[time_of(moment), *part].update(names)
    return table


def counts(
    history: History, before: Mapping[int, datetime | None]
) -> Iterator[tuple[datetime, str | None, dict[str, int]]]:
    """Yield (moment, team, what counts then); no team = the one that has it.

    Args:
        before: what `last_ends` says.
    """
    for moment, team, name in _moves(history):
        yield moment, team, {name: 1}
    since = before[history.incident.incident_id]
    age = history.opened_at - since if since else None
    found_by = history.incident.found_by or ("monitor" if history.incident.monitor_id else "staff")
    yield (
        history.opened_at,
        None,
        {
            "opened": 1,
            f"found_by_{found_by}": 1,
            "opened_with_entity": 1,
            "again_within_14_days": bool(age and age <= timedelta(days=14)),
            "again_within_28_days": bool(age and age <= timedelta(days=28)),
        },
    )
    end = ended(history)
    if end:
        yield end.at, None, _outcome(history, end)


def _moves(history: History) -> Iterator[tuple[datetime, str, str]]:
    """Yield (moment, team, what moved): what was given away counts for who gave it."""
    for at, team in reference.counted_reassignments(history):
        yield at, team, "reassignments"
    shares = [_hand_overs_until(history, step) for step in history.steps]
    for place, (before, after) in enumerate(history.moves, start=1):
        reassigned = shares[place][0] > shares[place - 1][0]
        if reassigned:
            yield after.at, before.team, "reassignments"
        if shares[place][1] > shares[place - 1][1]:
            yield after.at, before.team, "ping_pongs"
        if after.is_open and not before.is_open:
            yield after.at, before.team if reassigned else after.team, "reopened"


def _hand_overs_until(history: History, last: Step) -> tuple[int, int]:
    place = history.steps.index(last)
    return reference.hand_overs(replace(history, steps=history.steps[: place + 1]))


def _outcome(history: History, end: Ended) -> dict[str, int]:
    people, teams = end.figures["people_count"], end.figures["teams_count"]
    return {
        "ended": 1,
        "confirmed": is_review(end.code) and end.code != "false_alarm",
        "false_alarms": end.code == "false_alarm",
        "duplicates": end.code == "duplicate",
        "accepted": end.code == "accepted",
        "self_resolved": end.code == "cleared_by_itself",
        "ended_by_nobody": people == 0 and history.incident.source is None,
        "ended_by_one_person": people == 1,
        "ended_by_several_people": people > 1,
        "ended_by_several_teams": teams > 1,
        "people_sum": people,
        "teams_sum": teams,
    }


def is_review(code: str | None) -> bool:
    """Return whether a code says that the exception was real, or that it was not."""
    return code not in NO_REVIEWS


def streaks(histories: Iterable[History]) -> tuple[int, int]:
    """Return the longest run of false alarms among the reviews, and the present one."""
    reviews = sorted(
        (end.at, history.incident.incident_id, end.code)
        for history in histories
        if (end := ended(history)) and is_review(end.code)
    )
    runs = [
        (is_false, len(list(run)))
        for is_false, run in groupby(reviews, key=lambda review: review[2] == "false_alarm")
    ]
    longest = max((length for is_false, length in runs if is_false), default=0)
    present = runs[-1][1] if runs and runs[-1][0] else 0
    return longest, present


def monitors(
    histories: Iterable[History],
    is_opened_in: Callable[[datetime], bool] = lambda _: True,
    is_ended_in: Callable[[datetime], bool] = lambda _: True,
) -> dict[str, dict[str, Any]]:
    """Return what became of each monitor's incidents: opened, or ended, at certain times."""
    by_monitor = reference.grouped(
        histories,
        lambda history: (
            [(history.incident.monitor_id,)]
            if history.incident.monitor_id and not history.incident.source
            else []
        ),
    )
    found = {}
    for (monitor_id,), own in by_monitor.items():
        opened = [
            reference.incident_figures(history)
            for history in own
            if is_opened_in(history.opened_at)
        ]
        ends = [end for history in own if (end := ended(history)) and is_ended_in(end.at)]
        if not opened and not ends:
            continue
        codes = Counter(end.code for end in ends)
        reviewed = sum(is_review(end.code) for end in ends)
        real = [
            end.at
            for history in own
            if (end := ended(history)) and is_review(end.code) and end.code != "false_alarm"
        ]
        longest, present = streaks(own)
        found[str(monitor_id)] = {
            "incidents": len(opened),
            "untouched": sum(one["people_count"] == 0 for one in opened),
            "reopened_incidents": sum(one["reopened_count"] > 0 for one in opened),
            "reassigned_incidents": sum(one["reassignments_count"] > 0 for one in opened),
            "ping_pong_incidents": sum(one["ping_pongs_count"] > 0 for one in opened),
            "escalated_incidents": sum(one["escalations_count"] > 0 for one in opened),
            "several_people_incidents": sum(one["people_count"] > 1 for one in opened),
            "several_teams_incidents": sum(one["teams_count"] > 1 for one in opened),
            "ended": len(ends),
            "reviewed": reviewed,
            "confirmed": reviewed - codes["false_alarm"],
            "false_alarms": codes["false_alarm"],
            "duplicates": codes["duplicate"],
            "accepted": codes["accepted"],
            "self_resolved": sum(end.figures["is_self_resolved"] for end in ends),
            "longest_false_streak": longest,
            "present_false_streak": present,
            "last_confirmed_at": max(real, default=None),
        }
    return found


def involved(
    histories: Mapping[int, History],
    events: Iterable[Row],
    is_opened_in: Callable[[datetime], bool] = lambda _: True,
) -> dict[tuple[str, str, str], Counter[str]]:
    """Return what each entity brought, by part and entity, of what was opened at certain times."""
    works = work_reference.works(histories)
    before = last_ends(histories.values())
    known = (event for event in events if event["recorded_at"] < KNOWN_BEFORE)
    by_incident = reference.grouped(known, lambda event: [(event["incident_id"],)])
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for number, history in histories.items():
        if not is_opened_in(history.opened_at):
            continue
        own = entities(history, by_incident.get((number,), ()))
        since, minutes = before[number], works[number].minutes
        age = history.opened_at - since if since else None
        for name, count in own.items():
            is_again = age is not None and name == history.incident.entity_id
            figures = {
                "incidents": 1,
                "events": count,
                "minutes": minutes / len(own) if minutes else 0,
                "recorded_incidents": minutes is not None,
                "open_incidents": history.steps[-1].is_open,
                "again_within_14_days": bool(is_again and age <= timedelta(days=14)),
                "again_within_28_days": bool(is_again and age <= timedelta(days=28)),
            }
            for part in parts(history):
                for figure, value in figures.items():
                    found[*part, name][figure] += value  # type: ignore[assignment]
    return found


def assert_entity(row: Row, figures: Mapping[str, float]) -> None:
    """Assert that an entity's row says what it brought."""
    for figure, value in figures.items():
        assert (row[figure] or 0) == pytest.approx(value, abs=1e-6), (row, figure)


def entities(history: History, events: Iterable[Row]) -> dict[str, int]:
    """Return an incident's entities with their events; its own where it has none."""
    found = defaultdict(set)
    for event in events:
        found[event["entity_id"]].add(event["event_id"])
    return {name: len(ids) for name, ids in found.items()} or {str(history.incident.entity_id): 0}
