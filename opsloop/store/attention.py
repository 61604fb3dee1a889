"""Which open incidents time alone may have brought something about for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from opsloop.store.records import escalation_of
from opsloop.store.tables import (
    IS_FOLLOWED_UP,
    IS_LIVE,
    IS_OPEN,
    IS_SOMEBODYS,
    IS_UNANSWERED,
    RUNS,
    clocks,
    escalations,
    incident_log,
    incidents,
)
from opsloop.types import Action, Escalation


def may_need_it(
    connection: sa.Connection,
    policies: Sequence[str],
    *,
    now: datetime,
    asked_before: datetime,
    silent_since: datetime,
) -> list[int]:
    """Return the open incidents of these service levels that are to be looked at.

    Business time never runs faster than the wall's, so that by the wall too many are returned,
    never too few.

    Args:
        asked_before: a question asked later cannot be due to be asked again.
        silent_since: what a person acted on later cannot be due to be questioned.
    """
    ids = incidents.c.incident_id
    near = sa.select(clocks.c.incident_id).where(RUNS, clocks.c.nearing_at <= now)
    asked = sa.select(escalations.c.incident_id).where(
        IS_UNANSWERED, escalations.c.asked_at <= asked_before
    )
    quiet = sa.select(ids).where(IS_SOMEBODYS, incidents.c.last_act_at <= silent_since)
    waits = sa.select(ids).where(IS_FOLLOWED_UP, incidents.c.follow_up_at <= now)
    statement = (
        sa.select(ids)
        .where(
            IS_OPEN,
            IS_LIVE,
            incidents.c.policy.in_(policies),
            ids.in_(sa.union(near, asked, quiet, waits)),
        )
        .order_by(ids)
    )
    return list(connection.execute(statement).scalars())


def open_since(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """Return when incidents were opened, or last reopened."""
    log = incident_log.c
    statement = (
        sa.select(log.incident_id, sa.func.max(log.effective_at).label("at"))
        .where(log.incident_id.in_(numbers), log.action.in_((Action.OPENED, Action.REOPENED)))
        .group_by(log.incident_id)
    )
    return {row.incident_id: row.at for row in connection.execute(statement)}


def escalations_of(
    connection: sa.Connection, numbers: Sequence[int]
) -> dict[int, list[Escalation]]:
    """Return the escalations of incidents, oldest first."""
    statement = (
        sa.select(escalations)
        .where(escalations.c.incident_id.in_(numbers))
        .order_by(escalations.c.asked_at, escalations.c.escalation_id)
    )
    found: dict[int, list[Escalation]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["incident_id"], []).append(escalation_of(row))
    return found
