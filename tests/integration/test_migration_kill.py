"""Killed with SIGKILL while it is upgraded, a store is the old one, whole, and can be upgraded."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsloop.store import Store, schema
from opsloop.store.columns import UtcDateTime
from opsloop.store.engine import Engines
from tests.integration.event_tables import hour
from tests.integration.killing import migrate_and_die, run_in_child

FIRST = schema.REVISIONS[0]
INCIDENTS = 3
_OPENED = """insert into incident_log (log_id, batch_id, incident_id, version, decision_version,
    action, recorded_at, effective_at, actor_kind, actor_id, via, state, team, severity, priority,
    opened_at, is_flood, events_total, events_firing, text_id)
    values (:log_id, 'b', :number, 1, 1, 'opened', :at, :at, 'sync', 'mon', 'sync', 'new', 'care',
    'high', 'P2', :at, false, 0, 0, :text_id)"""
_INCIDENT = """insert into incidents (incident_id, version, decision_version, state, team, severity,
    priority, opened_at, is_flood, events_total, events_firing, reopened_count, escalations_total,
    escalations_open, updated_at, text_id)
    values (:number, 1, 1, 'new', 'care', 'high', 'P2', :at, false, 0, 0, 0, 0, 0, :at, :text_id)"""


def old_store(url: str) -> Engines:
    """Make a store as the first version did, with some incidents."""
    engines = Engines(url)
    with engines.write() as connection:
        schema.migrate(connection, FIRST)
        for number in range(1, INCIDENTS + 1):
            values = {
                "number": number,
                "log_id": f"b-{number}",
                "text_id": f"t-{number}",
                "at": hour(8 + number),
            }
            for statement in (_OPENED, _INCIDENT):
                moment = sa.bindparam("at", type_=UtcDateTime)
                connection.execute(sa.text(statement).bindparams(moment), values)
        connection.execute(sa.text(f"update counters set value = {INCIDENTS}"))
    engines.dispose()
    return engines


def statements_of(engines: Engines) -> int:
    """Return how many statements upgrading takes, with the commit, and take them all back."""
    said = 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1

    sa.event.listen(engines.writer, "before_cursor_execute", count)
    with engines.write() as connection:
        schema.migrate(connection)
        connection.get_transaction().rollback()  # type: ignore[union-attr]
    sa.event.remove(engines.writer, "before_cursor_execute", count)
    engines.dispose()
    return said + 1


def kill_and_upgrade(url: str, kills: int, seed: int) -> None:
    """Kill upgrades at random statements and at the commit, then let one end."""
    engines = old_store(url)
    count = statements_of(engines)
    moments = random.Random(seed)
    for statement in [*(moments.randint(1, count) for _ in range(kills)), count]:
        assert run_in_child(partial(migrate_and_die, url, statement), Path())
        assert schema.revision_of(engines) == FIRST
        engines.dispose()
    assert Store.upgrade(url) == schema.HEAD
    with Store.open(url) as store:
        verified = store.verify()
        assert (verified.incidents, verified.faults) == (INCIDENTS, ())


def test_an_upgrade_killed_at_random_moments(store_url: str) -> None:
    kill_and_upgrade(store_url, kills=3, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 7))
def test_an_upgrade_killed_a_hundred_times(store_url: str, seed: int) -> None:
    kill_and_upgrade(store_url, kills=19, seed=seed)
