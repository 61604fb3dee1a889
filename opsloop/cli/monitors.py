"""`opsloop monitors list|show|check`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import (
    Column,
    clean,
    print_json,
    print_pairs,
    print_table,
    print_text,
    span,
)
from opsloop.cli.session import Session, json_option
from opsloop.errors import ConfigError, OpsloopError
from opsloop.types import Monitor, QueueFilter
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.faults import Fault


@click.group()
def monitors() -> None:
    """Look at monitors and judge their definitions."""


@monitors.command(name="list")
@json_option
def list_monitors(as_json: bool) -> None:
    """List the monitors and how many open incidents each has."""
    session = Session()
    project = _project(session)
    open_incidents = _open_incidents(session)
    faulty = {*project.broken.values(), *_faulty(session)}
    if as_json:
        print_json(
            [
                {**_record(monitor, open_incidents), "is_faulty": monitor.name in faulty}
                for monitor in project.monitors
            ]
        )
    else:
        print_table(
            (
                Column("monitor"),
                Column("kind"),
                Column("severity"),
                Column("owner"),
                Column("open", is_number=True),
                Column("what it finds", is_flexible=True),
            ),
            (
                (
                    monitor.name,
                    monitor.kind,
                    monitor.severity,
                    monitor.owner,
                    open_incidents.get(monitor.id, 0),
                    monitor.description,
                )
                for monitor in project.monitors
            ),
        )
    if faulty:
        click.echo(
            f"opsloop: {counted(len(faulty), 'monitor')} cannot be used: "
            f"{', '.join(sorted(faulty))}. Run `opsloop monitors check`.",
            err=True,
        )


@monitors.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the definition of monitor NAME, defaults filled in."""
    session = Session()
    monitor = _project(session).find(name)
    open_incidents = _open_incidents(session)
    if as_json:
        print_json(_record(monitor, open_incidents))
        return
    print_text(f"{monitor.name}  {clean(monitor.description, None)}\n")
    print_pairs((key, _in_words(value)) for key, value in _record(monitor, open_incidents).items())


@monitors.command()
@json_option
def check(as_json: bool) -> None:
    """Judge every definition without running it: all faults at once, each with its remedy."""
    from opsloop.monitor_checks import check_monitors

    session = Session()
    faults = check_monitors(session.paths.project)
    if as_json:
        print_json([fault_record(fault) for fault in faults])
    elif not faults:
        print_text(f"{counted(len(_project(session).monitors), 'monitor')}, no faults.")
    else:
        for fault in faults:
            print_text(clean(fault, None))
    if faults:
        raise ConfigError(f"The definitions have {counted(len(faults), 'fault')}.")


def fault_record(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON names its parts."""
    return asdict(fault)


def _project(session: Session) -> Any:
    from opsloop.manifest import refresh_manifest

    refresh_manifest(session.paths)
    return session.project


def _faulty(session: Session) -> set[str]:
    """Return the names of monitors with a fault that keeps them from running."""
    from opsloop.monitor_checks import check_manifest
    from opsloop.monitors import read_manifest

    paths = session.paths
    faults = check_manifest(read_manifest(paths.manifest), session.config, paths.project)
    return {fault.monitor for fault in faults if fault.monitor and fault.is_blocking}


def _open_incidents(session: Session) -> dict[str | None, int]:
    """Return the open incidents per monitor; none before the store exists."""
    try:
        with session.store() as store:
            return store.counts(QueueFilter(), by="monitor_id")
    except OpsloopError:
        return {}


def _record(monitor: Monitor, open_incidents: dict[str | None, int]) -> dict[str, Any]:
    record = asdict(monitor)
    record["class"] = record.pop("class_")
    relation = record.pop("relation")
    parts = (relation["database"], relation["schema"], relation["identifier"])
    record["table"] = ".".join(part for part in parts if part)
    for key in ("fresh_within", "reopen_within", "verify_within"):
        seconds = record.pop(key)
        record[f"{key}_seconds"] = seconds.total_seconds() if seconds else None
    return {**record, "open_incidents": open_incidents.get(monitor.id, 0)}


def _in_words(value: object) -> object:
    match value:
        case float() if value >= 60:
            return span(value)
        case dict():
            return ", ".join(f"{key}: {inner}" for key, inner in value.items()) or None
        case tuple() | list():
            return ", ".join(map(str, value)) or None
        case _:
            return value if value != "" else None
