"""HTML from templates. Every value is escaped on its way in; no page joins HTML by hand."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app import words
from opsloop.reporting.markup import coded

APP = Path(__file__).parent.parent
STATIC = APP / "static"

_NUMBER = re.compile(r"(?<![\w&])#(\d{1,18})\b")  # escaped letters (&#39;) are none

_templates = Environment(
    loader=FileSystemLoader(APP / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def linked(text: object) -> Markup:
    """Return a text, escaped, whose numbers of incidents (#12) are links to them."""
    link = r'<a class="ol-go" href="incident?incident=\1" target="_self">#\1</a>'
    return Markup(_NUMBER.sub(link, str(escape(text))))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


_templates.filters.update(
    base64=_base64,
    timestamp=words.timestamp,
    readable=words.readable,
    amount=words.amount,
    linked=linked,
    coded=coded,
    naming_monitors=words.naming_monitors,
)


def render(template: str, **values: Any) -> str:
    """Return a template of app/templates, filled in."""
    return _templates.get_template(f"{template}.html").render(values)


def show(template: str, **values: Any) -> None:
    """Put a template on the page."""
    st.html(render(template, **values))


def style() -> None:
    """Give the page the app's style sheet."""
    st.html(STATIC / "style.css")


def asset(name: str) -> str:
    """Return the text of a file of app/static."""
    return (STATIC / name).read_text(encoding="utf-8")
