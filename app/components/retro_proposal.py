"""The one proposal most worth doing, as a card, with the others behind it."""

from __future__ import annotations

import streamlit as st

from app.components import figures, html, notices, session
from opsloop.reporting import worth_doing
from opsloop.service import Service
from opsloop.service.figures.parts import Part
from opsloop.service.proposals import Proposal, proposals
from opsloop.warehouse.serving import ServingCopy

TITLE = "Most worth doing"


def show(key: str, copy: ServingCopy, service: Service, part: Part) -> None:
    """Show the best proposal for a part of the work that nobody has taken up, and offer to."""
    left = worth_doing.not_yet_taken_up(proposals(copy, part), service.improvements())
    figures.head(TITLE, "What the figures propose, by the minutes a week that it is about.")
    if not left:
        html.show("note", text="The figures propose nothing here that is not already taken up.")
        return
    best, *others = left
    with st.container(border=True, key=key):
        html.show(
            "retro_proposal",
            kind=worth_doing.KINDS.get(best.kind, best.kind),
            proposal=best,
            stake=worth_doing.stake(best),
        )
        st.button(
            "Open an improvement",
            key=f"{key}_open",
            icon=":material/flag:",
            on_click=_open,
            args=(service, best),
        )
    if others:
        with st.expander(f"{len(others)} more", key=f"{key}_others"):
            st.dataframe(
                worth_doing.table(others), key=f"{key}_table", hide_index=True, row_height=30
            )


def _open(service: Service, best: Proposal) -> None:
    notices.attempt(
        lambda: service.open_improvement(
            session.actor(),
            title=best.title,
            part=best.part,
            metric=best.metric,
            hypothesis=best.reason,
            target=best.target_change,
            proposal_key=best.proposal_key,
        ),
        lambda opened: (
            f"Improvement {opened.improvement_id} is open. It is measured from the day on which "
            f"it is started: `opsloop improvements start {opened.improvement_id}`."
        ),
    )
