"""An incident's events with their evidence; a flood is read page by page."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import pyarrow as pa
import streamlit as st
from streamlit.column_config import Column, DatetimeColumn, NumberColumn
from streamlit.elements.lib.column_types import ColumnConfig

from app import evidence, words
from app.components import html
from opsloop.store import Store
from opsloop.types import Event, EventView

PAGE = 100  # events
ROW = 30  # pixels
TALLEST = 340
LINKED = 8  # entities


def show(key: str, store: Store, number: int) -> list[Event]:
    """Show an incident's events, firing first, and return those that are marked."""
    total = store.count_events(number)
    if total == 0:
        html.show("note", text="It has no events: nothing of a monitor is in it.")
        return []
    pages = -(-total // PAGE)
    page = min(st.session_state.get(f"{key}_page", 1), pages)
    views = store.events(number, PAGE, (page - 1) * PAGE)
    table = evidence.table(views)
    selection = st.dataframe(
        table,
        # marks are places: other rows in these places are another table
        key=f"{key}_{page}_{_digest(views)}",
        hide_index=True,
        row_height=ROW,
        height=min(ROW * (table.num_rows + 1) + 2, TALLEST),
        column_config={field.name: _config(field) for field in table.schema},
        alt=f"{words.counted(total, 'event')} with their evidence",
        on_select="rerun",
        selection_mode="multi-row",
    )
    if pages > 1:
        st.pagination(pages, key=f"{key}_page")
    places = selection["selection"]["rows"]
    marked = [views[place].event for place in places if place < len(views)]
    _histories(marked or [view.event for view in views], is_marked=bool(marked))
    return marked


def _histories(events: Sequence[Event], *, is_marked: bool) -> None:
    """Show the way to the history of each entity, of a few at least."""
    entities = list(dict.fromkeys(event.entity_id for event in events))
    rest = len(entities) - LINKED
    html.show(
        "histories",
        entities=entities[:LINKED],
        more=f"and {rest:,} more: mark lines to see theirs" if rest > 0 and not is_marked else "",
    )


def _digest(views: Sequence[EventView]) -> str:
    ids = "".join(view.event.event_id for view in views)
    return blake2b(ids.encode(), digest_size=6).hexdigest()


def _config(field: pa.Field) -> ColumnConfig:
    if pa.types.is_timestamp(field.type):
        return DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")
    if field.name == "Impact":
        return NumberColumn(format="localized")
    return Column()
