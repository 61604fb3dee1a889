"""Write the lock files from what is installed: everything pyproject.toml asks for, and no more.

`requirements.lock` is what runs opsloop and its demo, `requirements-dev.lock` what tests and lints
need beyond it. Run it with the environment's Python after a change of the dependencies:
`.venv/bin/python scripts/lock.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
RUNTIME_EXTRAS = ("demo",)
DEV_EXTRAS = ("dev",)
# the lock serves all of these, not only the machine that wrote it
PLATFORMS = [
    {"sys_platform": name, "platform_system": system, "platform_machine": machine}
    for name, system, machine in (
        ("linux", "Linux", "x86_64"),
        ("linux", "Linux", "aarch64"),
        ("darwin", "Darwin", "arm64"),
    )
]
VERSIONS = ("3.11", "3.12", "3.13")
HEAD = "# Written by scripts/lock.py from pyproject.toml; `make` installs it with --no-deps.\n"


def main() -> None:
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *_of(extras, RUNTIME_EXTRAS)]
    runtime = closure(asked)
    dev = closure([*asked, *_of(extras, DEV_EXTRAS)])
    _write("requirements.lock", runtime)
    _write("requirements-dev.lock", {name: dev[name] for name in dev.keys() - runtime.keys()})


def closure(requirements: Iterable[str]) -> dict[str, str]:
    """Return name → the installed version's pin, for everything that is needed, near or far."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = normalized(requirement.name)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            print(f"not installed, left out: {requirement}")
            continue
        found[name] = f"{name}=={installed.version}"
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += needed(installed.requires or (), extra)
    return found


def needed(requirements: Iterable[str], extra: str) -> Iterator[Requirement]:
    """Yield the requirements that hold for an extra on any platform and version we support."""
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        environments = (
            {**platform, "python_version": version, "python_full_version": f"{version}.0"}
            for platform in PLATFORMS
            for version in VERSIONS
        )
        if marker is None:
            holds = extra == ""
        else:
            holds = any(marker.evaluate({**one, "extra": extra}) for one in environments)
        if holds:
            yield requirement


def normalized(name: str) -> str:
    """Return a package's name as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of(extras: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return [text for name in names for text in extras[name]]


def _write(name: str, pins: dict[str, str]) -> None:
    lines = "".join(f"{pins[key]}\n" for key in sorted(pins))
    (ROOT / name).write_text(HEAD + lines, encoding="utf-8")
    print(f"{name}: {len(pins)} packages")


if __name__ == "__main__":
    main()
