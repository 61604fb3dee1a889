"""Taking back what a transaction of people decided: a new batch that names the one it reverses."""

from __future__ import annotations

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.service.keys import release_keys, take_keys_back
from opsloop.store import queries
from opsloop.store.batch import Batch
from opsloop.types import Actor, Incident, LogRow


def undo(batch: Batch, batch_id: str, actor: Actor) -> list[Incident]:
    """Record the rows that reverse a batch, one per incident; returns the incidents after them."""
    rows = queries.rows_of_batch(batch.connection, batch_id)
    if not rows:
        raise NotFound(
            f"There is no action {batch_id} of a person to undo.",
            "`opsloop incidents show` names each action's batch.",
        )
    first: dict[int, LogRow] = {}
    for row in rows:
        if row.action not in lifecycle.UNDOABLE:
            what = row.action.replace("_", " ")
            raise Refused(
                f"What was {what} on incident {row.incident_id} cannot be undone.",
                "Correct it with a new action.",
            )
        first.setdefault(row.incident_id, row)
    last = {row.incident_id: row for row in rows}
    return [_undo_one(batch, row, last[row.incident_id], actor) for row in first.values()]


def _undo_one(batch: Batch, row: LogRow, last: LogRow, actor: Actor) -> Incident:
    number = row.incident_id
    incident = queries.incident(batch.connection, number)
    if incident.decision_version != last.decision_version:
        raise Refused(
            f"Incident {number} was decided about after that: {incident.state} by now.",
            "Undo the later decision first, or decide anew.",
        )
    before = queries.incident_at(batch.connection, number, row.version - 1)
    left = queries.incident_at(batch.connection, number, last.version)
    change = lifecycle.undo(incident, before, row.batch_id, batch.now, left=left)
    after = batch.record(incident, change, actor)
    if before.state.is_open and not incident.state.is_open:
        take_keys_back(batch, after)
    elif incident.state.is_open and not before.state.is_open:
        release_keys(batch, after)
    return after
