"""`opsloop explain`."""

from __future__ import annotations

from dataclasses import asdict

import click

from opsloop.cli.output import Column, clean, print_json, print_table, print_text, when
from opsloop.cli.session import Number, Session, json_option
from opsloop.errors import OpsloopError


@click.command()
@click.argument("number", type=Number())
@json_option
def explain(number: int, as_json: bool) -> None:
    """Say which rule did what to incident NUMBER, and why."""
    from opsloop.service.explaining import reasons

    session = Session()
    with session.store() as store:
        detail = store.detail(number, events_limit=0)
    try:
        monitor = session.project.by_id().get(detail.incident.monitor_id or "")
    except OpsloopError:  # the project's manifest may be missing; the log says enough
        monitor = None
    found = reasons(detail, session.config, monitor)
    if as_json:
        print_json([asdict(reason) for reason in found])
        return
    print_text(f"#{number}  {clean(detail.title, None)}\n")
    print_table(
        (Column("when (UTC)"), Column("what"), Column("rule"), Column("why", is_flexible=True)),
        ((when(one.at), one.action.replace("_", " "), one.rule, one.why) for one in found),
    )
