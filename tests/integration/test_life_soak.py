"""Sixteen processes act on the same hundred incidents: nothing is lost, and nobody meets an error.

OPSLOOP_SOAK_SECONDS shortens it (60 by default).
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from opsloop.config import Config
from opsloop.errors import SomebodyWasFirst
from opsloop.service import Service
from opsloop.store import Store
from opsloop.types import Actor, ActorKind, LogRow
from tests.integration.random_acts import (
    INCIDENTS,
    PEOPLE,
    Done,
    act_at_random,
    assert_in_the_log,
    hundred_incidents,
)

PROCESSES = 16


@dataclass(frozen=True)
class Worked:
    """What a process did, was refused, and met otherwise."""

    done: tuple[Done, ...]
    refused: Counter[str]
    errors: tuple[str, ...]


def work_side_by_side(
    url: str, config: Config, place: int, seconds: float, begin: Any, told: Any
) -> None:
    """Act until the time is over, and tell what happened."""
    chance = random.Random(place)
    actor = Actor(ActorKind.PERSON, f"{PEOPLE[place % 3]}", f"process {place}")
    done: list[Done] = []
    refused: Counter[str] = Counter()
    errors: list[str] = []
    with Store.open(url) as store:
        service = Service(store, config)
        begin.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                result = act_at_random(service, chance, actor)
            except Exception as error:  # whatever a person would have met
                errors.append(f"{type(error).__name__}: {error}")
                continue
            if isinstance(result, Done):
                done.append(result)
            else:
                refused[result] += 1
    told.put(Worked(tuple(done), refused, tuple(errors)))


def logs_of(store: Store) -> dict[int, tuple[LogRow, ...]]:
    return {number: store.detail(number).log for number in range(1, INCIDENTS + 1)}


@pytest.mark.soak
def test_sixteen_processes_lose_nothing(store: Store, state_dir: Path) -> None:
    seconds = float(os.environ.get("OPSLOOP_SOAK_SECONDS", "60"))
    config = hundred_incidents(store, state_dir)
    opened = store.last_seq()
    url = store.engines.url.render_as_string(hide_password=False)
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    begin, told = context.Barrier(PROCESSES), context.Queue()
    crowd = [
        context.Process(target=work_side_by_side, args=(url, config, place, seconds, begin, told))
        for place in range(PROCESSES)
    ]
    for process in crowd:
        process.start()
    worked = [told.get(timeout=seconds + 120) for _ in crowd]
    for process in crowd:
        process.join()
        assert process.exitcode == 0
    assert [error for one in worked for error in one.errors] == []
    assert all(one.done for one in worked)  # nobody starved
    refused: Counter[str] = sum((one.refused for one in worked), Counter())
    assert refused[SomebodyWasFirst.__name__] > 0
    _assert_nothing_lost(store, [done for one in worked for done in one.done], opened)


def _assert_nothing_lost(store: Store, done: list[Done], opened: int) -> None:
    """Each action is in the log, once, and the log holds no other."""
    assert store.verify().faults == ()
    logs = logs_of(store)
    versions: dict[int, set[int]] = defaultdict(set)
    for one in done:
        assert one.version not in versions[one.number]
        versions[one.number].add(one.version)
        assert_in_the_log(one, logs[one.number])
    assert store.changes_since(opened) == len(done)
