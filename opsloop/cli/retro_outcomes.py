"""`opsloop retro quality`: what came back, changed hands, was false, or was found by people."""

from __future__ import annotations

from datetime import date

import click

from opsloop.cli.output import Column, print_json, print_pairs, print_table, print_text, span
from opsloop.cli.retro_part import chosen, of_a_part, of_a_period, period_of, published
from opsloop.cli.session import json_option
from opsloop.service.figures import outcomes
from opsloop.service.figures.parts import Row


@click.command()
@of_a_part
@of_a_period
@json_option
def quality(since: date | None, until: date | None, as_json: bool, **named: str | None) -> None:
    """Print what came back, changed hands, was false, was missed, and how soon it was detected.

    Of what was opened, moved and ended in the period, times to detect of what was opened in it. Of
    a monitor, what is false is among what ended, and the rest is of what was opened; "in a row" is
    how many of its reviews last said false alarm, and the longest such run, of all time. People and
    teams are counted, never named. What nothing is known of is left out.
    """
    copy = published()
    part = chosen(copy, **named)
    period = period_of(since, until)
    figures = outcomes.total(copy, part, period)
    detection = outcomes.detection(copy, part, period)
    monitors = outcomes.monitors(copy, part, period)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "dimension": part.dimension,
                "dimension_value": part.value,
                "from": period.since,
                "to": period.until,
                "figures": figures,
                "weeks": outcomes.weekly(copy, part, period),
                "detection": detection,
                "monitors": monitors,
            }
        )
        return
    print_pairs(_summary(figures))
    if detection:
        print_text("")
        print_table(_DETECTION, (_detected(row) for row in detection))
    if monitors:
        print_text("")
        print_table(_MONITORS, (_monitor(row) for row in monitors))


def _summary(row: Row) -> tuple[tuple[str, object], ...]:
    found_by_people = row["found_by_staff"] + row["found_by_customer"]
    several = row["ended_by_several_people"]
    acted = row["ended_by_nobody"] + row["ended_by_one_person"] + several
    again, reviewed = row["again_within_14_days"], row["confirmed"] + row["false_alarms"]
    returned = f"{row['reassignments']}, {row['ping_pongs']} of them back again"
    return (
        ("opened", row["opened"]),
        ("found by people", _of(found_by_people, found_by_people + row["found_by_monitor"])),
        ("same entity within 14 d", _of(again, row["opened_with_entity"])),
        ("reopened", row["reopened"]),
        ("reassigned", returned),
        ("ended", row["ended"]),
        ("false alarms", _of(row["false_alarms"], reviewed)),
        ("duplicates", _of(row["duplicates"], row["ended"])),
        ("accepted", _of(row["accepted"], row["ended"])),
        ("by several people", _of(several, acted)),
        ("by several teams", _of(row["ended_by_several_teams"], acted)),
    )


def _of(part: int, known: int) -> str | None:
    """Return a part of what is known of it; nothing known is left out, not zero."""
    return f"{part} of {known}" if known else None


_DETECTION = (
    Column("found by"),
    *(Column(name, is_number=True) for name in ("incidents", "median", "85 %", "longest")),
)


def _detected(row: Row) -> tuple[object, ...]:
    times = (span(row[f"{name}_seconds"]) for name in ("median", "p85", "longest"))
    return row["found_by"], row["incidents"], *times


_MONITORS = (
    Column("monitor", is_flexible=True),
    *(Column(name, is_number=True) for name in ("incidents", "false", "in a row", "untouched")),
    *(Column(name, is_number=True) for name in ("reopened", "reassigned", "escalated")),
)


def _monitor(row: Row) -> tuple[object, ...]:
    return (
        row["monitor_id"],
        row["incidents"],
        f"{row['false_alarms']} of {row['reviewed']}",
        f"{row['present_false_streak']}, longest {row['longest_false_streak']}",
        row["untouched"],
        row["reopened_incidents"],
        row["reassigned_incidents"],
        row["escalated_incidents"],
    )
