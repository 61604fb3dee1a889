"""Benchmark of business time and clocks; prints JSON lines.

1. A million questions for the open seconds between two random moments, to a calendar of ten years
   with a lunch break, holidays aside. Floor: a million calls of `bisect` on a list of as many
   integers as the calendar has intervals, with random integers. Goal: at most 20 times.
2. A million deadlines (`due`), and the clocks of a long history, for the record.

Run it as `python benchmarks/bench_clocks.py [--questions 1000000] [--repeat 5]`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from opsloop.calendars import Calendar, Rules, Slot  # noqa: E402
from opsloop.clocks import ClockSettings, Policy, Target, clocks_of  # noqa: E402
from opsloop.standing import Step  # noqa: E402
from opsloop.types import Action, Incident, State  # noqa: E402

FIRST, LAST = date(2018, 1, 1), date(2027, 12, 31)
LUNCH = ((Slot(480, 720), Slot(780, 1020)),) * 5 + ((),) * 2
GOAL = 20
ROWS = 1_000


def print_metric(metric: str, value: float, unit: str, goal: str) -> None:
    """Print one figure as a JSON line."""
    line = {
        "metric": metric,
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "cores": os.cpu_count(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    print(json.dumps(line), flush=True)


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor's seconds that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ask_bisect(numbers: Sequence[int], questions: Sequence[int]) -> None:
    """Ask the floor: where in a sorted list does each number belong?"""
    for question in questions:
        bisect(numbers, question)


def ask_elapsed(calendar: Calendar, questions: Sequence[tuple[datetime, datetime]]) -> None:
    """Ask how many open seconds lie between two moments."""
    for earlier, later in questions:
        calendar.elapsed(earlier, later)


def ask_due(calendar: Calendar, questions: Sequence[tuple[datetime, datetime]]) -> None:
    """Ask when eight open hours after a moment are over."""
    for since, _ in questions:
        calendar.due(since, 28_800)


def random_questions(count: int) -> list[tuple[datetime, datetime]]:
    """Return pairs of moments within the first nine years."""
    chance, start = random.Random(3), datetime(2018, 1, 2, tzinfo=UTC)
    moments = [start + timedelta(seconds=chance.randrange(280_000_000)) for _ in range(2 * count)]
    return list(zip(moments[::2], moments[1::2], strict=True))


def long_history() -> list[Step]:
    """Return an incident that waits and goes on a thousand times, an hour each."""
    opened_at = datetime(2026, 1, 5, 14, tzinfo=UTC)
    incident = Incident(1, 1, 1, State.NEW, opened_at, policy="standard", priority="P1")
    steps = [Step(incident, Action.OPENED, opened_at, "0")]
    for number in range(1, ROWS):
        state = State.WAITING if number % 2 else State.ACTIVE
        moment = opened_at + timedelta(hours=number)
        row = replace(incident, state=state)
        steps.append(Step(row, Action.SET_WAITING, moment, str(number)))
    return steps


def bench_questions(count: int, repeat: int) -> bool:
    """Measure a million questions against the floor; returns whether the goal is reached."""
    calendar = Calendar.from_rules("office", Rules("America/New_York", LUNCH), FIRST, LAST)
    questions = random_questions(count)
    size = len(calendar.intervals)
    chance = random.Random(4)
    numbers = sorted(chance.randrange(2**31) for _ in range(size))
    places = [chance.randrange(2**31) for _ in range(count)]
    floors, elapsed, dues = [], [], []
    for _ in range(repeat):  # in turn, so that a busy machine slows all of them
        floors.append(seconds_of(lambda: ask_bisect(numbers, places)))
        elapsed.append(seconds_of(lambda: ask_elapsed(calendar, questions)))
        dues.append(seconds_of(lambda: ask_due(calendar, questions)))
    floor = statistics.median(floors)
    ratio = statistics.median(elapsed) / floor
    print_metric(f"{count:,} bisects on {size:,} numbers", floor, "s of CPU", "the floor")
    print_metric(
        f"{count:,} questions for elapsed open time",
        statistics.median(elapsed),
        "s of CPU",
        "for the record",
    )
    print_metric("elapsed open time against bisect", ratio, "times", f"at most {GOAL} times")
    print_metric(
        f"{count:,} questions for a deadline", statistics.median(dues), "s of CPU", "for the record"
    )
    return ratio <= GOAL


def bench_history(repeat: int) -> None:
    """Measure all five clocks of one long history, by a calendar with a lunch break."""
    calendar = Calendar.from_rules("office", Rules("America/New_York", LUNCH), FIRST, LAST)
    targets = {target: {"P1": 3_600_000} for target in Target}
    settings = ClockSettings({"standard": Policy(targets, calendar="office")}, {"office": calendar})
    history = long_history()
    costs = [seconds_of(lambda: clocks_of(history, settings)) for _ in range(repeat)]
    print_metric(
        f"five clocks of an incident with {ROWS:,} rows",
        statistics.median(costs) * 1000,
        "ms of CPU",
        "for the record",
    )


def main() -> int:
    """Run both; returns 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    is_fast = bench_questions(options.questions, options.repeat)
    bench_history(options.repeat)
    return 0 if is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
