"""`opsloop retro weekly` and `opsloop retro service-levels`: figures week by week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, span
from opsloop.cli.retro_part import chosen, of_a_part, published
from opsloop.cli.session import json_option
from opsloop.service.figures import flow
from opsloop.service.figures import service_levels as levels
from opsloop.service.figures.parts import Part, Row
from opsloop.service.figures.windows import doubt

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


@click.command()
@of_a_part
@json_option
def weekly(as_json: bool, **named: str | None) -> None:
    """Print arrivals, completions and backlog of each ISO week; every line adds up."""
    copy = published()
    part = chosen(copy, **named)
    rows = flow.weekly(copy, part)
    reason = doubt(copy, part)
    if as_json:
        print_json(_document(copy, part, rows) | {"doubt": reason})
        return
    if reason:
        print_text(f"Do not believe arrivals and backlog: {reason}\n")
    print_table(
        (
            Column("week"),
            *(Column(name, is_number=True) for name in ("before", "arrivals")),
            *(Column(name, is_number=True) for name in ("completions", "after", "by itself")),
        ),
        (
            (
                _week(row),
                row["backlog_start"],
                row["arrivals"],
                row["completions"],
                row["backlog_end"],
                row["self_resolved"],
            )
            for row in rows
        ),
    )
    print_text("\nbefore + arrivals - completions = after")


@click.command(name="service-levels")
@of_a_part
@json_option
def service_levels(as_json: bool, **named: str | None) -> None:
    """Print how targets were kept, by the week in which incidents were opened.

    "kept" is met of those that are decided; open and overdue is missed, open and not due is
    running. "by" is the median of what the missed ones took too long, in business time.
    """
    copy = published()
    part = chosen(copy, **named)
    rows = levels.weekly(copy, part)
    if as_json:
        print_json(_document(copy, part, rows))
        return
    if not rows:
        print_text("No incident here had a service level.")
        return
    print_table(
        (
            Column("target"),
            Column("week"),
            *(Column(name, is_number=True) for name in ("kept", "running", "by")),
            Column("most of the time went to", is_flexible=True),
        ),
        (
            (
                row["target"],
                _week(row),
                f"{row['met']} of {row['met'] + row['missed']}",
                row["running"],
                span(row["median_missed_by_seconds"]),
                _causes(row),
            )
            for row in rows
        ),
    )


def _document(copy: ServingCopy, part: Part, rows: Iterable[Row]) -> dict[str, Any]:
    return {
        "data_through": copy.published.data_through,
        "dimension": part.dimension,
        "dimension_value": part.value,
        "weeks": list(rows),
    }


def _week(row: Row) -> str:
    if row.get("is_within_window") is False:
        return f"{row['iso_week']} not whole"
    return str(row["iso_week"]) if row["is_complete"] else f"{row['iso_week']} so far"


def _causes(row: Row) -> str:
    causes = {
        "nobody had taken it": row["missed_by_queue"],
        "between owners": row["missed_by_hand_over"],
        "waiting for others": row["missed_by_waiting"],
        "the work itself": row["missed_by_work"],
    }
    found = sorted(((count, cause) for cause, count in causes.items() if count), reverse=True)
    return ", ".join(f"{cause} ({count})" for count, cause in found)
