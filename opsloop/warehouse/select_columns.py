"""The columns of a SELECT, read from its text: nothing is run and no table needs to exist.

DuckDB's parser reads it, which also understands what is written for Postgres. Whatever the text
does not give away for certain makes the answer None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_SILENT = re.compile(r"\{%-?\s*(?:set|do)\s[^%]*%\}|\{\{-?\s*config\(.*?\}\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STAND_IN = "jinja_expression_"

Columns = tuple[str, ...] | None
Scope = Mapping[str, Columns]


def columns_of(template: str) -> Columns:
    """Return the columns of a dbt model's SELECT, or None if its text does not tell.

    Args:
        template: the model's SQL with its Jinja. Expressions stand for one value or table each;
            with control blocks (`{% if %}`, `{% for %}`) the answer is None.
    """
    sql = _SILENT.sub("", _COMMENT.sub("", template))
    if "{%" in sql:
        return None
    statements = _parse(_EXPRESSION.sub(_STAND_IN, sql))
    return _columns(statements[0]["node"], {}) if len(statements) == 1 else None


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _parse(sql: str) -> list[dict[str, Any]]:
    """Return DuckDB's syntax trees of the statements; none if it cannot read them."""
    row = (
        _parser()
        .execute(
            "select json_serialize_sql(?::varchar, skip_null := true, skip_empty := true,"
            " skip_default := true)",
            [sql],
        )
        .fetchone()
    )
    tree: dict[str, Any] = json.loads(row[0]) if row else {}
    return [] if tree.get("error") else tree["statements"]


def _columns(node: Mapping[str, Any], outer: Scope) -> Columns:
    """Return the columns of a query, given those of the table expressions around it."""
    scope = dict(outer)
    for entry in node.get("cte_map", {}).get("map", []):
        body = entry["value"]
        aliases = tuple(body.get("aliases", ()))
        scope[entry["key"].lower()] = aliases or _columns(body["query_node"], scope)
    if node["type"] == "SET_OPERATION_NODE" and not node["setop_type"].endswith("BY_NAME"):
        return _columns(node["children"][0], scope)
    if node["type"] != "SELECT_NODE":
        return None
    names: list[str] = []
    for item in node["select_list"]:
        found = _names_of(item, node["from_table"], scope)
        if found is None or any(_STAND_IN in name for name in found):
            return None
        names.extend(found)
    return tuple(names)


def _names_of(item: Mapping[str, Any], source: Mapping[str, Any], scope: Scope) -> Columns:
    """Return the columns that one item of a select list gives."""
    if item["class"] == "STAR":
        return _behind_star(item, source, scope)
    if "unnest" in json.dumps(item):  # a struct would give a column per field
        return None
    if alias := item.get("alias"):
        return (alias,)
    return (item["column_names"][-1],) if item["class"] == "COLUMN_REF" else None


def _behind_star(item: Mapping[str, Any], source: Mapping[str, Any], scope: Scope) -> Columns:
    """Return the columns of `select *` from one table expression or subquery."""
    plain = {"class", "type", "query_location", "query_location_length", "relation_name"}
    if set(item) - plain or "column_name_alias" in source:
        return None
    if source["type"] == "BASE_TABLE" and len(source["qualified_name"]["path"]) == 1:
        return scope.get(source["table_name"].lower())
    if source["type"] == "SUBQUERY":
        return _columns(source["subquery"]["node"], scope)
    return None
