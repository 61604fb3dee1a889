"""A large incident store, written in minutes; a library, and a command.

The lives of the first four weeks are told by the lifecycle's own functions and written by the
store's own batches: every row is one that the fold produced. The weeks after it repeat them: SQL in
the database copies their rows with later times, other numbers and other ids. Times move by whole
weeks and the calendars know no holidays, so that clocks stay what they were, and `store verify`
accepts the whole. At the end come the open incidents, of the last four weeks.

Run it as `python benchmarks/large_store.py URL [--incidents 1000000] [--open 3000] [--weeks 104]
[--verify]`.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from lives import LONGEST, Life, Moment, plan, plan_open, settings  # noqa: E402

from opsloop.service.settings import apply_settings  # noqa: E402
from opsloop.store import Store  # noqa: E402
from opsloop.store.columns import UtcDateTime  # noqa: E402
from opsloop.store.copying import give_after, last_given  # noqa: E402
from opsloop.store.tables import (  # noqa: E402
    clocks,
    counters,
    escalations,
    event_evidence,
    events,
    incident_event_log,
    incident_log,
    incidents,
    texts,
)
from opsloop.store.terms import Versions  # noqa: E402

END = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
PERIOD = timedelta(weeks=4)
TICK = timedelta(hours=6)  # what happens in so much time is recorded at once
MOST = 0xFFF  # copies: their number and a mark take the place of an id's first four digits

# what a copy must not share with its original
_NUMBERS = {"incident_id", "regression_of", "merged_into", "other_incident_id"}
_IDS = {"log_id", "batch_id", "text_id", "escalation_id", "event_id"}
_ENTITIES = {"entity_id", "group_key"}
_GENERATIONS = 13  # an entity comes again after so many periods, about once a year

LOGS = (incident_log, incident_event_log)
_OF_TEMPLATE = {
    incidents: "incident_id <= :incidents",
    clocks: "incident_id <= :incidents",
    escalations: "incident_id <= :incidents",
    events: "incident_id <= :incidents",
    event_evidence: "event_id in (select event_id from events where incident_id <= :incidents)",
    texts: "text_id in (select text_id from incident_log where seq <= :incident_log)",
    incident_event_log: "seq <= :incident_event_log",
    incident_log: "seq <= :incident_log",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the store."""

    incidents: int
    open: int
    log_rows: int
    event_log_rows: int
    seconds: float


def write_store(
    url: str,
    *,
    incidents: int = 1_000_000,
    open_incidents: int = 3_000,
    weeks: int = 104,
    seed: int = 1,
) -> Written:
    """Make a store of made-up lives; about ten log rows for each.

    Args:
        url: where there is no store yet.
        incidents: how many, over the whole time.
        open_incidents: how many of them are not over yet; all began in the last four weeks.
        weeks: how far back the oldest began; a multiple of 4, from 8 on.
        seed: the same one gives the same lives.

    Raises:
        ValueError: the time or the numbers make no sense.
    """
    periods = weeks // 4 - 1
    if weeks % 4 or not 0 < periods <= MOST or not 0 <= open_incidents < incidents:
        raise ValueError("weeks: a multiple of 4 from 8 on; fewer open incidents than incidents")
    begun = time.monotonic()
    chance = random.Random(seed)
    lives = max(1, round((incidents - open_incidents) / periods))
    starts_at = END - timedelta(weeks=weeks)
    with Store.open(url, create=True) as store:
        versions = apply_settings(store, settings(), starts_at)
        _let_live(store, chance, versions, _over(chance, lives, starts_at), holds=False)
        _repeat(store, lives, periods)
        first_open = lives * periods + 1
        opened = _not_over(chance, first_open, open_incidents)
        _let_live(store, chance, versions, opened, holds=True)
        _settle(store)
        with store.engines.read() as connection:
            rows = last_given(connection, incident_log)
            event_rows = last_given(connection, incident_event_log)
    total = lives * periods + open_incidents
    return Written(total, open_incidents, rows, event_rows, time.monotonic() - begun)


def _over(chance: random.Random, lives: int, starts_at: datetime) -> list[list[Moment]]:
    """Return lives that begin and end within one period."""
    span = int((PERIOD - LONGEST - TICK).total_seconds())
    begins = sorted(chance.randrange(span) for _ in range(lives))
    return [
        plan(chance, number, starts_at + timedelta(seconds=second))
        for number, second in enumerate(begins, start=1)
    ]


def _not_over(chance: random.Random, first: int, count: int) -> list[list[Moment]]:
    """Return lives that begin in the last period and go on; more of them late than early."""
    span = PERIOD.total_seconds() - 3_600
    begins = sorted(int(span * chance.random() ** 0.5) for _ in range(count))
    return [
        plan_open(chance, number, END - PERIOD + timedelta(seconds=second), END)
        for number, second in enumerate(begins, start=first)
    ]


def _let_live(
    store: Store,
    chance: random.Random,
    versions: Versions,
    plans: Sequence[list[Moment]],
    *,
    holds: bool,
) -> None:
    """Write what happens in all these lives, in the order of time."""
    lives: dict[int, Life] = {}
    for at, moments in _ticks(plans):
        with store.batch(at) as batch:
            for moment in moments:
                if moment.number not in lives:
                    [number] = batch.new_incident_ids()
                    entity = f"E{number}" if holds else f"E{chance.randrange(len(plans) // 3 + 1)}"
                    lives[moment.number] = Life(chance, number, entity, versions, holds=holds)
                lives[moment.number].live(batch, moment)


def _ticks(plans: Sequence[list[Moment]]) -> Iterator[tuple[datetime, Iterator[Moment]]]:
    """Yield when what happened is recorded, and what."""

    def recorded_at(moment: Moment) -> datetime:
        ticks = (moment.at - END) // TICK + 1
        return END + ticks * TICK

    return itertools.groupby(heapq.merge(*plans), key=recorded_at)


def _repeat(store: Store, lives: int, periods: int) -> None:
    """Let the first period's rows come again in each one after it."""
    is_sqlite = store.engines.is_sqlite
    with store.engines.read() as connection:
        sizes = {
            log.name: last_given(connection, log) for log in (incident_log, incident_event_log)
        }
    for copy in range(1, periods):
        values = {
            **sizes,
            **{f"{name}_later": copy * size for name, size in sizes.items()},
            "incidents": lives,
            "incidents_later": copy * lives,
            "mark": f"{copy:03x}_",  # no original begins so
            "generation": f"-{copy % _GENERATIONS}" if copy % _GENERATIONS else "",
            "shift": f"+{copy * PERIOD.days} days" if is_sqlite else copy * PERIOD,
        }
        with store.engines.write() as connection:
            for table, condition in _OF_TEMPLATE.items():
                connection.execute(sa.text(_copying(table, condition, is_sqlite)), values)
    with store.engines.write() as connection:
        connection.execute(sa.update(counters).values(value=lives * periods))
        for log in LOGS:
            give_after(connection, log, sizes[log.name] * periods)


def _copying(table: sa.Table, condition: str, is_sqlite: bool) -> str:
    """Return the statement that writes one more copy of the first period's rows of a table."""
    names = [f'"{column.name}"' for column in table.columns]
    values = [_copied(table, column, is_sqlite) for column in table.columns]
    return (
        f"insert into {table.name} ({', '.join(names)}) select {', '.join(values)} "
        f"from {table.name} where {condition} order by 1"
    )


def _copied(table: sa.Table, column: sa.Column[object], is_sqlite: bool) -> str:
    """Return what stands in a column of a copy."""
    name = f'"{column.name}"'
    if column.name == "seq":
        return f"{name} + :{table.name}_later"
    if column.name in _NUMBERS:
        return f"{name} + :incidents_later"
    if column.name in _IDS:
        return f":mark || substr({name}, 5)"
    if column.name in _ENTITIES:
        return f"{name} || :generation"
    if not isinstance(column.type, UtcDateTime) or (table is incidents and column.name == "due_at"):
        return name  # nothing of what is over is due: that is a moment of its own
    if is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%f000', {name}, :shift)"
    return f"{name} + :shift"


def _settle(store: Store) -> None:
    """Leave the store as one that has been there for long: on Postgres, autovacuum was there."""
    if store.engines.is_sqlite:
        return
    with store.engines.writer.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text("vacuum analyze"))


def main() -> int:
    """Write a store and say what is in it; returns 1 if it is to be verified and is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=3_000)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    written = write_store(
        options.url,
        incidents=options.incidents,
        open_incidents=options.open,
        weeks=options.weeks,
        seed=options.seed,
    )
    print(json.dumps(asdict(written)), flush=True)
    if not options.verify:
        return 0
    with Store.open(options.url) as store:
        verified = store.verify()
    for fault in verified.faults:
        print(fault, file=sys.stderr)
    return 0 if verified.ok else 1


if __name__ == "__main__":
    sys.exit(main())
