"""Imports for the tests: a log and a map as texts in, what the store then says out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from opsloop.cli.progress import Silent
from opsloop.importing.maps import load_map
from opsloop.service.importing import Imported, import_log
from opsloop.store import Store
from opsloop.store.tables import incident_log, incidents

NOW = datetime(2026, 6, 1, tzinfo=UTC)

ACTIVITIES = """\
source: desk
case: ticket
at: at
actor: who
rows:
- {action: opened, once: first}
- {action: taken, when: "activity = 'take'"}
- {action: set_waiting, when: "activity = 'wait'"}
- {action: resolved, when: "activity = 'resolve'"}
- {action: closed, when: "activity = 'close'"}
- {action: reopened, when: "activity = 'reopen'"}
"""
HEADER = "ticket,activity,who,at\n"
CREATED = "A,create,ann,2024-03-01 09:00\n"

SNAPSHOTS = """\
source: desk
read: {null: ["?"], time: "%d/%m/%Y %H:%M"}
case: number
at: updated_at
order: [update_no::int, line]
key: [number, update_no]
let: {level: "case when team like '%2nd%' then 2 else 1 end"}
set: {team: team, person: assigned_to, priority: "left(priority, 1)", state: state}
states: {New: new, "Await*": waiting customer, Active: active, Resolved: resolved, Closed: closed}
rows:
- {action: opened, once: first, at: opened_at}
- {action: reassigned, delta: reassignments::int}
- {action: escalated, when: "level > prev.level", to: team}
- {action: resolved, once: last, at: resolved_at}
facts: {resolution_code: close_code}
"""
SNAPSHOT_HEADER = (
    "number,update_no,updated_at,opened_at,resolved_at,state,team,assigned_to,priority,"
    "reassignments,close_code\n"
)

# the second log of docs/import.md
SNAPSHOT_ROWS = (
    "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk 1st,?,2 - High,0,?\n",
    "I1,1,1/3/2024 9:20,1/3/2024 9:00,?,Active,Desk 1st,r1,2 - High,0,?\n",
    "I1,4,1/3/2024 11:00,1/3/2024 9:00,?,Awaiting User,Desk 2nd,r9,1 - Critical,3,?\n",
    "I1,5,2/3/2024 10:02,1/3/2024 9:00,2/3/2024 10:00,Resolved,Desk 2nd,r9,1 - Critical,3,fixed\n",
    "I1,6,9/3/2024 10:00,1/3/2024 9:00,2/3/2024 10:00,Closed,Desk 2nd,r9,1 - Critical,3,fixed\n",
)


class Desk:
    """Imports into one store, from files in one folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.left_out: list[tuple[Any, ...]] = []

    def bring(
        self,
        log: str | bytes,
        plan: str = ACTIVITIES,
        *,
        name: str = "log.csv",
        now: datetime = NOW,
        replace: bool = False,
    ) -> Imported:
        """Import a log by a map; `left_out` then has the rows that were left out."""
        file = self.folder / name
        file.write_bytes(log.encode() if isinstance(log, str) else log)
        (self.folder / "map.yml").write_text(plan)
        known, written = load_map(self.folder / "map.yml")

        def keep(rows: Iterator[Sequence[Any]]) -> None:
            self.left_out = [tuple(row) for row in rows]

        return import_log(
            self.store,
            file,
            known,
            written,
            by="ada",
            now=now,
            listener=Silent(),
            replace=replace,
            rejects_to=keep,
        )

    def reasons(self) -> list[tuple[int, str]]:
        """Return line and reason of each row that was left out."""
        return [(row[0], row[2]) for row in self.left_out]

    def course(self, title: str) -> list[tuple[str, str]]:
        """Return what a case's log says happened, each with its day and minute in UTC."""
        return [(row["action"], f"{row['effective_at']:%d %H:%M}") for row in self.log(title)]

    def log(self, title: str) -> list[Any]:
        """Return the rows of a case's log."""
        number = self.incident(title)["incident_id"]
        statement = (
            sa.select(incident_log)
            .where(incident_log.c.incident_id == number)
            .order_by(incident_log.c.version)
        )
        with self.store.engines.read() as connection:
            return list(connection.execute(statement).mappings())

    def incident(self, title: str) -> Any:
        """Return the newest incident of a case, by its title."""
        with self.store.engines.read() as connection:
            sql = (
                "select max(i.incident_id) from incidents i join texts t using (text_id)"
                " where t.body = :title"
            )
            number = connection.execute(sa.text(sql), {"title": title}).scalar_one()
            statement = sa.select(incidents).where(incidents.c.incident_id == number)
            return connection.execute(statement).mappings().one()

    def count(self) -> int:
        """Return how many incidents the store has, from wherever."""
        with self.store.engines.read() as connection:
            return connection.execute(
                sa.select(sa.func.count()).select_from(incidents)
            ).scalar_one()


@contextmanager
def desk_on_sqlite(empty_store: Path, folder: Path) -> Iterator[Desk]:
    """Yield a desk of its own, for what does not depend on the kind of store."""
    shutil.copy(empty_store, folder)
    with Store.open(f"sqlite:///{folder}/{empty_store.name}") as store:
        yield Desk(store, folder)
        assert store.verify().faults == ()
