"""The people: what each has in hand, who is away, and how to say that somebody is."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import html, notices, page_head, rota, session
from app.project import Desk
from opsloop.service import utc_now
from opsloop.service.person_figures import burdens

desk = Desk.open()
me, now = session.person(), utc_now()
loads = desk.store.loads(sorted(desk.config.people), now)
worked = burdens(desk.store, desk.config, sorted(desk.config.people), now)
absences = desk.store.absences(now)
away = {one.person for one in absences if one.starts_at <= now}

summary = f"{len(desk.config.people):,} people  ·  {words.counted(len(away), 'is', 'are')} away"
page_head.show("people_head", desk, "People", summary)
notices.show()

story, side = st.columns([2.15, 1], gap="large")
with story:
    mine = desk.config.team_of(me)
    for team in sorted(desk.config.teams, key=lambda name: (name != mine, name)):
        lines = list(rota.lines_of(desk.config, team, loads, worked, absences, me, now))
        if lines:
            rota.show("rota", desk, team, lines)
with side:
    html.show("section", title="Somebody is away")
    html.show("note", text="Rules give them no incidents meanwhile; what they have stays theirs.")
    rota.away_form("away", desk, me)
    rota.own_weeks(desk, me, now)
