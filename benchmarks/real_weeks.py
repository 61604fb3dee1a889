"""Real, unshuffled weeks to try the methods on: a help desk's cases, and the demo's departures.

The files are not part of the repository; what is not there is left out.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

HELP_DESK = Path(__file__).parents[2] / "shared" / "data" / "helpdesk.csv.gz"
CASE, TIME = "case:concept:name", "time:timestamp"
SPLIT_BY = (
    "product", "responsible_section", "service_level", "service_type", "support_section",
    "workgroup", "customer", "seriousness_2",
)  # fmt: skip
FEWEST_A_WEEK = 4
NEARLY_ALL = 0.95  # a part that is nearly the whole would count it twice
Series = Mapping[str, list[int]]


def help_desk_weeks(path: Path = HELP_DESK) -> Series:
    """Return new cases per complete ISO week: all, and by each column's values."""
    if not path.exists():
        return {}
    first_rows: dict[str, dict[str, str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = first_rows.setdefault(row[CASE], row)
            if row[TIME] < known[TIME]:
                first_rows[row[CASE]] = row
    cases = [(datetime.fromisoformat(row[TIME]).date(), row) for row in first_rows.values()]
    names = (
        (day, name)
        for day, row in cases
        for name in ("all", *(f"{column} {row[column]}" for column in SPLIT_BY))
    )
    series = _weekly(names, min(day for day, _ in cases), max(day for day, _ in cases))
    whole = sum(series["all"])
    return {
        name: weeks
        for name, weeks in series.items()
        if name == "all" or sum(weeks) < NEARLY_ALL * whole
    }


def departure_weeks() -> Series:
    """Return the demo's exceptions per complete ISO week: all, by carrier and by origin."""
    if find_spec("opsloop.demo") is None:
        return {}
    from opsloop.demo.load import data_folder
    from opsloop.errors import OpsloopError

    try:
        [archive] = data_folder().glob("*.csv.zip")
    except OpsloopError:  # the package with the data is not installed
        return {}
    with zipfile.ZipFile(archive) as opened, opened.open(opened.namelist()[0]) as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
    days = [date(int(row["year"]), int(row["month"]), int(row["day"])) for row in rows]
    names = (
        (day, f"{rule}, {part}")
        for day, row in zip(days, rows, strict=True)
        for rule in _rules(row)
        for part in ("all", row["carrier"], row["origin"])
    )
    return _weekly(names, min(days), max(days))


def _rules(row: Mapping[str, str]) -> Iterator[str]:
    """Yield the exceptions that a departure is."""
    left, late, late_in = (_number(row[name]) for name in ("dep_time", "dep_delay", "arr_delay"))
    if left is None:
        yield "cancelled"
    elif _number(row["air_time"]) is None:
        yield "diverted"
    if late is not None and late >= 60:
        yield "an hour late"
    if late is not None and late >= 180:
        yield "three hours late"
    if late_in is not None and late_in >= 120:
        yield "arrived two hours late"


def _number(text: str) -> float | None:
    return None if text in ("", "NA") else float(text)


def _weekly(names: Iterable[tuple[date, str]], first: date, last: date) -> dict[str, list[int]]:
    """Return counts per complete ISO week by name, of names with enough a week."""
    monday = first + timedelta(days=-first.weekday() % 7)
    weeks = ((last - monday).days + 1) // 7
    counts = Counter((name, (day - monday).days // 7) for day, name in names if day >= monday)
    series = {
        name: [counts[name, week] for week in range(weeks)] for name in {one for one, _ in counts}
    }
    return {
        name: series[name] for name in sorted(series) if sum(series[name]) >= FEWEST_A_WEEK * weeks
    }
