"""Links within texts and timelines: followed within the session, which a reload would end."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components import html

PAGES: Mapping[str, tuple[str, str | None]] = {
    # the page's name in an address → its file, and the parameter that it cannot be without
    "incident": ("app_pages/incident.py", "incident"),
    "entity": ("app_pages/entity.py", "entity"),
    "incidents": ("app_pages/incidents.py", "figure"),
    "retro": ("app_pages/retro.py", None),
}

_mount = st.components.v2.component("navigator", js=html.asset("navigator.js"))


def show(key: str) -> None:
    """Follow the link that was clicked just now, if one was; draws nothing."""
    clicked = _mount(key=key, on_go_change=_noted).go
    if not clicked:
        return
    page, needed = PAGES.get(clicked["page"], ("", None))
    params = {name: str(value) for name, value in clicked["params"].items()}
    if page and (needed is None or params.get(needed)):
        st.switch_page(page, query_params=params)


def _noted() -> None:
    """Let the component report; the page acts on what `show` finds."""
