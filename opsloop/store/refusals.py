"""What people were not let do: kept beside the log, append-only, and read by nobody's rule."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.tables import refusals
from opsloop.types import Actor, ActorKind, Refusal, RefusalReason

LONGEST_MESSAGE = 1_000  # characters; a message may quote what somebody pasted


def keep(connection: sa.Connection, refusal: Refusal) -> None:
    """Write down what somebody was not let do."""
    values = {
        "refused_at": refusal.refused_at,
        "actor_id": _plain(refusal.actor.id),
        "via": refusal.actor.via,
        "deed": refusal.deed,
        "incident_id": refusal.incident_id,
        "reason": refusal.reason,
        "needs": refusal.needs,
        "message": _plain(refusal.message),
    }
    connection.execute(sa.insert(refusals).values(values))


def latest(
    connection: sa.Connection,
    *,
    incident_id: int | None = None,
    person: str | None = None,
    limit: int,
) -> list[Refusal]:
    """Return what was refused, the newest first.

    Args:
        incident_id: of that incident alone; None = of all and of none.
        person: to that person alone.
    """
    conditions = []
    if incident_id is not None:
        conditions.append(refusals.c.incident_id == incident_id)
    if person is not None:
        conditions.append(refusals.c.actor_id == person)
    statement = (
        sa.select(refusals).where(*conditions).order_by(refusals.c.refusal_id.desc()).limit(limit)
    )
    return [_refusal_of(row) for row in connection.execute(statement)]


def _refusal_of(row: sa.Row[tuple[object, ...]]) -> Refusal:
    return Refusal(
        refused_at=row.refused_at,
        actor=Actor(ActorKind.PERSON, row.actor_id, row.via),
        deed=row.deed,
        reason=RefusalReason(row.reason),
        message=row.message,
        incident_id=row.incident_id,
        needs=row.needs,
    )


def _plain(text: str) -> str:
    # Postgres keeps no NUL
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
