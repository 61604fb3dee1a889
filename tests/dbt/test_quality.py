"""Quality, detection and entities over the random log, once more in Python: equal on both."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

from . import quality_reference as quality
from . import retro_reference as reference
from .comparing import about
from .retro_build import Retro

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
    expected = quality.monitors(retro.histories.values())
    for row in retro.table("rpt_monitor_quality"):
        figures = expected.pop(row["monitor_id"])
        assert row.items() >= figures.items()
    assert not expected
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
    expected = quality.involved(retro.histories, retro.events)
    rows = retro.table("rpt_entities")
    for row in rows:
        figures = expected.pop((row["dimension"], row["dimension_value"], row["entity_id"]))
        assert row["entities"] == 1
        quality.assert_entity(row, figures)
    assert {row["dimension"] for row in rows} == {*TOLD_APART}
    assert not [key for key in expected if key[0] in TOLD_APART]
