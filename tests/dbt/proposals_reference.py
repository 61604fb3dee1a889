"""What should be proposed, once more: plain Python that shares nothing with the SQL."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import quality_reference as quality
from .figures_settings import THRESHOLDS
from .retro_log import CHOSEN, Row
from .retro_reference import History, incident_figures
from .work_reference import Work

WEEKS = 13
LIFT = 2  # times the even share of a cause
LEAST = 10  # reviewed, or incidents, that automate, tune and merge want
Z = 1.959963984540054


@dataclass(frozen=True)
class Case:
    """An incident as far as proposals look at it."""

    number: int
    monitor_id: str
    opened_at: datetime
    code: str | None
    resolution: str | None
    minutes: float | None
    recorded: float | None
    entities: frozenset[str]
    carrier: str | None
    people: int


@dataclass(frozen=True)
class Proposal:
    """What is proposed, with what is at stake a week, and how much of its minutes is recorded."""

    key: str
    minutes: float | None
    recorded_share: float | None
    incidents: float
    target_change: float


def cases(
    histories: Mapping[int, History],
    works: Mapping[int, Work],
    events: Mapping[tuple[int], Sequence[Row]],
    as_of: datetime,
) -> list[Case]:
    """Return the incidents of the last weeks that a monitor opened here."""
    found = []
    for number, history in histories.items():
        incident = history.incident
        is_recent = history.opened_at > as_of - timedelta(weeks=WEEKS)
        if incident.source or not incident.monitor_id or not is_recent:
            continue
        end = quality.ended(history)
        code = end.code if end and quality.is_review(end.code) else None
        cause = f", {incident.root_cause}" if incident.root_cause else ""
        entities = quality.entities(history, events.get((number,), ()))
        found.append(
            Case(
                number,
                incident.monitor_id,
                history.opened_at,
                code,
                f"{code}{cause}" if code else None,
                works[number].estimated_minutes,
                works[number].minutes,
                frozenset(entities),
                history.evidence.get("carrier"),
                incident_figures(history)["people_count"],
            )
        )
    return found


def by_monitor(known: Iterable[Case]) -> dict[str, list[Case]]:
    """Return the cases of each monitor."""
    found = defaultdict(list)
    for case in known:
        found[case.monitor_id].append(case)
    return found


def stake(own: Sequence[Case]) -> tuple[float | None, float | None, float]:
    """Return minutes a week, the share of them that is recorded, and incidents a week."""
    minutes = sum(case.minutes or 0 for case in own)
    recorded = sum(case.recorded or 0 for case in own)
    is_known = any(case.minutes is not None for case in own)
    return (
        minutes / WEEKS if is_known else None,
        recorded / minutes if minutes else None,
        len(own) / WEEKS,
    )


def automate(known: Iterable[Case]) -> Iterator[Proposal]:
    """Propose what ends the same way most of the time."""
    for monitor, own in by_monitor(known).items():
        reviewed = [case for case in own if case.code]
        ways = Counter(case.resolution for case in reviewed if case.code != "false_alarm")
        for way, times in ways.items():
            if len(reviewed) >= LEAST and times >= THRESHOLDS["automate_share"] * len(reviewed):
                alike = [case for case in reviewed if case.resolution == way]
                yield Proposal(f"automate:{monitor}:{way}", *stake(alike), -0.5)


def tune(known: Iterable[Case]) -> Iterator[Proposal]:
    """Propose the monitors whose precision is surely too low."""
    for monitor, own in by_monitor(known).items():
        reviewed = [case for case in own if case.code]
        false = [case for case in reviewed if case.code == "false_alarm"]
        if len(reviewed) < LEAST:
            continue
        share = 1 - len(false) / len(reviewed)
        if upper(share, len(reviewed)) < THRESHOLDS["tune_precision"]:
            yield Proposal(f"tune:{monitor}", *stake(false), -len(false) / len(reviewed) / 2)


def upper(share: float, trials: int) -> float:
    """Return the upper end of the 95 % Wilson interval."""
    spread = Z * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    return (share + Z * Z / (2 * trials) + spread) / (1 + Z * Z / trials)


def write_runbook(known: Iterable[Case]) -> Iterator[Proposal]:
    """Propose a runbook for the one monitor of the project: it has none."""
    worked = [case for case in known if case.monitor_id == CHOSEN and case.people]
    yield Proposal(f"write_runbook:{CHOSEN}", *stake(worked), -0.2)


def fix_at_source(known: Iterable[Case]) -> Iterator[Proposal]:
    """Propose the entity or carrier that brings most of a monitor's incidents."""
    for monitor, own in by_monitor(known).items():
        yield from _source(monitor, own, "entity", {case.number: case.entities for case in own})
        carriers = {case.number: frozenset({case.carrier} - {None, "(other)"}) for case in own}
        yield from _source(monitor, own, "carrier", carriers)


def _source(
    monitor: str, own: Sequence[Case], kind: str, causes: Mapping[int, frozenset[str | None]]
) -> Iterator[Proposal]:
    counts = Counter(cause for case in own for cause in causes[case.number])
    if not counts:
        return
    cause, times = min(counts.items(), key=lambda item: (-item[1], str(item[0])))
    share = times / len(own)
    is_lifted = share * len(counts) >= LIFT
    is_much = times >= THRESHOLDS["source_incidents"] and share >= THRESHOLDS["source_share"]
    if is_much and is_lifted:
        about = [case for case in own if cause in causes[case.number]]
        yield Proposal(f"fix_at_source:{monitor}:{kind}:{cause}", *stake(about), -share / 2)


def merge(known: Iterable[Case]) -> Iterator[Proposal]:
    """Propose the monitors whose findings a larger one finds too."""
    monitors = by_monitor(known)
    sizes = {name: sum(len(one.entities) for one in own) for name, own in monitors.items()}
    for monitor, own in monitors.items():
        best: tuple[int, str] | None = None
        for other in sorted(monitors):
            if (sizes[monitor], other) < (sizes[other], monitor) and other != monitor:
                shared = sum(
                    _is_found(case, entity, monitors[other]) for case, entity in pairs(own)
                )
                if shared >= THRESHOLDS["merge_share"] * sizes[monitor] and (
                    best is None or shared > best[0]
                ):
                    best = shared, other
        if best and len(own) >= LEAST:
            share = best[0] / sizes[monitor]
            minutes, recorded, incidents = stake(own)
            at_stake = None if minutes is None else minutes * share
            key = f"merge:{monitor}:{best[1]}"
            yield Proposal(key, at_stake, recorded, incidents * share, -share)


def pairs(own: Iterable[Case]) -> Iterator[tuple[Case, str]]:
    """Yield what was found: an incident and one of its entities."""
    for case in own:
        for entity in case.entities:
            yield case, entity


def _is_found(case: Case, entity: str, others: Iterable[Case]) -> bool:
    return any(
        entity in other.entities and abs(other.opened_at - case.opened_at) <= timedelta(days=1)
        for other in others
    )


def move_capacity(load: Iterable[Row]) -> Iterator[Proposal]:
    """Propose to move people from a team that is free to one that is not."""
    weeks: dict[str, list[Row]] = defaultdict(list)
    known = [row for row in load if row["is_complete"] and row["capacity_minutes"] is not None]
    last = sorted({row["week_start"] for row in known})[-8:]
    for row in known:
        if row["week_start"] in last:
            weeks[row["team"]].append(row)
    used = {}
    for team, own in weeks.items():
        ended = sum(row["ended_incidents"] for row in own)
        recorded = sum(row["recorded_incidents"] for row in own)
        if all(row["minutes"] is None for row in own):
            continue
        if recorded and recorded >= THRESHOLDS["load_coverage"] * ended:
            minutes = sum(row["minutes"] or 0 for row in own) * ended / recorded
            capacity = sum(row["capacity_minutes"] for row in own)
            came = sum(row["arrivals"] for row in own)
            grown = came - sum(row["completions"] for row in own)
            keeps_up = grown <= THRESHOLDS["free_growth"] * came
            used[team] = (
                minutes / capacity,
                minutes,
                recorded / ended,
                capacity,
                grown,
                len(own),
                keeps_up,
            )
    free = [
        (share, team)
        for team, (share, _, _, _, _, _, keeps_up) in used.items()
        if share <= THRESHOLDS["free_share"] and keeps_up
    ]
    for team, (share, minutes, known, capacity, grown, count, _) in used.items():
        if free and share >= THRESHOLDS["overload_share"]:
            over = (minutes - THRESHOLDS["overload_share"] * capacity) / count
            key = f"move_capacity:{min(free)[1]}:{team}"
            yield Proposal(key, over, known, max(grown, 0) / count, -0.3)


def ranked(found: Iterable[Proposal]) -> list[Proposal]:
    """Return proposals as they should stand, the first first."""
    return sorted(found, key=lambda one: (-(one.minutes or 0), -one.incidents, one.key))
