"""The migrations make exactly the tables that the code writes, on both engines."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from opsloop.errors import StoreError
from opsloop.store import Store, schema
from opsloop.store.engine import Engines
from opsloop.store.tables import metadata


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # none can be read on SQLite
def test_the_migrated_schema_is_the_declared_one(store: Store) -> None:
    with store.engines.writer.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_revisions_are_the_versions_folder() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    script = ScriptDirectory(str(folder))
    revisions = [one.revision for one in script.walk_revisions()]
    assert tuple(reversed(revisions)) == schema.REVISIONS


def test_an_older_store_is_not_upgraded_in_passing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "HEAD", "9999")
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
    url = store.engines.url.render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r"has schema \d+, this opsloop needs 9999. Upgrade"):
        Store.open(url, create=True)


def _die_before_the_commit(url: str) -> None:
    engines = Engines(url)

    def die(connection: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(engines.writer, "commit", die)
    schema.upgrade(engines)


def test_a_kill_while_migrating_leaves_nothing_half_done(store_url: str) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_die_before_the_commit, args=(store_url,)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with pytest.raises(StoreError, match="There is no incident store"):
        Store.open(store_url)
    with Store.open(store_url, create=True) as store:
        assert store.verify().ok
