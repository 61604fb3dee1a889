"""Quality, impact, entities, escalations, load and proposals from the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from opsloop.cli.session import Session
from opsloop.warehouse.serving import Published, replace_serving
from tests.integration.cli_project import Run

NOW = datetime(2026, 3, 5)  # noqa: DTZ001, as the warehouse has it
PARTS = (("total", "all"), ("team", "desk"), ("monitor", "mon_late"))
MONDAYS = (date(2026, 2, 23), date(2026, 3, 2))
ENTITIES = 24
Rows = list[dict[str, Any]]


@pytest.fixture
def published(run: Run) -> Run:
    """Publish two weeks of figures."""
    session = Session()
    with session.store() as store:
        store_id, lineage = store.identity()
    about = Published(store_id, lineage, 0, NOW, NOW)
    tables = {name: pa.Table.from_pylist(rows) for name, rows in figures().items()}
    replace_serving(session.paths.serving, about, tables.items())
    return run


def figures() -> dict[str, Rows]:
    """Return the rows of the models that the commands read."""
    parts = [{"dimension": one, "dimension_value": value} for one, value in PARTS]
    weeks = [
        {"week_start": monday, "iso_week": f"{monday:%G-W%V}", "is_complete": monday < MONDAYS[1]}
        for monday in MONDAYS
    ]
    return {
        "dim_parts": [
            {**part, "incidents": 4}
            for part in (
                *parts,
                {"dimension": "mon_late.carrier", "dimension_value": "EV"},
            )
        ],
        "fct_incidents": [
            {
                "incident_id": 1,
                "team": "desk",
                "monitor_id": "mon_late",
                "source": None,
                "opened_at": datetime(2026, 2, 24),  # noqa: DTZ001
                "found_by": "monitor",
                "seconds_to_detect": 600.0,
                "entity_type": "order",
                "evidence": '{"carrier": "EV"}',
                "is_open": False,
                "resolved_at": datetime(2026, 3, 3),  # noqa: DTZ001
                "closed_at": None,
                "resolution_code": "false_alarm",
                "is_self_resolved": False,
                "events_count": 2,
                "people_count": 1,
                "teams_count": 1,
                "reopened_count": 0,
                "reassignments_count": 1,
                "ping_pongs_count": 0,
                "escalations_count": 0,
            }
        ],
        "fct_incident_entities": [entity(number) for number in range(ENTITIES)],
        "fct_incident_work": [{"incident_id": 1, "touch_minutes": 24.0, "estimated_minutes": 24.0}],
        "fct_repeat_contacts": [
            {"incident_id": 1, "is_within_14_days": True, "is_within_28_days": True}
        ],
        "fct_incident_transitions": [
            {
                "incident_id": 1,
                "changed_at": datetime(2026, 2, 25),  # noqa: DTZ001
                "from_team": "desk",
                "to_team": "tech",
                "is_reopening": False,
                "is_reassignment": True,
                "is_ping_pong": False,
            }
        ],
        "rpt_quality_weekly": [
            {**week, **part, "opened": 6, "ended": 6} for week in weeks for part in parts
        ],
        "rpt_monitor_quality": [streaks()],
        "fct_impact": [
            {
                "incident_id": 1,
                "opened_at": datetime(2026, 2, 24),  # noqa: DTZ001
                "ended_at": datetime(2026, 3, 3),  # noqa: DTZ001
                "impact_unit": "EUR",
                "at_stake": 1000.0,
                "is_recovery": True,
                "recovered_gross": 800.0,
                "recovered_net": 560.0,
            }
        ],
        "rpt_impact_weekly": [
            {**week, **part, "impact_unit": "EUR", "at_stake": 500.0}
            for week in weeks
            for part in parts
        ],
        "rpt_population_weekly": [
            {**week, "monitor_id": "mon_late", "events_per_1000": 3.0} for week in weeks
        ],
        "fct_escalations_received": [
            question(3600.0, 0, is_answered=True),
            question(7200.0, 2, is_answered=True),
            question(86400.0, 1, is_answered=False),
            question(86400.0, 0, is_answered=False),
        ],
        "rpt_escalations_received_weekly": [
            {**week, "receiver_kind": "team", "receiver": "tech", "asked": 2} for week in weeks
        ],
        "rpt_load_weekly": [one for week in weeks for one in (load(**week), small_teams(**week))],
        "rpt_proposals": [
            proposal(1, "monitor", "mon_late", 90.0),
            proposal(2, "team", "desk", None),
        ],
    }


def streaks() -> dict[str, Any]:
    return {
        "monitor_id": "mon_late",
        "longest_false_streak": 5,
        "present_false_streak": 2,
        "last_confirmed_at": NOW,
    }


def entity(number: int) -> dict[str, Any]:
    """Return one of the many that the incident is about."""
    return {
        "incident_id": 1,
        "entity_id": f"order {number:02}",
        "events": 1,
        "entities_count": ENTITIES,
        "is_own": number == 0,
    }


def question(waited_s: float, nudges: int, *, is_answered: bool) -> dict[str, Any]:
    return {
        "incident_id": 1,
        "team": "desk",
        "monitor_id": "mon_late",
        "source": None,
        "asked_at": datetime(2026, 2, 24),  # noqa: DTZ001
        "receiver_kind": "team",
        "receiver": "tech",
        "escalation_type": "help",
        "is_answered": is_answered,
        "seconds_waited": waited_s,
        "nudges_count": nudges,
        "seconds_waited_after_nudge": 1800.0 if nudges else None,
    }


def load(**week: Any) -> dict[str, Any]:
    return {
        **week,
        "team": "desk",
        "people": 4,
        "arrivals": 10,
        "completions": 8,
        "open_at_end": 6,
        "capacity_minutes": 9600.0,
        "minutes": 2400.0,
        "ended_incidents": 8,
        "recorded_incidents": 6,
        "detect_minutes": None,
        "resolve_minutes": 2400.0,
        "improve_minutes": None,
        "acts": 20,
        "acts_outside": 3,
        "opened": 9,
        "opened_outside": None,
    }


def small_teams(**week: Any) -> dict[str, Any]:
    """Return what teams under five did, as one: their items stand in rows of their own."""
    items = ("arrivals", "completions", "open_at_end", "opened", "opened_outside")
    return {**load(**week), "team": "(small teams)", "minutes": 960.0, **dict.fromkeys(items)}


def proposal(rank: int, dimension: str, value: str, minutes: float | None) -> dict[str, Any]:
    return {
        "proposal_key": f"tune:{value}",
        "kind": "tune",
        "dimension": dimension,
        "dimension_value": value,
        "title": f"Tune {value}",
        "reason": "9 of 10 were false.",
        "stake_minutes": minutes,
        "recorded_share": None if minutes is None else 1.0,
        "stake_incidents": 4.5,
        "rank": rank,
        "metric": "events",
        "target_change": -0.45,
    }


def test_quality_is_of_what_was_opened_moved_and_ended_in_a_period(published: Run) -> None:
    found = published("retro", "quality", "--json").json
    assert found["figures"]["reassignments"] == 1
    assert found["figures"]["people_mean"] == 1
    assert [week["iso_week"] for week in found["weeks"]] == ["2026-W09", "2026-W10"]
    assert found["detection"][0]["found_by"] == "monitor"
    [monitor] = found["monitors"]
    assert (monitor["incidents"], monitor["reassigned_incidents"]) == (1, 1)
    assert (monitor["reviewed"], monitor["precision_share"]) == (1, 0)
    assert (monitor["present_false_streak"], monitor["longest_false_streak"]) == (2, 5)
    told = published("retro", "quality").out
    assert "0 of 1" in told  # found by people, of those whose finder is known
    assert "2, longest 5" in told


def test_quality_of_a_period_without_a_monday(published: Run) -> None:
    """An incident of the week before ended on a Tuesday."""
    span = ("--from", "2026-03-03", "--to", "2026-03-04")
    found = published("retro", "quality", "--team", "desk", *span, "--json").json
    figures = found["figures"]
    assert (found["dimension_value"], figures["ended"], figures["opened"]) == ("desk", 1, 0)
    assert figures["reassignments"] == 0, "it had been handed over before"
    assert (found["weeks"], found["detection"]) == ([], [])
    [monitor] = found["monitors"]
    assert (monitor["incidents"], monitor["ended"]) == (0, 1)


def test_a_period_without_anything_has_zeros(published: Run) -> None:
    found = published("retro", "quality", "--from", "2027-01-04", "--json").json
    assert found["figures"]["ended"] == 0
    assert found["figures"]["people_mean"] is None
    told = published("retro", "quality", "--from", "2027-01-04").out
    assert "false alarms" not in told


def test_impact_has_a_line_per_unit(published: Run) -> None:
    found = published("retro", "impact", "--json").json
    [unit] = found["units"]
    assert (unit["at_stake"], unit["recovered_gross"], unit["recovered_net"]) == (1000, 800, 560)
    assert len(found["weeks"]) == 2
    assert found["population"][0]["events_per_1000"] == 3
    assert "560 of 800" in published("retro", "impact").out
    assert "No impact" in published("retro", "impact", "--from", "2027-01-04").out


def test_entities_end_with_all_others(published: Run) -> None:
    found = published("retro", "entities", "--json").json
    named = [one["entity_id"] for one in found["entities"]]
    assert named == [*(f"order {number:02}" for number in range(20)), None]
    assert [one["again_within_14_days"] for one in found["entities"]] == [1, *(0,) * 20]
    [segment] = found["segments"]
    assert segment["dimension_value"] == "EV"
    assert (segment["incidents"], segment["false_alarms"]) == (1, 1)
    told = published("retro", "entities", "--order", "minutes").out
    assert "4 others" in told
    assert "mon_late.carrier" in told
    later = published("retro", "entities", "--from", "2026-03-02", "--json").json
    assert (later["from"], later["entities"], later["segments"]) == ("2026-03-02", [], [])
    assert "No incident" in published("retro", "entities", "--from", "2026-03-02").out


def test_an_answer_that_is_not_reached_is_more_than_the_longest(published: Run) -> None:
    found = published("retro", "escalations", "--json").json
    assert found["routes"][0]["receiver"] == "tech"
    assert found["causes"] == [
        {"monitor_id": "mon_late", "escalations": 4, "answered": 2, "nudges": 3}
    ]
    assert [one["asked"] for one in found["received"]] == [2, 2]
    later = published("retro", "escalations", "--from", "2026-03-02", "--json").json
    assert (later["from"], later["routes"], later["causes"]) == ("2026-03-02", [], [])
    assert [one["asked"] for one in later["received"]] == [2]
    told = published("retro", "escalations").out
    assert "2 h" in told
    assert "> 1 d" in told


def test_load_is_against_capacity(published: Run) -> None:
    found = published("retro", "load", "--json").json
    small, team = found["teams"]
    assert (small["team"], small["used_share"], small["arrivals"]) == ("(small teams)", 0.1, None)
    assert (team["used_share"], team["open_at_end"], team["opened_outside"]) == (0.25, 6, None)
    assert len(found["weeks"]) == 4
    assert "(small teams)" in published("retro", "load").out
    told = published("retro", "load", "--team", "desk").out
    assert "25%" in told
    assert "6 of 40" in told
    assert published("retro", "load", "--team", "dusk").code == 1


def test_proposals_come_by_rank(published: Run) -> None:
    found = published("retro", "proposals", "--json").json["proposals"]
    assert [one["rank"] for one in found] == [1, 2]
    assert set(proposal(1, "", "", None)) == set(found[0])
    assert "Tune desk" not in published("retro", "proposals", "--monitor", "mon_late").out
    assert "Tune desk" in published("retro", "proposals").out
