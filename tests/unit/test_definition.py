"""Title templates: columns in braces, and nothing that reaches into a value."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opsloop.definition import template_fields


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        ("no columns", []),
        ("{a} and {b:.0f} and {a}", ["a", "b", "a"]),
        ("{{not a column}} {a:%Y-%m-%d}", ["a"]),
        ("né {größe}", ["größe"]),
    ],
)
def test_fields(template: str, fields: list[str]) -> None:
    assert template_fields(template) == fields


@given(st.text(alphabet="{}[]!:.ab_0% "))
@example("{a.b}")
@example("{a[0]}")
@example("{a:{b}}")
@example("{a!r}")
def test_what_passes_only_asks_for_columns(template: str) -> None:
    try:
        fields = template_fields(template)
    except ValueError:
        return
    assert all(name.isidentifier() for name in fields)

    class Opaque:
        """Breaks when anything but its text is asked for."""

        def __format__(self, spec: str) -> str:
            return "x"

        def __getitem__(self, key: object) -> None:
            raise AssertionError("a template reached into a value")

    template.format_map(dict.fromkeys(fields, Opaque()))
