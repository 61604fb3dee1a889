"""An entity's history in words: one plain sentence for each thing that happened. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app import words
from app.components.timeline import Entry
from app.components.timeline import entry as entry_of_row
from opsloop.store.history import EventStep, Happening, MuteStep
from opsloop.suppression import Hold, Mute
from opsloop.types import Action, Disposition, EventChange, LogRow

Mutes = Mapping[str, Mute]  # by id, as text

_CHANGES: Mapping[EventChange, str] = {
    EventChange.APPEARED: "found it",
    EventChange.FIRED_AGAIN: "found it again",
    EventChange.WORSENED: "found it worse",
    EventChange.CLEARED: "finds it no more: it cleared",
    EventChange.LOST: "lost it: its row is missing from the warehouse",
    EventChange.FOUND: "has its row again",
    EventChange.RELEASED: "still finds it, and nothing holds it back any more",
    EventChange.MOVED: "has it elsewhere",
}


def entry(one: Happening, mutes: Mutes, now: datetime) -> Entry:
    """Return one thing that happened as the timeline shows it."""
    if isinstance(one, EventStep):
        return _event(one, mutes, now)
    if isinstance(one, MuteStep):
        return _mute(one, now)
    return _row(one, now)


def _row(row: LogRow, now: datetime) -> Entry:
    made = entry_of_row(row, now)
    title = row.text if row.action is Action.OPENED else made.text
    return Entry(
        actor=made.actor,
        is_person=made.is_person,
        is_demo=made.is_demo,
        sentence=made.sentence,
        text=title,
        when=made.when,
        at=made.at,
        number=row.incident_id,
    )


def _event(step: EventStep, mutes: Mutes, now: datetime) -> Entry:
    return Entry(
        actor=words.monitor_name(step.monitor_id),
        is_person=False,
        is_demo=False,
        sentence=event_sentence(step, mutes),
        text=None,
        when=_when(step.at, now),
        at=words.timestamp(step.at),
        number=step.incident_id,
    )


def event_sentence(step: EventStep, mutes: Mutes) -> str:
    """Return what happened to an event, to be read after its monitor."""
    text = _CHANGES[step.change]
    if step.change is EventChange.CLEARED and step.cleared_reason == "rule_changed":
        text = "finds it no more: its rule changed"
    if step.change is EventChange.MOVED and step.incident_id is not None:
        return f"has it in #{step.incident_id} now"
    if step.change is not EventChange.CLEARED:
        known = [str(step.severity)] if step.severity else []
        known += [f"impact {words.amount(step.impact)}"] if step.impact is not None else []
        text += f" ({', '.join(known)})" if known else ""
    if held := [in_words(hold, mutes) for hold in step.holds]:
        text += f"; held back by {' and '.join(held)}"
    return text


def in_words(hold: Hold, mutes: Mutes) -> str:
    """Return what holds an event back, and until when."""
    match hold.disposition:
        case Disposition.MUTED:
            mute = mutes.get(hold.by)
            if mute is None:
                return f"mute {hold.by}"
            until = words.timestamp(mute.ends_at)
            return f"the mute of {mute.created_by} until {until} ({mute.reason})"
        case Disposition.MAINTENANCE:
            return f"maintenance {words.readable(hold.by)}{_until(hold)}"
        case Disposition.INHIBITED:
            return f"#{hold.by} while that is open"
        case Disposition.ACCEPTED:
            return f"what was accepted in #{hold.by}{_until(hold)}"
        case _:
            return str(hold.disposition)


def _until(hold: Hold) -> str:
    return f" until {words.timestamp(hold.until)}" if hold.until else ""


def _mute(step: MuteStep, now: datetime) -> Entry:
    mute = step.mute
    of = f" for {words.monitor_name(mute.monitor_id)}" if mute.monitor_id else ""
    sentence = (
        "lifted the mute" if step.is_end else f"muted it{of} until {words.timestamp(mute.ends_at)}"
    )
    return Entry(
        actor=(mute.ended_by or mute.created_by) if step.is_end else mute.created_by,
        is_person=True,
        is_demo=False,
        sentence=sentence,
        text=mute.reason,
        when=_when(step.at, now),
        at=words.timestamp(step.at),
    )


def _when(at: datetime, now: datetime) -> str:
    return f"{words.short_time(at)}  ·  {words.ago(at, now)}"
