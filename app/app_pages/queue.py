"""The queue: what is open, what matters most, and a way into each incident."""

from __future__ import annotations

import streamlit as st

from app import queries, words
from app.components import html, incident_table, news, notices, page_head, queue_filters, session
from app.components.incident_table import Choice
from app.filters import NOBODY, Filters
from app.project import Desk
from opsloop.roles import Deed


def take(choice: Choice) -> None:
    """Take what was clicked to be taken in the table."""
    notices.attempt(
        lambda: desk.service.take(choice.number, session.actor(), expect=choice.decision_version),
        f"Incident {choice.number} is yours.",
    )
    st.rerun()


desk = Desk.open()
me = session.person()
known = queries.known(desk)
filters = queue_filters.from_url(known)
queue = queries.queue(desk.store, filters, me)
unowned = queries.by_assignee(queue.facets["assignee"]).get(NOBODY, 0)

summary = f"{words.counted(queue.matching, 'incident')}  ·  {unowned:,} without an owner"
page_head.show("queue_head", desk, "Queue", summary)
notices.show()
if note := queue_filters.dropped_note():
    html.show("notice", kind="info", text=note)

with st.sidebar:
    queue_filters.show("filter", filters, queue, known, me)
with st.container(horizontal=True, vertical_alignment="center", key="queue_tools"):
    with st.container(width=320):
        queue_filters.show_search("filter", filters)
    with st.container(width=210):
        queue_filters.show_order("filter", filters)
    news.show("queue_news", desk.store, queue.seq)

if queue.items:
    choice = incident_table.show(
        "queue_table",
        queue.items,
        me=me,
        now=queue.read_at,
        zones=desk.zones,
        may_take=lambda one: desk.service.lack_of(session.actor(), Deed.TAKE, one) is None,
    )
    queue_filters.show_pages("filter", filters, queue)
    if choice:
        take(choice)
else:
    has_any = bool(queries.by_status(queue.facets["status"])["all"])
    html.show("empty_queue", is_filtered=filters != Filters(), has_any=has_any)
