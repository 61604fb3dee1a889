"""The facts of a published copy: what figures of a period are counted from, few and countable."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

Row = dict[str, Any]

HOUR = timedelta(hours=1)
THROUGH = datetime(2026, 3, 5, 12, 30)  # noqa: DTZ001, as the warehouse has it
# number → opened, hours to acknowledge and to resolve (None = open), what is special about it
STORIES: dict[int, tuple[datetime, float | None, float | None, str]] = {
    1: (datetime(2026, 2, 10, 9), 1, 4, ""),  # noqa: DTZ001
    2: (datetime(2026, 2, 17, 9), 1, 2, ""),  # noqa: DTZ001
    3: (datetime(2026, 2, 18, 9), 2, 6, "reopened"),  # noqa: DTZ001
    4: (datetime(2026, 2, 24, 9), None, 1, "cleared"),  # noqa: DTZ001
    5: (datetime(2026, 2, 25, 9), 3, 30, "asked"),  # noqa: DTZ001
    6: (datetime(2026, 2, 26, 9), 1, None, "asked"),  # noqa: DTZ001
    7: (datetime(2026, 3, 3, 9), None, None, ""),  # noqa: DTZ001
}

RECEIVED = {
    "receiver_kind": "outside",
    "receiver": "carrier",
    "team": "shipping",
    "monitor_id": "mon_late_orders",
    "source": None,
}


def tables() -> dict[str, pa.Table]:
    """Return the facts of seven incidents of one team and one monitor."""
    return {
        "fct_incidents": pa.Table.from_pylist([_incident(number) for number in STORIES]),
        "fct_incident_transitions": pa.Table.from_pylist(
            [row for number in STORIES for row in _transitions(number)]
        ),
        "fct_escalations": pa.Table.from_pylist([_escalation(number) for number in (5, 6)]),
        "fct_escalations_received": pa.Table.from_pylist(
            [_escalation(number) | RECEIVED for number in (5, 6)]
        ),
        "fct_clocks": pa.Table.from_pylist([_clock(number) for number in STORIES]),
        "fct_work": pa.Table.from_pylist([_work(number, 20.0) for number in (1, 2, 3, 5)]),
        "fct_incident_work": pa.Table.from_pylist([_incident_work(number) for number in STORIES]),
        "fct_activities": pa.Table.from_pylist(
            [row for number in STORIES for row in _activities(number)]
        ),
        "fct_incident_entities": pa.Table.from_pylist([_entity(number) for number in STORIES]),
        "fct_repeat_contacts": pa.Table.from_pylist(
            [
                {"incident_id": number, "is_within_14_days": False, "is_within_28_days": True}
                for number in STORIES
            ]
        ),
        "fct_business_times": pa.Table.from_pylist(
            [row for number in STORIES for row in _business_times(number)]
        ),
        "fct_process_paths": pa.Table.from_pylist([_path(number) for number in STORIES]),
        "fct_process_loops": pa.Table.from_pylist(
            [
                {
                    "incident_id": 3,
                    "kind": "returned",
                    "activity": "resolved",
                    "via_activity": "reopened",
                    "seconds": 900.0,
                }
            ]
        ),
    }


def seconds_of(hours: float | None) -> float | None:
    return None if hours is None else hours * 3600


def resolved_at(number: int) -> datetime | None:
    opened_at, _, hours, _ = STORIES[number]
    return None if hours is None else opened_at + hours * HOUR


def _incident(number: int) -> Row:
    opened_at, acknowledged, resolved, special = STORIES[number]
    ended = resolved_at(number)
    return {
        "incident_id": number,
        "monitor_id": "mon_late_orders",
        "source": None,
        "entity_id": f"order {number}",
        "found_by": "monitor",
        "seconds_to_detect": 600.0,
        "priority": "P2",
        "class": "exception",
        "type": "late",
        "entity_type": "order",
        "evidence": None,
        "state": "active" if resolved is None else "resolved",
        "is_open": resolved is None,
        "first_state": "new",
        "team": "shipping",
        "opened_at": opened_at,
        "known_until": THROUGH,
        "acknowledged_at": None if acknowledged is None else opened_at + acknowledged * HOUR,
        "first_resolved_at": ended,
        "resolved_at": ended,
        "closed_at": None,
        "first_resolution_code": None if ended is None else _code(special),
        "resolution_code": None if ended is None else _code(special),
        "is_self_resolved": special == "cleared",
        "reopened_count": int(special == "reopened"),
        "reassignments_count": 0,
        "ping_pongs_count": 0,
        "escalations_count": int(special == "asked"),
        "events_count": 1,
        "people_count": int(special != "cleared"),
        "teams_count": 1,
        "seconds_to_acknowledge": seconds_of(acknowledged),
        "seconds_to_resolve": seconds_of(resolved),
        "seconds_to_final_resolve": seconds_of(resolved),
        "seconds_to_close": None,
        "age_seconds": (THROUGH - opened_at).total_seconds() if resolved is None else None,
    }


def _entity(number: int) -> Row:
    return {
        "incident_id": number,
        "entity_id": f"order {number}",
        "events": 1,
        "entities_count": 1,
        "is_own": True,
    }


def _code(special: str) -> str:
    return "cleared_by_itself" if special == "cleared" else "fixed"


def _transitions(number: int) -> list[Row]:
    opened_at, _, _, special = STORIES[number]
    moves = dict.fromkeys(("is_merge", "is_reopening", "is_reassignment", "is_ping_pong"), False)
    shared = {
        "incident_id": number,
        "from_team": None,
        "to_team": "shipping",
        "resolution_code": None,
        **moves,
    }
    rows: list[Row] = [
        {
            **shared,
            "changed_at": opened_at,
            "from_state": None,
            "was_open": False,
            "is_open": True,
            "is_end": False,
        }
    ]
    if (ended := resolved_at(number)) is not None:
        rows.append(
            {
                **shared,
                "from_team": "shipping",
                "changed_at": ended,
                "from_state": "active",
                "was_open": True,
                "is_open": False,
                "is_end": True,
                "resolution_code": _code(special),
            }
        )
    return rows


def _business_times(number: int) -> list[Row]:
    """Return open hours: half of those on the clock."""
    _, acknowledged, resolved, _ = STORIES[number]
    return [
        {
            "incident_id": number,
            "measure": measure,
            "is_finished": True,
            "business_seconds": int(hours * 1800),
        }
        for measure, hours in (("acknowledge", acknowledged), ("resolve", resolved))
        if hours is not None
    ]


def _escalation(number: int) -> Row:
    asked_at = STORIES[number][0] + 4 * HOUR
    is_answered = number == 5
    answered_at = asked_at + 2 * HOUR if is_answered else None
    nudged_at = asked_at + 1.5 * HOUR if is_answered else None
    waited = 2 * HOUR if is_answered else THROUGH - asked_at
    return {
        "escalation_id": f"e{number}",
        "incident_id": number,
        "escalation_type": "supplier",
        "from_team": "shipping",
        "asked_at": asked_at,
        "answered_at": answered_at,
        "is_answered": is_answered,
        "seconds_waited": waited.total_seconds(),
        "nudges_count": int(is_answered),
        "last_nudged_at": nudged_at,
        "seconds_waited_after_nudge": 1800.0 if is_answered else None,
    }


def _clock(number: int) -> Row:
    opened_at, _, resolved, _ = STORIES[number]
    is_missed = resolved is None or resolved > 8
    if number == 7:
        is_missed = False
    return {
        "incident_id": number,
        "team": "shipping",
        "opened_at": opened_at,
        "target": "resolve",
        "outcome": "running" if number == 7 else "missed" if is_missed else "met",
        "stopped_at": resolved_at(number),
        "missed_by_s": 3600 if is_missed else None,
        "cause": "queue" if is_missed else None,
    }


def _work(number: int, minutes: float) -> Row:
    return {
        "incident_id": number,
        "team": "shipping",
        "worked_at": STORIES[number][0] + HOUR,
        "minutes": minutes,
        "cost": minutes,
        "currency": "EUR",
    }


def _incident_work(number: int) -> Row:
    minutes = 20.0 if number in (1, 2, 3, 5) else None
    return {
        "incident_id": number,
        "team": "shipping",
        "touch_minutes": minutes,
        "recorded_cost": minutes,
        "estimated_minutes": 20.0,
        "estimated_cost": 20.0,
    }


def _way(number: int) -> list[str]:
    special = STORIES[number][3]
    if STORIES[number][2] is None:
        return ["opened", "taken"]
    if special == "cleared":
        return ["opened", "cleared_by_itself"]
    again = ["reopened", "resolved"] if special == "reopened" else []
    return ["opened", "taken", "resolved", *again]


def _activities(number: int) -> list[Row]:
    way = _way(number)
    last = "still_open" if STORIES[number][2] is None else "end"
    return [
        {
            "incident_id": number,
            "place": place,
            "activity": activity,
            "next_activity": following,
            "seconds_to_next": None if following == "end" else 1800.0 * place,
            "is_while_open": activity not in ("resolved", "cleared_by_itself"),
        }
        for place, (activity, following) in enumerate(
            zip(way, [*way[1:], last], strict=True), start=1
        )
    ]


def _path(number: int) -> Row:
    is_ended = STORIES[number][2] is not None
    path = " > ".join(_way(number) + ([] if is_ended else ["still_open"]))
    return {
        "incident_id": number,
        "path_id": path,
        "path": path,
        "is_ended": is_ended,
        "seconds": 1800.0,
    }
