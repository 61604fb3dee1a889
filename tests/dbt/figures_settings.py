"""What the random log's newer figures go by: the monitors' runs and the teams' members."""

from __future__ import annotations

from datetime import timedelta

from .retro_log import AS_OF, START, Row

# desk and night are no single persons; tech is, and lab, which has no incidents, with it is none
MEMBERS = {
    "desk": ("ada", "bob", "joe", "liv", "max"),
    "night": ("eve", "ned", "oda", "pia", "rex"),
    "tech": ("kim", "tom"),
    "lab": ("uma", "val", "wim"),
}
# what a random log can reach: in it nothing ever ends the same way nine times of ten
THRESHOLDS = {
    "automate_share": 0.45,
    "tune_precision": 0.9,
    "merge_share": 0.15,
    "source_share": 0.08,
    "source_incidents": 5,
    "overload_share": 0.11,
    "free_share": 0.1,
    "free_growth": 1.0,
    "load_coverage": 0.3,
}
STATUSES = ("ok", "ok", "ok", "held", "ok", "error")


def members() -> list[Row]:
    """Return the roster as the warehouse has it."""
    return [{"team": team, "person": one} for team, people in MEMBERS.items() for one in people]


def runs() -> list[Row]:
    """Return two runs a day of each monitor, some held or failed, one of them yet to come."""
    days = (AS_OF - START).days
    return [
        {
            "monitor_id": f"mon_{monitor}",
            "run_number": number + 1,
            "as_of": START + timedelta(hours=12 * number),
            "status": STATUSES[(number + monitor) % len(STATUSES)],
            "population": None if monitor == 3 else 100 * (monitor + 1) + number,
            "appeared": (number * (monitor + 2)) % 5,
        }
        for monitor in range(4)
        for number in range(2 * days + 4)
    ]
