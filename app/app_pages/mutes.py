"""What fires and opens nothing: mutes and acceptances with what they hold back, and why."""

from __future__ import annotations

import streamlit as st

from app import queries, words
from app.components import (
    html,
    mute_form,
    mute_list,
    notices,
    page_head,
    rights,
    session,
)
from app.project import Desk
from opsloop.roles import Deed
from opsloop.service import utc_now
from opsloop.service.muting import mutes_of, suppressed_events

desk = Desk.open()
now = utc_now()
held = suppressed_events(desk.store, now, limit=mute_list.SHOWN)
everything = mutes_of(desk.store, now, with_ended=True)
in_force = [one for one in everything if one.mute.ends_at > now]

summary = (
    f"{words.counted(held.total, 'event')} held back  ·  "
    f"{words.counted(len(in_force), 'mute')} in force"
)
page_head.show("mutes_head", desk, "Held back", summary)
notices.show()

story, side = st.columns([2.15, 1], gap="large")
with story:
    html.show("section", title="Mutes")
    has_ended = len(everything) > len(in_force)
    with_ended = has_ended and st.toggle("Those that have ended too", key="mutes_ended")
    mute_list.show("mutes", desk, everything if with_ended else in_force, now)
    html.show("section", title="Held back now")
    mute_list.held_back(desk, held, {str(one.mute.mute_id): one.mute for one in everything})
    html.show("section", title="Accepted")
    mute_list.accepted("accepted", desk, now)
with side:
    html.show("section", title="Mute something")
    if why := rights.in_words(desk.service.lack_of_mute(session.actor(), Deed.MUTE)):
        html.show("note", text=why)
    else:
        mute_form.show("mute", desk, queries.known(desk).monitors)
