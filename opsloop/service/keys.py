"""Who holds the keys of an incident that people end or open again."""

from __future__ import annotations

from opsloop.errors import Refused
from opsloop.store import queries
from opsloop.store.batch import Batch
from opsloop.types import Incident


def release_keys(batch: Batch, incident: Incident) -> None:
    """Let an incident that ended hold nothing any more."""
    batch.release(queries.claimed_by(batch.connection, [incident.incident_id]))


def take_keys_back(batch: Batch, incident: Incident) -> None:
    """Let an incident that is open again hold its keys; refused while another open one has any."""
    others = queries.other_holders(batch.connection, incident.incident_id)
    if others:
        numbers = ", ".join(map(str, sorted(others)))
        raise Refused(
            f"Incident {incident.incident_id} cannot be reopened: incident {numbers} is open for "
            "the same.",
            "Work on that one.",
        )
    for monitor_id, key in queries.free_keys_of(batch.connection, incident.incident_id):
        batch.claim(monitor_id, key, incident.incident_id)
