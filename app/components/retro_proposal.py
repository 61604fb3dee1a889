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
    """Show the best proposals for a part of the work that nobody has taken up, and offer to.

    What was just opened keeps its place.
    """
    found = proposals(copy, part)
    left = worth_doing.not_yet_taken_up(found, service.improvements())
    opened: dict[str, int] = st.session_state.setdefault(f"{key}_opened", {})
    shown = [one for one in found if one in left or one.proposal_key in opened]
    figures.head(TITLE, "What the figures propose, by the minutes a week that it is about.")
    notices.show(key)
    if not shown:
        html.show("note", text="The figures propose nothing here that is not already taken up.")
        return
    best, *others = [(one, None if one in left else opened[one.proposal_key]) for one in shown]
    _card(key, service, *best)
    if others:
        with st.expander(f"{len(others)} more", key=f"{key}_others"):
            for one in others:
                _card(key, service, *one)


def _card(key: str, service: Service, one: Proposal, improvement: int | None) -> None:
    """Show a proposal, and offer to take it up, or tell that it is.

    Args:
        improvement: the number of what came of it just now; None = nobody has taken it up.
    """
    with st.container(border=True):
        html.show("retro_proposal", proposal=one, stake=worth_doing.stake(one))
        if improvement is not None:
            html.show("notice", kind="done", text=_opened(improvement))
            return
        st.button(
            "Open an improvement",
            key=f"{key}_open_{one.proposal_key}",
            icon=":material/flag:",
            on_click=_open,
            args=(key, service, one),
        )


def _opened(number: int) -> str:
    return (
        f"Improvement {number} is open. It is measured from the day on which it is started: "
        f"`opsloop improvements start {number}`."
    )


def _open(key: str, service: Service, one: Proposal) -> None:
    """Take a proposal up; its card says so, and what went wrong stands above the cards."""

    def act() -> None:
        opened = service.open_improvement(
            session.actor(),
            title=one.title,
            part=one.part,
            metric=one.metric,
            hypothesis=one.reason,
            target=one.target_change,
            proposal_key=one.proposal_key,
        )
        st.session_state[f"{key}_opened"][one.proposal_key] = opened.improvement_id

    notices.attempt(act, "", key)
