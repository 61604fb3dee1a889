"""Killed with SIGKILL in the middle of actions: what was acknowledged stays, nothing is half done.

`make test` kills five times on each store, `-m soak` a hundred.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsloop.config import Config
from opsloop.service import Service
from opsloop.store import Store
from opsloop.store.tables import incident_log
from opsloop.types import Action, Actor, ActorKind
from tests.integration.killing import run_in_child
from tests.integration.random_acts import (
    Done,
    act_at_random,
    assert_in_the_log,
    hundred_incidents,
)

MO = Actor(ActorKind.PERSON, "ada.moreno", "cli")
TOLD = "told.jsonl"


def act_and_tell(url: str, config: Config, seed: int, home: Path) -> None:
    """Act without end; write each acknowledgement down as soon as it is there.

    What was handed to the kernel outlives the process, so nothing told is forgotten.
    """
    chance = random.Random(seed)
    told = os.open(home / TOLD, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Store.open(url) as store:
        service = Service(store, config)
        while True:
            if chance.random() < 0.2:  # two rows in one transaction, and a new incident
                one = service.report(MO, "Ramp 3 is wet", text="since this morning")
                done: Done | str = Done("commented", one.incident_id, 2, 1, MO.id, None)
            else:
                done = act_at_random(service, chance, MO)
            if isinstance(done, Done):
                os.write(told, f"{json.dumps(asdict(done))}\n".encode())


def kill_and_look(store: Store, home: Path, kills: int, seed: int) -> None:
    """Let somebody act and be killed, again and again; look at the store after each time."""
    config = hundred_incidents(store, home)
    opened = store.last_seq()
    url = store.engines.url.render_as_string(hide_password=False)
    moments = random.Random(seed)
    at_work = 0
    for number in range(kills):
        act = partial(act_and_tell, url, config, seed * 1_000 + number)
        assert run_in_child(act, home, moments.uniform(0.1, 0.8), begun=home / TOLD)
        told = _told(home)
        at_work += len(told)
        assert store.verify().faults == ()
        _assert_all_is_there(store, told, opened, kills=number + 1)
        Service(store, config).comment(1, MO, "and others go on at once")
        (home / TOLD).unlink(missing_ok=True)
        opened = store.last_seq()
    assert at_work > 0


def _told(home: Path) -> list[Done]:
    """Return what was acknowledged before the kill."""
    path = home / TOLD
    lines = path.read_text().splitlines() if path.exists() else []
    return [Done(**json.loads(line)) for line in lines]


def _assert_all_is_there(store: Store, told: list[Done], opened: int, kills: int) -> None:
    """All that was told is in the log; at most the one action beside it that nobody heard of."""
    numbers = {done.number for done in told}
    logs = {number: store.detail(number).log for number in numbers}
    for done in told:
        assert_in_the_log(done, logs[done.number])
    batches: dict[str, list[Action]] = defaultdict(list)
    for row in _rows_since(store, opened):
        batches[row[0]].append(Action(row[1]))
    known = {logs[done.number][done.version - 1].batch_id for done in told}
    assert known <= set(batches)
    assert len(set(batches) - known) <= 1, f"after kill {kills}"
    for actions in batches.values():
        assert actions == [Action.OPENED, Action.COMMENTED] or len(actions) == 1


def _rows_since(store: Store, seq: int) -> list[tuple[str, str]]:
    log = incident_log.c
    statement = sa.select(log.batch_id, log.action).where(log.seq > seq).order_by(log.seq)
    with store.engines.read() as connection:
        return [(row[0], row[1]) for row in connection.execute(statement)]


def test_an_actor_killed_five_times_loses_nothing(store: Store, state_dir: Path) -> None:
    kill_and_look(store, state_dir, kills=5, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 7))
def test_an_actor_killed_a_hundred_times_loses_nothing(
    store: Store, state_dir: Path, seed: int
) -> None:
    kill_and_look(store, state_dir, kills=20, seed=seed)
