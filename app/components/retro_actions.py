"""What became of last time's actions: with which a retrospective begins."""

from __future__ import annotations

import streamlit as st

from app.components import figures, html
from opsloop.reporting import actions
from opsloop.service import Service
from opsloop.service.figures.parts import Part

TITLE = "What became of last time's actions"
HOW = "The command `opsloop retrospectives` keeps what a team decides."


def show(service: Service, part: Part) -> None:
    """Show each team's last actions, or those of the team looked at, and what goes on."""
    figures.head(TITLE, "Each with its owner, and what the figures say of its effect.")
    team = actions.team_of(part)
    lines = actions.lines(service.last_actions(team), service.improvements(), team)
    if not lines:
        html.show("note", text=f"{actions.nothing(part)} {HOW}")
        return
    shown, settled = actions.folded(lines)
    html.show("retro_actions", lines=shown)
    if settled:
        with st.expander(f"{len(settled)} more, settled", key="retro_settled_actions"):
            html.show("retro_actions", lines=settled)
