"""Business time in SQL: equal to opsloop/calendars.py to the second, on both engines."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from opsloop.calendars import ALWAYS, Calendar, OutsideHorizon, Rules, Slot

from .conftest import NewWarehouse
from .warehouse import Row, Warehouse

MACRO = Path(__file__).parents[2] / "macros" / "expressions" / "business_time.sql"
FIRST, LAST = date(2025, 1, 1), date(2027, 12, 31)
LUNCH = ((Slot(480, 720), Slot(780, 1020)),) * 5 + ((),) * 2
NIGHTS = ((Slot(0, 135), Slot(1200, 1440)),) * 7
CALENDARS = {
    (version, name): Calendar.from_rules(name, Rules(zone, week, closed), FIRST, LAST)
    for version, name, zone, week, closed in [
        (1, "office", "America/New_York", LUNCH, frozenset({date(2026, 7, 3)})),
        (2, "office", "Europe/Rome", LUNCH, frozenset[date]()),
        (1, "nights", "Australia/Lord_Howe", NIGHTS, frozenset[date]()),
        (1, "whole", "Africa/Casablanca", ((Slot(0, 1440),),) * 7, frozenset[date]()),
        (1, "never", "UTC", ((),) * 7, frozenset[date]()),
    ]
} | {(1, "always"): ALWAYS}
TABLES = """
create table calendar_intervals (
    calendar_version bigint, calendar text, starts_at timestamp, ends_at timestamp,
    open_before_s bigint
);
create table spans (
    span_id bigint, calendar_version bigint, calendar text, opened_at timestamp,
    resolved_at timestamp
)
"""


@pytest.fixture(scope="module")
def warehouse(new_warehouse: NewWarehouse) -> Warehouse:
    """Return a warehouse with the calendars' intervals and no spans."""
    warehouse = new_warehouse()
    rows = [
        (version, name, row.starts_at, row.ends_at, row.open_before_s)
        for (version, name), calendar in CALENDARS.items()
        for row in calendar.intervals
    ]
    random.Random(1).shuffle(rows)  # the macro does not lean on the table's order
    warehouse.execute([*TABLES.split(";"), inserted("calendar_intervals", rows)])
    return warehouse


def rendered(engine: str, **arguments: str) -> str:
    """Return the macro's SQL; `return` and `dispatch` do here what dbt's do."""
    chosen = {"duckdb": "duckdb__", "postgres": "default__"}[engine]
    adapter = SimpleNamespace(dispatch=lambda name, _: getattr(template.module, chosen + name))
    environment = jinja2.Environment()
    environment.globals.update({"return": lambda value: value, "adapter": adapter})
    template = environment.from_string(MACRO.read_text(encoding="utf-8"))
    return str(template.module.business_seconds(**arguments))  # type: ignore[attr-defined]


def inserted(table: str, rows: Sequence[Sequence[Any]]) -> str:
    """Return the statement that inserts rows."""
    return f"insert into {table} values " + ", ".join(
        f"({', '.join(literal(value) for value in row)})" for row in rows
    )


def literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"cast('{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}' as timestamp)"
    return f"'{value}'" if isinstance(value, str) else str(value)


def business_seconds(warehouse: Warehouse, spans: Sequence[Sequence[Any]]) -> list[int | None]:
    """Return what the macro says of spans: (version, calendar, from, to)."""
    numbered = [(number, *span) for number, span in enumerate(spans)]
    warehouse.execute(["delete from spans", inserted("spans", numbered)])
    rows = measured(warehouse)
    assert [row["span_id"] for row in rows] == list(range(len(spans)))
    return [row["business_seconds"] for row in rows]


def measured(warehouse: Warehouse) -> list[Row]:
    sql = rendered(
        warehouse.engine,
        spans="spans",
        calendars="calendar_intervals",
        starts_at="opened_at",
        ends_at="resolved_at",
    )
    return warehouse.rows(f"with timed as ({sql}) select * from timed order by span_id")


def expected(version: int, name: str, earlier: datetime, later: datetime) -> int | None:
    calendar = CALENDARS[version, name]
    try:
        return calendar.elapsed(earlier, later)
    except OutsideHorizon:
        return None


def random_moments(count: int) -> Iterator[datetime]:
    """Yield moments with fractions of a second: most anywhere, many where intervals touch."""
    chance = random.Random(20_261_122)
    edges = [edge for one in CALENDARS.values() for row in one.intervals for edge in row[:2]]
    edges = [edge for edge in edges if 2024 < edge.year < 2029]
    for _ in range(count):
        moment = datetime(2024, 12, 25, tzinfo=UTC) + chance.random() * timedelta(days=1110)
        if chance.random() < 0.5:
            moment = chance.choice(edges) + timedelta(seconds=chance.choice([-1, 0, 0, 1]))
        yield moment + timedelta(microseconds=chance.choice([0, 0, 1, 500_000, 999_999]))


def test_sql_and_python_agree_to_the_second_at_random_moments(warehouse: Warehouse) -> None:
    moments = random_moments(20_000)
    names = list(CALENDARS)
    spans = [
        (*names[number % len(names)], earlier, later)
        for number, (earlier, later) in enumerate(zip(moments, moments, strict=True))
    ]
    answers = business_seconds(warehouse, spans)
    assert answers == [expected(*span) for span in spans]
    assert None in answers, "some moments lie beyond the horizon"
    assert sum(answer is not None for answer in answers) > 9_000


def test_what_is_unknown_is_null(warehouse: Warehouse) -> None:
    start, end = CALENDARS[1, "office"].starts_at, CALENDARS[1, "office"].ends_at
    inside, second = datetime(2026, 7, 1, 15, tzinfo=UTC), timedelta(seconds=1)
    spans = [
        (1, "office", inside, None),
        (1, "office", None, inside),
        (1, "office", start - second, inside),
        (1, "office", inside, end + second),
        (1, "missing", inside, inside),
        (3, "office", inside, inside),
        (None, None, inside, inside),
        (1, "office", start, end),
        (1, "office", start, end + second - timedelta(microseconds=1)),
    ]
    whole = CALENDARS[1, "office"].elapsed(start, end)
    assert business_seconds(warehouse, spans) == [None] * 7 + [whole, whole]


def test_all_columns_of_the_spans_are_kept(warehouse: Warehouse) -> None:
    opened, resolved = datetime(2026, 7, 10, 20, 30), datetime(2026, 7, 13, 13)  # noqa: DTZ001
    span = (1, "office", opened.replace(tzinfo=UTC), resolved.replace(tzinfo=UTC))
    assert business_seconds(warehouse, [span]) == [5400]
    assert measured(warehouse) == [
        {
            "span_id": 0,
            "calendar_version": 1,
            "calendar": "office",
            "opened_at": opened,
            "resolved_at": resolved,
            "business_seconds": 5400,
        }
    ]


def test_the_intervals_need_no_index_and_no_order(warehouse: Warehouse) -> None:
    """A lookup that scanned the calendar for each row would take minutes for these rows."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [
        (1, "office", start + timedelta(minutes=n), start + timedelta(minutes=2 * n))
        for n in range(50_000)
    ]
    assert business_seconds(warehouse, spans)[-1] == expected(*spans[-1])
