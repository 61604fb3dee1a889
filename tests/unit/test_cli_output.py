"""What commands print: text from outside stays text, times are UTC, JSON is JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from opsloop.cli import output
from opsloop.cli.output import (
    Column,
    amount,
    clean,
    iso,
    plain_data,
    print_json,
    print_table,
    span,
    when,
)
from opsloop.types import State

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("two\n lines\tand  tabs", "two lines and tabs"),
        ("\x1b[31mred\x1b[0m", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}[0m"),
        ("a\u202eb", "a\N{REPLACEMENT CHARACTER}b"),
        ("\x9b2J", "\N{REPLACEMENT CHARACTER}2J"),
        ("lone \ud800", "lone \N{REPLACEMENT CHARACTER}"),
        ("👩\u200d✈️ né 日本", "👩\u200d✈️ né 日本"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_cuts_and_can_keep_lines() -> None:
    assert clean("x" * 10_000, 20) == "x" * 19 + "…"
    assert clean("a\nb", None, keep_lines=True) == "a\nb"


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through(text: str) -> None:
    assert not set(clean(text, None)) & set("\x1b\x07\x08\x9b\r\u202e")


@pytest.mark.parametrize(("seconds", "expected"), [(None, None), (90_000, "1 d 1 h")])
def test_what_is_not_known_is_left_empty(seconds: float | None, expected: str | None) -> None:
    assert span(seconds) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "EUR", None),
        (1234.4, "EUR", "1,234 EUR"),
        (2.0, None, "2"),
        (2.25, "hours", "2.2 hours"),
    ],
)
def test_amount(value: float | None, unit: str | None, expected: str | None) -> None:
    assert amount(value, unit) == expected


def test_times_are_utc_whatever_their_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    assert iso(MOMENT) == iso(MOMENT.astimezone(berlin)) == "2026-03-01T09:30:00Z"
    assert iso(MOMENT.replace(tzinfo=None)) == "2026-03-01T09:30:00Z"
    assert when(MOMENT.astimezone(berlin)) == "2026-03-01 09:30"
    assert when(None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("1.5"), 1.5),
        (State.NEW, "new"),
        (timedelta(minutes=2), 120.0),
        ({"at": MOMENT, 1: (State.NEW,)}, {"at": "2026-03-01T09:30:00Z", "1": ["new"]}),
    ],
)
def test_plain_data(value: Any, expected: Any) -> None:
    assert plain_data(value) == expected


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "né \x1b[31m", "share": float("nan")})
    assert json.loads(capsys.readouterr().out) == {"title": "né \x1b[31m", "share": None}


def test_a_narrow_table_cuts_the_flexible_column_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PIPED_WIDTH", 40)
    columns = (Column("state"), Column("title", is_flexible=True), Column("team"))
    print_table(columns, [("active", "日本" * 30, "maintainers"), ("new", "x", None)])
    lines = capsys.readouterr().out.splitlines()
    assert all(cell_len(line) <= 40 for line in lines)
    assert [line.rstrip() for line in lines] == [
        "state   title                team",
        "active  日本日本日本日本日…  maintainers",
        "new     x",
    ]


def test_a_piped_table_wraps_nothing_and_reads_no_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [(1, "[red]late[/red] " + "x" * 120), (22, None)]
    print_table((Column("#", is_number=True), Column("title", is_flexible=True)), rows)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [" #  title", f" 1  [red]late[/red] {'x' * 120}", "22"]
