"""Killed with SIGKILL at random moments, sync, mirror and publish lose nothing and double nothing.

`make test` kills a few times, `-m soak` two hundred.
"""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from opsloop.store import Store
from opsloop.warehouse.serving import POINTER
from tests.integration.killing import (
    FLOODED,
    GROUPS,
    SINGLES,
    outcome,
    run_in_child,
    run_mirror,
    run_publish,
    run_publishes,
    run_sync,
    write_burst,
)
from tests.integration.mirrored import create_mirror, mirrored_rows, store_rows

COUNT = 1_000  # events of each of three monitors


@pytest.fixture(scope="module")
def burst(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a warehouse that holds a burst, and an empty store."""
    home = tmp_path_factory.mktemp("burst")
    write_burst(home / "warehouse.duckdb", COUNT)
    Store.upgrade(f"sqlite:///{home}/incidents.db")
    return home


@pytest.fixture(scope="module")
def unkilled(burst: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, float, Path]:
    """Return what an undisturbed sync comes to, the seconds that it takes, and its folder."""
    home = tmp_path_factory.mktemp("unkilled") / "home"
    shutil.copytree(burst, home)
    started = time.perf_counter()
    assert not run_in_child(run_sync, home)
    seconds = time.perf_counter() - started
    with Store.open(f"sqlite:///{home}/incidents.db") as store:
        assert store.verify().ok
        return outcome(store), seconds, home


def kill_and_finish(home: Path, unkilled: tuple[Any, float, Path], kills: int, seed: int) -> int:
    """Kill a sync some times, let one finish, and compare; returns how many were at work."""
    expected, seconds, _ = unkilled
    moments = random.Random(seed)
    at_work = 0
    for _ in range(kills):
        at_work += run_in_child(run_sync, home, moments.uniform(0, seconds / 2))
        with Store.open(f"sqlite:///{home}/incidents.db") as store:
            assert store.verify().faults == ()
    run_in_child(run_sync, home)
    with Store.open(f"sqlite:///{home}/incidents.db") as store:
        assert store.verify().faults == ()
        assert outcome(store) == expected
    return at_work


def test_the_burst_is_what_it_should_be(unkilled: tuple[Any, float, Path]) -> None:
    """Singles: one incident each; groups: one a region; the flood: one, and what was over."""
    incidents = unkilled[0]["incidents"]
    by_monitor = {
        name: sum(row[-1] for row in incidents if row[0] == name)
        for name in (SINGLES, GROUPS, FLOODED)
    }
    assert by_monitor == {SINGLES: COUNT, GROUPS: 40, FLOODED: 1 + COUNT // 10}
    assert len(unkilled[0]["events"]) == 3 * COUNT


def test_a_killed_sync_goes_on(
    burst: Path, state_dir: Path, unkilled: tuple[Any, float, Path]
) -> None:
    home = state_dir / "home"
    shutil.copytree(burst, home)
    assert kill_and_finish(home, unkilled, kills=5, seed=1) > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_a_sync_killed_two_hundred_times_goes_on(
    burst: Path, state_dir: Path, unkilled: tuple[Any, float, Path], seed: int
) -> None:
    home = state_dir / "home"
    shutil.copytree(burst, home)
    kill_and_finish(home, unkilled, kills=5, seed=seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_mirror_holds_all_or_nothing_of_a_step(
    state_dir: Path, unkilled: tuple[Any, float, Path], seed: int
) -> None:
    home = state_dir / "home"
    shutil.copytree(unkilled[2], home)
    create_mirror(home / "warehouse.duckdb")
    moments = random.Random(seed)
    with Store.open(f"sqlite:///{home}/incidents.db") as store:
        expected = store_rows(store)
    for _ in range(3):
        run_in_child(run_mirror, home, moments.uniform(0, 0.5))
        assert mirrored_rows(home / "warehouse.duckdb") in (
            expected,
            {name: [] for name in expected},
        )
    run_in_child(run_mirror, home)
    assert mirrored_rows(home / "warehouse.duckdb") == expected


def test_the_pointer_always_names_a_whole_file(
    state_dir: Path, unkilled: tuple[Any, float, Path]
) -> None:
    home = state_dir / "home"
    shutil.copytree(unkilled[2], home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "create table rpt_built as select 7 as seq, now()::timestamp data_through"
        )
        connection.execute("create table fct_numbers as select * from range(20000) as t (n)")
    moments = random.Random(5)
    for _ in range(6):
        run_in_child(run_publishes, home, moments.uniform(0.2, 0.8))
        pointer = home / "serving" / POINTER
        if pointer.exists():
            with duckdb.connect(
                str(home / "serving" / pointer.read_text()), read_only=True
            ) as copy:
                assert copy.execute("select count(*) from fct_numbers").fetchone() == (20_000,)
                assert copy.execute("select seq from published").fetchone() == (7,)
    run_in_child(run_publish, home)  # however slow the machine: one that nobody kills
    assert pointer.exists()
    assert len(list((home / "serving").glob("*.duckdb"))) <= 4
