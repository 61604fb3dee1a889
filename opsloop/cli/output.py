"""What commands print: one JSON document, or text and tables for people.

Titles, comments and evidence come from outside: they are shown as text, never as markup, and
cannot steer the terminal.
"""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import click

from opsloop import words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PIPED_WIDTH = 1_000  # nothing is cut; lines are as long as their content
MAX_CELL = 160
GAP = 2  # between columns
LEAST_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. The flexible one gives way when the terminal is narrow."""

    name: str
    is_flexible: bool = False
    is_number: bool = False


def print_json(data: Any) -> None:
    """Print one JSON document: times in ISO 8601 with Z, no NaN."""
    click.echo(_as_json(data, indent=2))


def print_json_line(data: Any) -> None:
    """Print one JSON document on a line of its own, at once."""
    click.echo(_as_json(data, indent=None))
    sys.stdout.flush()


def _as_json(data: Any, indent: int | None) -> str:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return json.dumps(
        plain_data(data), indent=indent, allow_nan=False, ensure_ascii=encoding != "utf8"
    )


def plain_data(value: Any) -> Any:
    """Return a value as JSON can say it."""
    match value:
        case dict():
            return {str(key): plain_data(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_data(inner) for inner in value]
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return plain_data(float(value))
        case float() if not math.isfinite(value):
            return None
        case str():
            return str(value)  # a word of a list of words too
        case _:
            return value


def iso(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC: `2026-03-01T09:00:00Z`."""
    return _utc(moment).isoformat().replace("+00:00", "Z")


def _utc(moment: datetime) -> datetime:
    # the warehouse's times have no zone and are UTC
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def clean(text: object, limit: int | None = MAX_CELL, *, keep_lines: bool = False) -> str:
    """Return a text without what could steer a terminal, on one line, cut at `limit`."""
    shown = str(text) if keep_lines else " ".join(str(text).split())
    shown = "".join(
        letter if _is_harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in shown
    )
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def _is_harmless(letter: str) -> bool:
    # control, format (writing direction) and surrogate characters; a joiner makes one emoji of two
    return letter in "\n\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")


def console(*, to_stderr: bool = False) -> Console:
    """Return where to print for people: as wide as the terminal; wide when piped."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns' names; None is left empty."""
    where = console()
    where.print(table_of(columns, rows, where.width))


def table_of(columns: Sequence[Column], rows: Iterable[Sequence[object]], width: int) -> Table:
    """Return rows under their columns' names, at most `width` cells wide if that can be."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    cells = [["" if value is None else clean(value) for value in row] for row in rows]
    widths = [
        max([cell_len(column.name), *(cell_len(row[place]) for row in cells)])
        for place, column in enumerate(columns)
    ]
    missing = sum(widths) + GAP * (len(columns) - 1) - width
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for column, needed in zip(columns, widths, strict=True):
        given = needed
        if column.is_flexible and missing > 0:
            given = max(LEAST_WIDTH, needed - missing)
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        table.add_column(
            column.name, width=given, no_wrap=True, overflow="ellipsis", justify=justify
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table


def print_text(text: str) -> None:
    """Print text that is ours, or clean; the terminal wraps it."""
    click.echo(text)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, aligned; None is left out."""
    shown = [(name, value) for name, value in pairs if value is not None]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        print_text(f"{name:<{width}}  {clean(value, None)}")


def when(moment: datetime | None) -> str | None:
    """Return a moment for people, to the minute, in UTC."""
    return None if moment is None else _utc(moment).strftime("%Y-%m-%d %H:%M")


def span(seconds: float | None) -> str | None:
    """Return a length of time as all that is for people says it: `3 d 4 h`."""
    return None if seconds is None else words.span(seconds)


def amount(value: float | None, unit: str | None) -> str | None:
    """Return an impact for people: `1,234 seats`."""
    if value is None:
        return None
    said = words.amount(value)
    return f"{said} {unit}" if unit else said
