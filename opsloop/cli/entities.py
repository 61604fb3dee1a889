"""`opsloop entities history`: what ever happened to one entity, across all monitors."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.known import known_monitor
from opsloop.cli.output import Column, clean, print_json, print_pairs, print_table, print_text, when
from opsloop.cli.session import Session, json_option
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.service.entities import EntitySummary
    from opsloop.store.history import EventStep, Happening, MuteStep
    from opsloop.suppression import Hold, Mute
    from opsloop.types import LogRow

TABLE_LIMIT = 100


@click.group()
def entities() -> None:
    """Look at what monitors are about: an order, a machine, a customer."""


@entities.command(name="history")
@click.argument("entity")
@click.option("--monitor", help="Only what this monitor found, and the incidents of that.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"At most so many, the newest; else {TABLE_LIMIT} in a table, all as JSON.",
)
@json_option
def show_history(entity: str, monitor: str | None, limit: int | None, as_json: bool) -> None:
    """Show everything that ever happened to ENTITY: events, incidents, mutes, what people did."""
    from opsloop.service.entities import history_of, summary_of

    session = Session()
    most = limit or (None if as_json else TABLE_LIMIT)
    with session.store() as store:
        monitor_id = known_monitor(session, store, monitor)
        summary = summary_of(store, entity, monitor_id)
        with history_of(store, entity, monitor_id, newest_first=True) as newest:
            shown = list(islice(newest, most))[::-1]
            has_more = next(newest, None) is not None
    if as_json:
        print_json({**_summary_record(summary), "history": [_record(one) for one in shown]})
        return
    _print(summary, shown)
    if has_more:
        print_text(f"\nThe newest {len(shown)}; --limit shows more.")


def _summary_record(summary: EntitySummary) -> dict[str, Any]:
    return {
        "entity_id": summary.entity_id,
        "seen": summary.seen,
        "firing": summary.firing,
        "held_back": summary.held_back,
        "incidents": summary.incidents,
        "incidents_open": summary.incidents_open,
        "repeats": summary.repeats,
        "first_at": summary.first_at,
        "last_at": summary.last_at,
        "by_monitor": [
            {
                "monitor": part.monitor_id,
                "seen": part.seen,
                "firing": part.firing,
                "held_back": part.held_back,
            }
            for part in summary.by_monitor
        ],
    }


def _record(one: Happening) -> dict[str, Any]:
    from opsloop.store.history import EventStep
    from opsloop.types import LogRow

    if isinstance(one, EventStep):
        return _event_record(one)
    if isinstance(one, LogRow):
        return _row_record(one)
    return _mute_record(one)


def _event_record(step: EventStep) -> dict[str, Any]:
    return {
        "kind": "event",
        "at": step.at,
        "what": step.change,
        "number": step.incident_id,
        "monitor": step.monitor_id,
        "event_id": step.event_id,
        "disposition": step.disposition,
        "severity": step.severity,
        "impact": step.impact,
        "cleared_reason": step.cleared_reason,
        "held_by": [hold_record(hold) for hold in step.holds],
    }


def _row_record(row: LogRow) -> dict[str, Any]:
    from opsloop.cli.incident_views import log_record

    return {
        "kind": "incident",
        "at": row.effective_at,
        "what": row.action,
        "number": row.incident_id,
        **log_record(row),
    }


def _mute_record(step: MuteStep) -> dict[str, Any]:
    mute = step.mute
    return {
        "kind": "mute",
        "at": step.at,
        "what": "mute_ended" if step.is_end else "muted",
        "mute_id": mute.mute_id,
        "monitor": mute.monitor_id,
        "actor": mute.ended_by if step.is_end else mute.created_by,
        "ends_at": mute.ends_at,
        "reason": mute.reason,
    }


def hold_record(hold: Hold, mute: Mute | None = None) -> dict[str, Any]:
    """Return what holds an event back as JSON names its parts."""
    return {
        "disposition": hold.disposition,
        "by": hold.by,
        "until": mute.ends_at if mute else hold.until,
    }


def _print(summary: EntitySummary, shown: list[Happening]) -> None:
    print_text(f"{clean(summary.entity_id, None)}\n")
    held = f", {summary.held_back} held back" if summary.held_back else ""
    print_pairs(
        [
            ("seen", f"{counted(summary.seen, 'time')}: {_by_monitor(summary)}"),
            ("now", f"{summary.firing} firing{held}"),
            ("incidents", f"{summary.incidents}, {summary.incidents_open} open"),
            ("came back", f"{counted(summary.repeats, 'time')} within 7 days of an end"),
            ("first", f"{when(summary.first_at)} UTC"),
            ("last", f"{when(summary.last_at)} UTC"),
        ]
    )
    print_text("")
    print_table(
        (
            Column("at (UTC)"),
            Column("#", is_number=True),
            Column("who"),
            Column("what"),
            Column("more", is_flexible=True),
        ),
        (_line(_record(one)) for one in shown),
    )


def _by_monitor(summary: EntitySummary) -> str:
    parts = (f"{part.monitor_id} {part.seen}" for part in summary.by_monitor)
    return clean(", ".join(parts)) or "by no monitor"


def _line(record: dict[str, Any]) -> tuple[object, ...]:
    return (
        when(record["at"]),
        record.get("number"),
        record.get("actor") or record.get("monitor"),
        str(record["what"]).replace("_", " "),
        _more(record),
    )


def _more(record: dict[str, Any]) -> str:
    """Return what else is to know of a line, in words."""
    if record["kind"] == "mute":
        return f"until {when(record['ends_at'])}: {record['reason']}"
    if record["kind"] == "incident":
        known = ("state", "team", "assignee", "priority", "resolution_code")
        changes = (str(record["changes"][name]) for name in known if name in record["changes"])
        return "; ".join(filter(None, (", ".join(changes), record["text"])))
    held = ", ".join(f"{one['disposition']} by {one['by']}" for one in record["held_by"])
    numbers = (record["severity"], record["impact"] and f"impact {record['impact']:g}")
    return "; ".join(str(part) for part in (*numbers, held) if part)
