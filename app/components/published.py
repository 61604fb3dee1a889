"""How fresh the retro's figures are."""

from __future__ import annotations

from datetime import datetime, timedelta

from app import words
from app.components import html
from opsloop.store import Store
from opsloop.warehouse.serving import ServingCopy

OLD = timedelta(days=1)


def summary(copy: ServingCopy, store: Store, now: datetime) -> str:
    """Return through when the figures are, and how much happened since."""
    published = copy.published
    if _is_of_another_store(copy, store):
        return through(copy)
    changes = store.changes_since(published.seq)
    since = f"{words.counted(changes, 'change')} since" if changes else "nothing changed since"
    return f"{through(copy)}  ·  {since}  ·  published {words.ago(published.published_at, now)}"


def through(copy: ServingCopy) -> str:
    """Return through when the figures are."""
    return f"figures through {words.timestamp(copy.published.data_through)}"


def warn(copy: ServingCopy, store: Store, now: datetime) -> None:
    """Say so when the figures are of another store, or old."""
    published = copy.published
    if _is_of_another_store(copy, store):
        text = "These figures are of another incident store. Run `opsloop run` to publish anew."
        html.show("notice", kind="conflict", text=text)
    elif now - words.as_utc(published.published_at) > OLD and store.changes_since(published.seq):
        since = words.ago(published.published_at, now)
        text = f"These figures were published {since}. Run `opsloop run` to bring them up to date."
        html.show("notice", kind="info", text=text)


def _is_of_another_store(copy: ServingCopy, store: Store) -> bool:
    return (copy.published.store_id, copy.published.lineage) != store.identity()
