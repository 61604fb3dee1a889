"""Columns read from a SELECT's text: certain, or not at all."""

from __future__ import annotations

import pytest

from opsloop.warehouse.select_columns import columns_of


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a, t.b, c + 1 as d from t", ("a", "b", "d")),
        ("select a, b, from t", ("a", "b")),
        (
            "with x as (select a from t), final as (select x.a as b from x) select * from final",
            ("b",),
        ),
        ("with x as (select 1 as a) select x.* from x", ("a",)),
        ("with x as (select 1 as a) from x", ("a",)),
        ("with x(p, q) as (select 1, 2) select * from x", ("p", "q")),
        ("select * from (select a, b as c from t)", ("a", "c")),
        ("select a from t union all select b from u", ("a",)),
        ("select {{ as_of() }} as a from {{ ref('t') }} where b > {{ param('c') }}", ("a",)),
        ("{{ config(materialized='monitor') }}\nselect a from t", ("a",)),
        ("{# select z #}{% set x = 3 %}\n-- depends_on: {{ ref('u') }}\nselect a from t", ("a",)),
        ("with x as (select 1 as a) select * from X", ("a",)),
        ('select a as "B c" from t', ("B c",)),
    ],
)
def test_certain(sql: str, expected: tuple[str, ...]) -> None:
    assert columns_of(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select * from t",
        "select * from {{ ref('t') }}",
        "with x as (select 1 as a) select * from main.x",
        "with x as (select 1 as a) select * from x join y on true",
        "with x as (select 1 as a) select * exclude (a) from x",
        "with x as (select * from t) select * from x",
        "select count(*) from t",
        "select unnest(a) as b from t",
        "select columns('a.*') from t",
        "select a from t union all by name select b from u",
        "select {{ all_columns() }} from t",
        "select a as {{ name }}_minutes from t",
        "select {% if x %} a {% else %} b {% endif %} from t",
        "pivot t on a using sum(b)",
        "values (1, 2)",
        "select a from t; select b from t",
        "no sql at all",
        "",
    ],
)
def test_not_certain(sql: str) -> None:
    assert columns_of(sql) is None
