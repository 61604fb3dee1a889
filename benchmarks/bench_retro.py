"""What the retro costs as the log grows: building the whole of it, a day more, and reading it.

The log is that of `large_store.py`: ten rows an incident, as the lifecycle writes them. The full
build knows it until a day before its end, the daily one until its end; each is a dbt run of its own
in a process of its own, on DuckDB, with the threads that the profile gives it.

Goals (issue 4), from 100,000 to 1,000,000 incidents: ten times the log costs at most twelve times
the full build, in less than 6 GB; the daily build costs at most a tenth of the full one; the page's
queries, of the last two weeks as it opens, cost at most twice what they cost with 10,000 incidents.
What is asked of all time, headlines and process map, has no goal: nobody waits for it each morning.
Nor have the lists of incidents behind the page's numbers, of which the slowest is told.
The data tests of a nightly build are timed by themselves: they read what was built, whole.
Each look is at a copy that was opened for it and has answered nothing yet. Seconds are of wall
clock, CPU seconds those of the dbt process, which other work disturbs less.

Run it as `python benchmarks/bench_retro.py [--incidents 10000 100000] [--folder FOLDER]`; the
folder keeps the logs for another time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import duckdb  # noqa: E402
from large_store import END  # noqa: E402

from opsloop.dbt_runner import run_dbt  # noqa: E402
from opsloop.reporting.figure import looking_at  # noqa: E402
from opsloop.reporting.report import report  # noqa: E402
from opsloop.service.figures import cohorts, process  # noqa: E402
from opsloop.service.figures.counted import BEHIND  # noqa: E402
from opsloop.service.figures.incidents import Behind, how_many, listed  # noqa: E402
from opsloop.service.figures.parts import EVERYTHING, MONITOR, TEAM, TOTAL  # noqa: E402
from opsloop.service.figures.periods import ALL_TIME, last_weeks  # noqa: E402
from opsloop.service.mirror import mirror  # noqa: E402
from opsloop.service.publish import SERVED, publish  # noqa: E402
from opsloop.store import Store  # noqa: E402
from opsloop.warehouse import Warehouse, opened  # noqa: E402
from opsloop.warehouse.profile import Target  # noqa: E402
from opsloop.warehouse.serving import ServingCopy  # noqa: E402

DAY = timedelta(days=1)
LOOKS = 7  # at the page; the median counts


def main() -> int:
    """Run the benchmark, or one build of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--build", nargs=2, metavar=("WAREHOUSE", "AS_OF"), help="used by itself")
    options = parser.parse_args()
    if options.build:
        print(json.dumps(build(Path(options.build[0]), options.build[1])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for incidents in options.incidents:
            print(json.dumps(measure(options.folder or Path(folder), incidents)), flush=True)
    return 0


def measure(folder: Path, incidents: int) -> dict[str, Any]:
    """Return what the two builds cost with so many incidents."""
    warehouse = mirrored(folder, incidents)
    full = built(warehouse, f"{END - DAY:%Y-%m-%d %H:%M:%S}")
    daily = built(warehouse, f"{END:%Y-%m-%d %H:%M:%S}")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute("select count(*) from incident_log").fetchall()[0][0]
        new = connection.execute(
            "select count(*) from incident_log where recorded_at >= ?",
            [(END - DAY).replace(tzinfo=None)],
        ).fetchall()[0][0]
    looks = looked_at(folder, warehouse, incidents)
    warehouse.unlink()
    return {
        "incidents": incidents,
        "log_rows": rows,
        "full_seconds": full["seconds"],
        "full_cpu_seconds": full["cpu_seconds"],
        "full_peak_mb": full["peak_mb"],
        "full_test_seconds": full["test_seconds"],
        "rows_of_the_day": new,
        "daily_seconds": daily["seconds"],
        "daily_cpu_seconds": daily["cpu_seconds"],
        "daily_peak_mb": daily["peak_mb"],
        "daily_test_seconds": daily["test_seconds"],
        "daily_share": round(daily["seconds"] / full["seconds"], 3),
        "daily_share_of_cpu": round(daily["cpu_seconds"] / full["cpu_seconds"], 3),
        **looks,
    }


def looked_at(folder: Path, warehouse: Path, incidents: int) -> dict[str, float | str]:
    """Publish, and return the seconds that the figures of two weeks and of all time take."""
    target = Target("bench", "duckdb", "main", {"path": str(warehouse)})
    serving = folder / f"{incidents}.serving"
    with Store.open(f"sqlite:///{folder / f'{incidents}.db'}") as store, opened(target) as open_one:
        started = time.perf_counter()
        models = served(open_one)
        path = publish(store, open_one, serving, now=datetime.now(UTC), models=models).path
        publishing = time.perf_counter() - started
    view = looking_at(EVERYTHING, last_weeks(2, END), None)

    def page(copy: ServingCopy) -> None:
        report(copy, view, in_words=("", ""), actions=None, proposals=[], now=END)

    def of_all_time(copy: ServingCopy) -> None:
        cohorts.listed(copy, ALL_TIME, (TOTAL, TEAM, MONITOR))
        process.of_period(copy, EVERYTHING, ALL_TIME)

    lists = {
        figure: seconds_of(partial(list_of, behind=Behind(figure, period=view.period)), path)
        for figure, counted in BEHIND.items()
        if not counted.needs
    }
    slowest = max(lists, key=lambda figure: lists[figure])
    return {
        "publish_seconds": round(publishing, 1),
        "page_seconds": seconds_of(page, path),
        "all_time_seconds": seconds_of(of_all_time, path),
        "slowest_list": slowest,
        "slowest_list_seconds": lists[slowest],
    }


def list_of(copy: ServingCopy, behind: Behind) -> None:
    """Count the incidents behind a figure and read the first of them, as its page does."""
    how_many(copy, behind)
    listed(copy, behind, limit=100)


def served(warehouse: Warehouse) -> list[str]:
    """Return the models that are published: all but the views of all time."""
    of_all_time = {path.stem for path in (ROOT / "models/retro/all_time").glob("*.sql")}
    return [name for name in warehouse.tables(SERVED) if name not in of_all_time]


def seconds_of(look: Callable[[ServingCopy], None], path: Path) -> float:
    """Return the median of what a look at a published file takes that was just opened."""
    taken = []
    for _ in range(LOOKS):
        copy = ServingCopy(path)
        started = time.perf_counter()
        look(copy)
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 3)


def mirrored(folder: Path, incidents: int) -> Path:
    """Return a warehouse with the mirror of a log of so many incidents."""
    url = f"sqlite:///{folder / f'{incidents}.db'}"
    if not (folder / f"{incidents}.db").exists():
        command = [ROOT / "benchmarks" / "large_store.py", url, "--incidents", incidents]
        open_ones = max(incidents // 300, 100)
        run([*command, "--open", open_ones])
    path = folder / f"{incidents}.duckdb"
    path.unlink(missing_ok=True)
    # the hook of any command makes the mirror's tables
    dbt(path, f"{END:%Y-%m-%d %H:%M:%S}", "run", "--select", "stg_imported_sources")
    target = Target("bench", "duckdb", "main", {"path": str(path)})
    with Store.open(url) as store, opened(target, read_only=False) as warehouse:
        mirror(store, warehouse)
    return path


def built(warehouse: Path, as_of: str) -> dict[str, float]:
    """Build in a process of its own, so that its memory is its own."""
    found: dict[str, float] = json.loads(run([__file__, "--build", warehouse, as_of]))
    return found


def build(warehouse: Path, as_of: str) -> dict[str, float]:
    """Build the retro's models as of a moment; return the seconds and the most memory."""
    dbt(warehouse, as_of, "parse")
    started, used = time.perf_counter(), time.process_time()
    dbt(warehouse, as_of, "run", "--selector", "retro")
    taken = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - used, 1),
        "peak_mb": peak_mb(),
    }
    started = time.perf_counter()
    dbt(warehouse, as_of, "test", "--selector", "retro", "--exclude-resource-type", "unit_test")
    return {**taken, "test_seconds": round(time.perf_counter() - started, 1)}


def dbt(warehouse: Path, as_of: str, *arguments: str) -> None:
    """Run a dbt command of this project on a warehouse."""
    given = {
        "OPSLOOP_TARGET": "duckdb",
        "OPSLOOP_WAREHOUSE": str(warehouse),
        "OPSLOOP_AS_OF": as_of,
    }
    # a target of its own: the project's manifest names the tables of the project's warehouse
    target = ["--target-path", str(warehouse.with_suffix(".target"))]
    result = run_dbt([*arguments, *target], project_dir=ROOT, env=given)
    if not result.success:
        raise SystemExit(f"dbt {arguments[0]} failed: {result.error or result.failed}")


def run(arguments: Sequence[object]) -> str:
    """Run a Python file with arguments; return the last line that it prints."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def peak_mb() -> int:
    """Return the most memory that this process had, in megabytes, by the kernel's own count."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    sys.exit(main())
