"""Stand-ins for the macros that models call, so that sqlfluff renders them without dbt.

Only the shape of the SQL matters here: a stub returns an expression that parses.
"""

from types import SimpleNamespace
from typing import Any


def as_of() -> str:
    """Stand for the moment of the run."""
    return "cast('2024-01-01 00:00:00' as timestamp)"


def param(name: str) -> int:
    """Stand for a parameter of the monitor."""
    return 1


def text_of(expression: str) -> str:
    """Stand for the cast to text."""
    return f"cast({expression} as varchar)"


def fingerprint_of(column: str) -> str:
    """Stand for an aggregate over a column of texts."""
    return f"bit_xor(hash({column}))"


def timestamp_text(expression: str) -> str:
    """Stand for a timestamp as text."""
    return text_of(expression)


def event_id(monitor_id: str, entity_text: str, episode_text: str) -> str:
    """Stand for an event's identity."""
    return f"md5({monitor_id} || {entity_text} || {episode_text})"


def business_seconds(spans: str, calendars: str, starts_at: str, ends_at: str) -> str:
    """Stand for the spans with their business time."""
    return f"select *, {ends_at} - {starts_at} as business_seconds from {spans}"


def text_literal(text: str) -> str:
    """Stand for a text as a literal."""
    return f"'{text}'"


def incident_dimensions() -> dict[str, str]:
    """Stand for the dimensions that are columns of an incident."""
    return {"monitor": "monitor_id", "priority": "priority"}


def evidence_dimensions() -> list[dict[str, str]]:
    """Stand for the columns of evidence that monitors name as dimensions."""
    return [{"dimension": "mon_late.carrier", "monitor_id": "mon_late", "column": "carrier"}]


def built_evidence_dimensions() -> list[dict[str, str]]:
    """Stand for those that event tables have."""
    return [one | {"relation": "mon_late", "stored_as": "carrier"} for one in evidence_dimensions()]


def defined_monitors() -> list[dict[str, Any]]:
    """Stand for the monitors of the project."""
    return [{"id": "mon_late", "given": {"entity": "order"}}]


def quoted(name: str) -> str:
    """Stand for a quoted name."""
    return f'"{name}"'


def evidence_values_kept() -> int:
    """Stand for how many values of a column of evidence are told apart."""
    return 50


def _function(name: str) -> Any:
    """Return a stub that renders a call of `name` over its arguments."""
    return lambda *arguments, **named: f"{name}({', '.join(map(str, arguments)) or '1'})"


def _type(name: str) -> Any:
    """Return a stub that renders the type `name`."""
    return lambda *arguments: name


target = SimpleNamespace(
    name="duckdb", type="duckdb", database="warehouse", schema="main", threads=2
)

dbt = SimpleNamespace(
    type_string=_type("varchar"),
    type_timestamp=_type("timestamp"),
    type_bigint=_type("bigint"),
    type_int=_type("integer"),
    type_float=_type("double"),
    type_boolean=_type("boolean"),
    type_numeric=_type("decimal(28, 6)"),
    string_literal=lambda text: f"'{text}'",
    escape_single_quotes=lambda text: text.replace("'", "''"),
    current_timestamp=_type("current_timestamp"),
    dateadd=lambda part, count, value: f"{value} + interval 1 {part}",
    datediff=lambda start, end, part: f"date_diff('{part}', {start}, {end})",
    date_trunc=lambda part, value: f"date_trunc('{part}', {value})",
    date_spine=lambda part, start, end: "select cast('2024-01-01' as date) as date_day",
    cast=lambda value, to: f"cast({value} as {to})",
    safe_cast=lambda value, to: f"cast({value} as {to})",
    concat=lambda parts: " || ".join(parts),
    hash=_function("md5"),
    length=_function("length"),
    split_part=_function("split_part"),
    listagg=_function("string_agg"),
    last_day=lambda value, part: f"last_day({value})",
)

adapter = SimpleNamespace(
    dispatch=lambda name, namespace=None: _function(name),
    quote=lambda name: f'"{name}"',
)


def of_changed(relation: str) -> str:
    """Stand for the rows of incidents that changed."""
    return relation


def of_changed_weeks(relation: str) -> str:
    """Stand for the rows of weeks in which something changed."""
    return relation


def rows_of_changed() -> str:
    """Stand for the log's rows of incidents that changed."""
    return "incident_log"


def changed_log() -> str:
    """Stand for the log of incidents that changed."""
    return "stg_incident_log"


def facts_built() -> None:
    """Stand for what facts were last made of: nothing yet."""


def rules_of_facts() -> str:
    """Stand for the checksum of what facts are made by."""
    return "0"


def repeats(grains: dict[str, list[str]]) -> str:
    """Stand for the repeated combinations of grains."""
    return "select 1 as model"
