"""Benchmark of `opsloop import` on SQLite; prints JSON lines.

1. A log of 150,000 rows, as activities, against the floor: reading the same file with the standard
   library and writing the same rows to the same tables with plain `executemany`. Goal: at most 3
   times. Beside it, the same log imported again, which adds nothing.
2. Many cases with one row each. Goal: memory does not grow with them.

Run it as `python benchmarks/bench_import.py [--rows 150000] [--cases 200000 1000000]
[--only log|cases]`.
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from bench_sync import CHUNK, Cost, in_child, measured, print_metric  # noqa: E402

from opsloop.cli.progress import Silent  # noqa: E402
from opsloop.importing.maps import load_map  # noqa: E402
from opsloop.service.importing import import_log  # noqa: E402
from opsloop.store import Store  # noqa: E402

START = datetime(2023, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = ("register", "take", "wait", "take", "resolve", "close")
WRITTEN = ("texts", "incidents", "escalations", "import_cases", "incident_log")
MAP = """\
source: bench
case: case_id
at: at
actor: resource
set: {team: team, priority: priority}
rows:
- {action: opened, once: first}
- {action: taken, when: "activity = 'take'"}
- {action: set_waiting, when: "activity = 'wait'"}
- {action: resolved, when: "activity = 'resolve'"}
- {action: closed, when: "activity = 'close'"}
facts: {entity: customer}
"""


def write_log(path: Path, cases: int, steps: tuple[str, ...]) -> None:
    """Write a log of activities, its rows in the order of their times within a case."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["case_id", "activity", "resource", "at", "team", "priority", "customer", "product"]
        )
        for case in range(cases):
            opened = START + timedelta(minutes=case)
            for place, step in enumerate(steps):
                writer.writerow(
                    [
                        f"case {case}",
                        step,
                        f"worker {(case + place) % 50}",
                        (opened + timedelta(hours=place * 3)).isoformat(),
                        f"team {case % 7}",
                        f"{1 + case % 4}",
                        f"customer {case % 997}",
                        f"product {case % 13}",
                    ]
                )


def run_import(home: Path) -> Cost:
    """Return what an import takes in this process."""
    plan, written = load_map(home / "map.yml")
    costs: list[Cost] = []
    with Store.open(f"sqlite:///{home}/incidents.db") as store, measured(costs):
        import_log(store, home / "log.csv", plan, written, by="bench", now=NOW, listener=Silent())
    return costs[0]


def write_plainly(home: Path) -> Cost:
    """Return what reading the log and writing the store's rows takes, row by row."""
    Store.upgrade(f"sqlite:///{home}/floor.db")
    source = sqlite3.connect(home / "incidents.db")
    rows = {table: source.execute(f"select * from {table}").fetchall() for table in WRITTEN}
    connection = sqlite3.connect(home / "floor.db", isolation_level=None)
    for setting in ("journal_mode = wal", "synchronous = full", "cache_size = -65536"):
        connection.execute(f"pragma {setting}")
    costs: list[Cost] = []
    with measured(costs):
        with (home / "log.csv").open(newline="") as file:
            read = list(csv.DictReader(file))
        for table, values in rows.items():
            places = ", ".join("?" * len(values[0])) if values else ""
            for start in range(0, len(values), CHUNK):
                connection.execute("begin immediate")
                connection.executemany(
                    f"insert into {table} values ({places})", values[start : start + CHUNK]
                )
                connection.execute("commit")
    assert read
    return costs[0]


def new_home(folder: str, cases: int, steps: tuple[str, ...]) -> Path:
    """Make an empty store, a log and its map."""
    home = Path(folder)
    Store.upgrade(f"sqlite:///{home}/incidents.db")
    (home / "map.yml").write_text(MAP)
    write_log(home / "log.csv", cases, steps)
    return home


def bench_log(rows: int) -> None:
    """Import a log, write the same plainly, and import it again."""
    with tempfile.TemporaryDirectory(prefix="opsloop-bench-") as folder:
        home = new_home(folder, rows // len(STEPS), STEPS)
        cost: Cost = in_child(run_import, home)
        floor: Cost = in_child(write_plainly, home)
        again: Cost = in_child(run_import, home)
    print_metric(f"import_{rows}_rows_seconds", cost.wall, "s", "")
    print_metric("import_floor_seconds", floor.wall, "s", "")
    print_metric("import_ratio", cost.wall / floor.wall, "times the floor", "<= 3")
    # the processor's time alone: wall clock depends on what else the machine and its disk do
    print_metric("import_cpu_ratio", cost.cpu / floor.cpu, "times the floor", "")
    print_metric("import_memory", cost.memory, "MB", "")
    print_metric("import_again_seconds", again.wall, "s", "")


def bench_cases(counts: list[int]) -> None:
    """Import ever more cases of one row."""
    memory = []
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="opsloop-bench-") as folder:
            cost: Cost = in_child(run_import, new_home(folder, count, STEPS[:1]))
        memory.append(cost.memory)
        print_metric(f"import_{count}_cases_seconds", cost.wall, "s", "")
        print_metric(f"import_{count}_cases_memory", cost.memory, "MB", "")
    print_metric("import_memory_growth", max(memory) / min(memory), "times the least", "<= 1.5")


def main() -> None:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--cases", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--only", choices=["log", "cases"])
    args = parser.parse_args()
    if args.only != "cases":
        bench_log(args.rows)
    if args.only != "log":
        bench_cases(args.cases)


if __name__ == "__main__":
    main()
