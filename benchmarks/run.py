"""Run every benchmark, print its JSON lines and keep them in RESULTS.md beside the machine's size.

`python benchmarks/run.py [PATTERN [ARGUMENTS]]` runs the benchmarks whose file name contains
PATTERN, with these arguments, and renews their part of RESULTS.md alone.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
HEAD = """# Benchmarks

Written by `make bench`. Times are seconds of wall clock; what each benchmark measures, and its
goal, stands at the top of its file.
"""


def main(pattern: str = "", *arguments: str) -> int:
    """Run the benchmarks; returns 1 if one of them failed, 2 if none is called so."""
    benchmarks = [path for path in sorted(FOLDER.glob("bench_*.py")) if pattern in path.name]
    if not benchmarks:
        print(f"no benchmark's file name contains {pattern!r}", file=sys.stderr)
        return 2
    sections, failed = known_sections(), []
    for path in benchmarks:
        records, code = measure(path, *arguments)
        if records:
            sections[path.stem] = section(path.stem, records)
        if code:
            failed.append(path.name)
    RESULTS.write_text("\n".join([HEAD, *dict(sorted(sections.items())).values()]))
    for name in failed:
        print(f"{name} failed", file=sys.stderr)
    return 1 if failed else 0


def measure(benchmark: Path, *arguments: str) -> tuple[list[dict[str, Any]], int]:
    """Run one benchmark, pass on what it prints, and return its records and exit code."""
    command = [sys.executable, str(benchmark), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        records = []
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("{"):
                records.append(json.loads(line))
    return records, process.returncode


def section(name: str, records: list[dict[str, Any]]) -> str:
    """Return a benchmark's part of the page: when, where, and each record as a list."""
    lines = [f"## {name}", "", f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.", ""]
    for record in records:
        title, *rest = record.items()
        lines.append(f"- **{title[1]}**")
        lines += [f"  - {key.replace('_', ' ')}: {shown(value)}" for key, value in rest]
    return "\n".join([*lines, ""])


def shown(value: object) -> str:
    """Return a value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def machine() -> str:
    """Return the machine's size: what a figure means depends on it."""
    memory = memory_gib()
    size = f"{os.cpu_count()} cores" + (f", {memory:.0f} GiB" if memory else "")
    return f"{size}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def memory_gib() -> float | None:
    """Return the machine's memory, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError, AttributeError):
        return None


def known_sections() -> dict[str, str]:
    """Return the page's present parts by benchmark."""
    if not RESULTS.exists():
        return {}
    return dict(_parts(RESULTS.read_text()))


def _parts(page: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]:
        yield part.split(maxsplit=2)[1], part.rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
