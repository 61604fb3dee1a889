"""What ever happened to an entity, newest first; a long history is read as far as it is shown."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import streamlit as st

from app import stories
from app.components import html
from opsloop.service.entities import history_of
from opsloop.store import Store

STEP = 100  # lines


def show(key: str, store: Store, entity: str, monitor_id: str | None, now: datetime) -> None:
    """Show the newest lines, and more of them on request."""
    shown = st.session_state.get(key, STEP)
    mutes = {str(mute.mute_id): mute for mute, _ in store.mutes()}
    with history_of(store, entity, monitor_id, newest_first=True) as newest:
        found = list(islice(newest, shown))
        has_more = next(newest, None) is not None
    html.show("timeline", entries=[stories.entry(one, mutes, now) for one in found])
    if has_more:
        st.button("Show older", key=f"{key}_more", on_click=_more, args=(key, shown))


def _more(key: str, shown: int) -> None:
    st.session_state[key] = shown + 5 * STEP
