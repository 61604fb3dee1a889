"""Install a lock file with pip and show how far it is. Standard library alone: it runs first.

`python scripts/install.py requirements.lock [requirements-dev.lock …]`
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WIDTH = 30


def main(locks: list[str]) -> int:
    """Install the pins of all files; returns pip's exit code and prints its output if it fails."""
    pins = [pin for lock in locks for pin in _pins(Path(lock))]
    print(f"Installing {len(pins)} packages into {sys.prefix} …", file=sys.stderr)
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", *(part for lock in locks for part in ("-r", lock))]
    lines: list[str] = []
    done = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                done += 1
                _show(done, len(pins), line.split()[1 if line.startswith("Collecting") else 3])
            elif line.startswith("Installing collected packages"):
                _show(len(pins), len(pins), "unpacking")
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if pip.returncode:
        print("".join(lines[-20:]), file=sys.stderr)
    return pip.returncode


def _pins(lock: Path) -> Iterator[str]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _show(done: int, total: int, name: str) -> None:
    if sys.stderr.isatty():
        bar = "━" * (WIDTH * done // total)
        print(f"\r\033[K{bar:<{WIDTH}} {done}/{total} {name[:40]}", end="", file=sys.stderr)
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
