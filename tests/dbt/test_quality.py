"""Quality, detection and entities over the random log, once more in Python: equal on both."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from . import quality_reference as quality
from . import retro_reference as reference
from . import work_reference
from .retro_build import KNOWN_BEFORE, Retro

COUNTS = (
    "reopened",
    "reassignments",
    "ping_pongs",
    "opened",
    "found_by_monitor",
    "found_by_staff",
    "found_by_customer",
    "opened_with_entity",
    "again_within_14_days",
    "again_within_28_days",
    "ended",
    "confirmed",
    "false_alarms",
    "duplicates",
    "accepted",
    "self_resolved",
    "ended_by_nobody",
    "ended_by_one_person",
    "ended_by_several_people",
    "ended_by_several_teams",
    "people_sum",
    "teams_sum",
)


TOLD_APART = ("total", "team", "monitor", "source")  # the dimensions that entities have


def test_quality_week_by_week(retro: Retro) -> None:
    expected = quality.weekly(retro.histories.values())
    seen: Counter[str] = Counter()
    for row in retro.table("rpt_quality_weekly"):
        figures = expected.pop((row["week_start"], row["dimension"], row["dimension_value"]), {})
        for name in COUNTS:
            assert row[name] == figures.get(name, 0), (row, name)
            seen[name] += row[name]
    assert not expected
    assert all(seen[name] for name in COUNTS)


def test_a_monitors_quality(retro: Retro) -> None:
    histories = reference.grouped(
        retro.histories.values(),
        lambda history: (
            [(history.incident.monitor_id,)]
            if history.incident.monitor_id and not history.incident.source
            else []
        ),
    )
    for row in retro.table("rpt_monitor_quality"):
        own = histories.pop((row["monitor_id"],))
        figures = [reference.incident_figures(history) for history in own]
        ends = [end for history in own if (end := quality.ended(history))]
        reviews = [end for end in ends if quality.is_review(end.code)]
        real = [end.at for end in reviews if end.code != "false_alarm"]
        assert (row["incidents"], row["ended"]) == (len(own), len(ends))
        assert (row["reviewed"], row["confirmed"]) == (len(reviews), len(real))
        assert row["false_alarms"] == len(reviews) - len(real)
        assert row["last_confirmed_at"] == max(real)
        assert row["untouched"] == sum(one["people_count"] == 0 for one in figures)
        for name in ("reopened", "reassignments", "ping_pongs", "escalations"):
            column = {"reassignments": "reassigned", "ping_pongs": "ping_pong"}.get(name, name)
            column = {"escalations": "escalated"}.get(column, column)
            assert row[f"{column}_incidents"] == sum(one[f"{name}_count"] > 0 for one in figures)
        for name in ("people", "teams"):
            several = sum(one[f"{name}_count"] > 1 for one in figures)
            assert row[f"several_{name}_incidents"] == several
        streaks = row["longest_false_streak"], row["present_false_streak"]
        assert streaks == quality.streaks(own)
    assert not histories
    built = retro.table("rpt_monitor_quality")
    assert max(row["longest_false_streak"] for row in built) > 1
    assert len({row["present_false_streak"] > 0 for row in built}) > 1


def test_detection(retro: Retro) -> None:
    found: dict[tuple[Any, ...], list[float | None]] = defaultdict(list)
    for history in retro.histories.values():
        took = reference.detected_after(history, retro.events)
        by_whom = history.incident.found_by
        by_whom = by_whom or ("monitor" if history.incident.monitor_id else "staff")
        week = reference.week_of(history.opened_at)
        for part in quality.parts(history):
            for period in (("all", None), ("week", week)):
                found[*period, *part, by_whom].append(took)
    keys = ("period", "week_start", "dimension", "dimension_value", "found_by")
    for row in retro.table("rpt_detection"):
        times = found.pop(tuple(row[key] for key in keys))
        known = sorted(time for time in times if time is not None)
        assert (row["incidents"], row["timed"]) == (len(times), len(known))
        for name, share in (("median", 0.5), ("p85", 0.85), ("p95", 0.95)):
            expected = known[math.ceil(share * len(known)) - 1] if known else None
            assert row[f"{name}_seconds"] == about(expected), row
        assert row["longest_seconds"] == about(max(known, default=None))
    assert not found
    assert {row["found_by"] for row in retro.table("rpt_detection")} == {
        "monitor",
        "staff",
        "customer",
    }


def test_entities(retro: Retro) -> None:
    """Every entity is shown here: there are fewer than twenty."""
    works = work_reference.works(retro.histories)
    before = quality.last_ends(retro.histories.values())
    events = reference.grouped(
        (event for event in retro.events if event["recorded_at"] < KNOWN_BEFORE),
        lambda event: [(event["incident_id"],)],
    )
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for number, history in retro.histories.items():
        own = quality.entities(history, events.get((number,), ()))
        since = before[number]
        minutes = works[number].minutes
        is_recent = history.opened_at > history.known_until - timedelta(days=28)
        for name, count in own.items():
            is_again = since and name == history.incident.entity_id
            figures = {
                "incidents": 1,
                "events": count,
                "minutes": minutes / len(own) if minutes else 0,
                "recorded_incidents": minutes is not None,
                "open_incidents": history.steps[-1].is_open,
                "again_within_14_days": bool(
                    is_again and history.opened_at - since <= timedelta(days=14)
                ),
            }
            for part in quality.parts(history):
                if part[0] not in TOLD_APART:
                    continue
                for period in ("all", "recent") if is_recent else ("all",):
                    for figure, value in figures.items():
                        expected[period, *part, name][figure] += value  # type: ignore[assignment]
    for row in retro.table("rpt_entities"):
        key = row["period"], row["dimension"], row["dimension_value"], row["entity_id"]
        figures = expected.pop(key)
        assert row["entities"] == 1
        for figure in ("incidents", "events", "recorded_incidents", "open_incidents"):
            assert row[figure] == figures[figure], (row, figure)
        assert row["again_within_14_days"] == figures["again_within_14_days"]
        assert (row["minutes"] or 0) == about(figures["minutes"])
    assert not expected


def about(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-6)
