"""Names that people type, checked against those that exist, without loading more than needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from opsloop.errors import OpsloopError
from opsloop.types import QueueFilter
from opsloop.words import did_you_mean

if TYPE_CHECKING:
    from opsloop.cli.session import Session
    from opsloop.store import Store

_EVERY_STATE = QueueFilter(states=None)


def known_team(session: Session, store: Store, name: str | None) -> str | None:
    """Return the team; a usage error for one that neither the queue nor the settings know."""
    if name is None:
        return None
    seen = store.counts(_EVERY_STATE, by="team")
    if name not in seen and name not in session.config.teams:
        raise _unknown("team", name, [*session.config.teams, *seen])
    return name


def known_monitor(session: Session, store: Store, name: str | None) -> str | None:
    """Return the id of the monitor with this id or model name; a usage error if there is none."""
    if name is None:
        return None
    seen = store.counts(_EVERY_STATE, by="monitor_id")
    if name in seen:
        return name
    try:
        project = session.project
    except OpsloopError:  # without a manifest the queue is all that is known
        raise _unknown("monitor", name, seen) from None
    for monitor in project.monitors:
        if name in (monitor.id, monitor.name):
            return monitor.id
    raise _unknown("monitor", name, [*(monitor.name for monitor in project.monitors), *seen])


def _unknown(what: str, name: str, known: Iterable[str | None]) -> click.UsageError:
    names = sorted({one for one in known if one})
    choices = f" Known: {', '.join(names)}." if names else " There are none yet."
    return click.UsageError(f"There is no {what} '{name}'.{did_you_mean(name, names)}{choices}")
