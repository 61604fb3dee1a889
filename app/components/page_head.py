"""The line on top of each page: its title, what it is about, and who works here."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.components import html, queue_filters, session
from app.project import Desk


def show(
    key: str, desk: Desk, title: str, summary: str = "", *, has_way_back: bool = False
) -> None:
    """Show a page's title; says so if the desk's activity is simulated.

    Args:
        has_way_back: whether to offer the queue as it was last looked at.
    """
    store_id, _ = desk.store.identity()
    is_demo = queries.is_demo(desk.store, store_id)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=key
    ):
        html.show(
            "page_head",
            title=title,
            summary=summary,
            is_demo=is_demo,
            queue=queue_filters.last_address() if has_way_back else None,
        )
        session.menu(f"{key}_person", desk.config)
