"""What the monitor is about and what its runbook says to do."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import html
from app.project import Desk


def show(key: str, desk: Desk, monitor_id: str | None) -> None:
    """Show a monitor's description and runbook; its bare id if the project has it no more."""
    monitor = desk.monitor(monitor_id)
    html.show(
        "monitor",
        name=words.monitor_name(monitor_id),
        monitor_id=monitor_id,
        file=monitor.file if monitor else "",
    )
    if monitor is None:
        return
    st.markdown(monitor.description)  # the project's own text, reviewed with its code; no HTML
    if not monitor.runbook:
        return
    if url := desk.runbook_url(monitor):
        st.link_button("Open the runbook", url, icon=":material/open_in_new:")
    elif text := desk.runbook(monitor):
        with st.expander("Runbook", icon=":material/menu_book:", key=key):
            st.markdown(text)
    else:
        html.show("note", text=f"The runbook {monitor.runbook} is missing.")
