"""What opens nothing for a while, with its reason and end, and the way to end it early."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app import stories, words
from app.components import html, notices, rights, session
from app.project import Desk
from opsloop.conditions import in_words
from opsloop.roles import Deed
from opsloop.service.muting import HeldBack, MuteView, acceptances_of
from opsloop.suppression import Mute

SHOWN = 200  # events that are held back
_AFTERWARDS = "What still fires opens incidents after its monitor's next run"


def show(key: str, desk: Desk, found: list[MuteView], now: datetime) -> None:
    """Show the mutes, each with what it holds back; those that have ended cannot be lifted."""
    if not found:
        html.show("note", text="Nothing is muted.")
    for one in found:
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="distribute",
            key=f"{key}_{one.mute.mute_id}",
        ):
            html.show("mute", **_parts(one, now))
            if one.mute.ends_at > now:
                lack = desk.service.lack_of_mute(session.actor(), Deed.UNMUTE, one.mute.monitor_id)
                st.button(
                    "Lift",
                    key=f"{key}_{one.mute.mute_id}_lift",
                    on_click=_lift,
                    args=(desk, one),
                    disabled=lack is not None,
                    help=rights.in_words(lack) or _AFTERWARDS,
                )


def accepted(key: str, desk: Desk, now: datetime) -> None:
    """Show what was accepted until a moment; that which holds nothing back now is folded away."""
    found = acceptances_of(desk.store, now)
    if not found:
        html.show("note", text="Nothing is accepted.")
        return
    at_work = [one for one in found if one.held_back]
    others = [one for one in found if not one.held_back]
    if at_work:
        html.show("acceptances", found=at_work, monitor_name=words.monitor_name)
    if others:
        label = f"{words.counted(len(others), 'acceptance')} that hold nothing back now"
        with st.expander(label, key=key):
            html.show("acceptances", found=others, monitor_name=words.monitor_name)
    html.show("note", text="To end an acceptance early, reopen its incident.")


def held_back(desk: Desk, held: HeldBack, mutes: dict[str, Mute]) -> None:
    """Show what fires and opens nothing, what fires longest first."""
    if not held.events:
        html.show("note", text="Nothing is held back: whatever fires has an incident.")
        return
    rows = [
        {
            "entity": one.event.entity_id,
            "monitor": words.monitor_name(one.event.monitor_id),
            "since": words.short_time(one.event.started_at),
            "severity": one.event.severity or words.UNKNOWN,
            "by": " and ".join(stories.in_words(hold, mutes) for hold in one.holds)
            or "nothing any more: it opens an incident after its monitor's next run",
        }
        for one in held.events
    ]
    rest = held.total - len(rows)
    more = f"and {rest:,} more: `opsloop suppressed list` has them all" if rest else ""
    html.show("held_back", rows=rows, more=more)


def named(mute: Mute) -> str:
    """Return what a mute is about, in words."""
    parts = [
        words.monitor_name(mute.monitor_id) if mute.monitor_id else "",
        mute.entity_id or "",
        in_words(mute.evidence),
    ]
    return " · ".join(part for part in parts if part)


def _parts(one: MuteView, now: datetime) -> dict[str, object]:
    mute = one.mute
    is_over = mute.ends_at <= now
    end = words.timestamp(mute.ends_at)
    left = words.rough((mute.ends_at - now).total_seconds())
    return {
        "what": named(mute),
        "reason": mute.reason,
        "by": mute.created_by,
        "when": f"ended {end}" if is_over else f"until {end}, {left} left",
        "ended_by": mute.ended_by,
        "held_back": one.held_back,
        "in_all": one.held_back_in_all,
        "is_over": is_over,
    }


def _lift(desk: Desk, one: MuteView) -> None:
    notices.attempt(
        lambda: desk.service.unmute(one.mute.mute_id, session.actor()),
        f"The mute of {named(one.mute)} is lifted: what still fires opens incidents after its "
        "monitor's next run.",
    )
