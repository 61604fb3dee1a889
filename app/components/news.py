"""“3 new, 2 changed: show”: what happened since the page was drawn, without redrawing it."""

from __future__ import annotations

import streamlit as st

from opsloop.errors import StoreError
from opsloop.store import Store
from opsloop.store.watching import News

POLL_SECONDS = 5


@st.fragment(run_every=POLL_SECONDS)
def show(key: str, store: Store, seen: int, number: int | None = None) -> None:
    """Offer to draw the page again once something happened.

    Args:
        seen: the place in the log that the page was drawn from.
        number: of one incident, to watch that only.
    """
    try:
        news = store.news_since(seen, number)
    except StoreError:
        return  # the page itself says what is wrong with the store at its next drawing
    if news:
        label = said(news) if number is None else "This incident changed: show"
        if st.button(label, key=key, icon=":material/refresh:", type="primary"):
            st.rerun()


def said(news: News) -> str:
    """Return the news as a button says it."""
    parts = []
    if news.new:
        parts.append(f"{news.new:,} new")
    if news.changed:
        parts.append(f"{news.changed:,} changed")
    return f"{', '.join(parts)}: show"
