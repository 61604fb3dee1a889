"""Python and the macros judge the same definition: their words are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment

from opsloop.definition import KEYS, TIME_UNITS, Definition, Population, RetroSettings
from opsloop.monitor_checks import OWN_COLUMNS, REQUIRED_COLUMNS
from opsloop.types import Kind, Severity

MACROS = Path(__file__).parents[2] / "macros" / "monitor"


class _Returned(Exception):
    """What dbt's `return()` hands out of a macro."""


def call(file: str, macro: str) -> Any:
    """Return what a macro without arguments returns."""

    def hand_out(value: Any) -> None:
        raise _Returned(value)

    environment = Environment(extensions=["jinja2.ext.do"])
    text = (MACROS / file).read_text(encoding="utf-8")
    module = environment.from_string(text, globals={"return": hand_out}).module
    try:
        getattr(module, macro)()
    except _Returned as returned:
        return returned.args[0]
    raise AssertionError(f"{macro} returns nothing")


WORDS = call("definition.sql", "monitor_words")


def test_keys() -> None:
    required = {name for name, field in Definition.model_fields.items() if field.is_required()}
    assert set(WORDS["required"]) == required
    assert {*WORDS["required"], *WORDS["optional"]} == set(KEYS)
    assert set(WORDS["population"]) == set(Population.model_fields)
    assert set(WORDS["retro"]) == set(RetroSettings.model_fields)


def test_values() -> None:
    assert WORDS["kinds"] == [kind.value for kind in Kind]
    assert WORDS["severities"] == [severity.value for severity in Severity]
    assert WORDS["on_clear"] == list(get_args(Definition.model_fields["on_clear"].annotation))


def test_durations() -> None:
    durations = {
        name
        for name, field in Definition.model_fields.items()
        if "timedelta" in str(field.annotation)
    }
    assert set(WORDS["durations"]) == durations
    assert set(WORDS["countable"]) == {
        name for name in durations if "int" in str(Definition.model_fields[name].annotation)
    }
    assert TIME_UNITS == ("minutes", "hours", "days")


def test_columns() -> None:
    assert set(call("columns.sql", "monitor_own_columns")) == set(OWN_COLUMNS)
    text = (MACROS / "columns.sql").read_text(encoding="utf-8")
    assert "['entity_id', 'occurred_at']" in text
    assert REQUIRED_COLUMNS == ("entity_id", "occurred_at")
