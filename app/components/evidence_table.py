"""An incident's events with their evidence; a flood is read page by page."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st
from streamlit.column_config import Column, DatetimeColumn, NumberColumn
from streamlit.elements.lib.column_types import ColumnConfig

from app import evidence, words
from app.components import html
from opsloop.store import Store

PAGE = 100  # events
ROW = 30  # pixels
TALLEST = 340


def show(key: str, store: Store, number: int) -> None:
    """Show an incident's events, firing first."""
    total = store.count_events(number)
    if total == 0:
        html.show("note", text="No events: this incident was not opened by a monitor.")
        return
    pages = -(-total // PAGE)
    page = min(st.session_state.get(f"{key}_page", 1), pages)
    table = evidence.table(store.events(number, PAGE, (page - 1) * PAGE))
    st.dataframe(
        table,
        key=f"{key}_{page}",
        hide_index=True,
        row_height=ROW,
        height=min(ROW * (table.num_rows + 1) + 2, TALLEST),
        column_config={field.name: _config(field) for field in table.schema},
        alt=f"{words.counted(total, 'event')} with their evidence",
    )
    if pages > 1:
        st.pagination(pages, key=f"{key}_page")


def _config(field: pa.Field) -> ColumnConfig:
    if pa.types.is_timestamp(field.type):
        return DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")
    if field.name == "Impact":
        return NumberColumn(format="localized")
    return Column()
