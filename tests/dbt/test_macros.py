"""The macros as code: documented, small, and engine-specific in one place only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from opsloop.definition import Definition, Population
from opsloop.types import Kind, Severity

MACROS = Path(__file__).parents[2] / "macros"
DEFINITION = re.compile(
    r"{%-?\s*(?:macro|test)\s+(\w+)\((.*?)\)(.*?){%-?\s*end(?:macro|test)", re.S
)


def defined() -> dict[str, tuple[Path, list[str], str]]:
    """Return every macro: its file, its arguments, its text."""
    found = {}
    for path in sorted(MACROS.rglob("*.sql")):
        for name, arguments, text in DEFINITION.findall(path.read_text()):
            names = [part.split("=")[0].strip() for part in arguments.split(",") if part.strip()]
            found[name] = (path, names, text)
    return found


def documented() -> dict[str, list[str]]:
    """Return every documented macro and the arguments that are described."""
    found = {}
    for path in MACROS.rglob("*.yml"):
        for macro in yaml.safe_load(path.read_text())["macros"]:
            assert macro["description"].strip()
            found[macro["name"]] = [argument["name"] for argument in macro.get("arguments", [])]
    return found


def test_every_macro_of_the_monitors_is_documented_with_its_arguments() -> None:
    descriptions = documented()
    for name, (path, arguments, _) in defined().items():
        if path.parent.name in ("expressions", "monitor", "system") and "__" not in name:
            assert descriptions.get(name) == arguments, name


def test_no_macro_is_long() -> None:
    lengths = {name: len(text.splitlines()) for name, (_, _, text) in defined().items()}
    assert {name: length for name, length in lengths.items() if length > 80} == {}


@pytest.mark.parametrize("word", ["arg_max", "strlen(", "strftime(", "pg_temp", "to_char("])
def test_engine_specific_sql_is_in_dispatched_expressions(word: str) -> None:
    for name, (_, _, text) in defined().items():
        code = re.sub(r"{#.*?#}", "", text, flags=re.S)
        if word in code and ".strftime(" not in code:
            assert "__" in name, name


def test_the_macros_and_the_python_layer_know_the_same_keys() -> None:
    _, _, words = defined()["monitor_words"]
    lists = {name: re.findall(r"'(\w+)'", text) for name, text in re.findall(
        r"'(\w+)': \[(.*?)\]", words, re.S
    )}  # fmt: skip
    assert {*lists["required"], *lists["optional"]} == {
        name.rstrip("_") for name in Definition.model_fields
    }
    assert set(lists["population"]) == set(Population.model_fields)
    assert set(lists["kinds"]) == set(Kind)
    assert set(lists["severities"]) == set(Severity)
