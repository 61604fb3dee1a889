"""Which state is the demo's own, so that it starts over with that and touches nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsloop.demo.places import StorePlace, place_of
from opsloop.errors import Refused, StoreBusy, StoreError, WarehouseError
from opsloop.paths import Paths
from opsloop.store import Store
from opsloop.store.file_lock import locked
from opsloop.warehouse.duckdb import connect
from opsloop.warehouse.profile import read_target
from opsloop.words import counted

MARKER = "demo.json"
ELSEWHERE = "Give the demo a place of its own: set OPSLOOP_HOME to an empty folder."


@dataclass(frozen=True, slots=True)
class DemoState:
    """Where the demo keeps its state, and the note by which it knows it again.

    The note, `demo.json`, is written before anything else and says what the demo wrote last.
    """

    home: Path
    warehouse: Path
    store: StorePlace
    store_url: str
    serving: Path

    @classmethod
    def of(cls, paths: Paths) -> DemoState:
        """Return the demo's places of a project.

        Raises:
            Refused: the warehouse is no DuckDB file.
        """
        target = read_target(paths.project)
        if target.type != "duckdb":
            raise Refused(
                f"The demo needs a DuckDB warehouse; the dbt target is of type {target.type}.",
                "Unset OPSLOOP_TARGET.",
            )
        store = place_of(paths.store_url)
        return cls(paths.home, target.duckdb_path, store, paths.store_url, paths.serving)

    @property
    def marker(self) -> Path:
        """The note's file."""
        return self.home / MARKER

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Keep a second demo away.

        Raises:
            StoreBusy: another one is at work.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with locked(self.home / "demo.lock", wait_s=0) as is_only_one:
            if not is_only_one:
                raise StoreBusy(
                    f"Another demo is at work in {self.home}.", "Wait until it is done."
                )
            yield

    def note(self, content: Mapping[str, Any]) -> None:
        """Write the note, whole or not at all."""
        unfinished = self.marker.with_suffix(".part")
        unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(self.marker)

    def start_over(self, *, even_if_used: bool) -> None:
        """Remove what an earlier demo left.

        Args:
            even_if_used: also when people have worked in it since.

        Raises:
            Refused: something else wrote the store or the warehouse, or went on with them.
            StoreBusy: another program has the store open.
        """
        known = self._known()
        if self.store.is_taken():
            self._check_store(known, even_if_used)
            self.store.check_unused()
        if known is None and self.warehouse.exists() and not _is_empty(self.warehouse):
            raise Refused(
                f"The warehouse {self.warehouse} holds data that is not the demo's.", ELSEWHERE
            )
        self.note({"status": "unfinished"})
        self.store.clear()
        for leftover in self.warehouse.parent.glob(f"{self.warehouse.name}*"):
            leftover.unlink()
        shutil.rmtree(self.serving, ignore_errors=True)

    def _known(self) -> dict[str, Any] | None:
        """Return the note; None where no demo has been."""
        try:
            content = json.loads(self.marker.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            content = None
        return content if isinstance(content, dict) else None

    def _check_store(self, known: Mapping[str, Any] | None, even_if_used: bool) -> None:
        if known is None:
            raise Refused(f"The store {self.store.name} is not the demo's.", ELSEWHERE)
        if known.get("status") == "unfinished":
            return  # a demo that was stopped: its store may be half made
        try:
            with Store.open(self.store_url) as store:
                store_id, _ = store.identity()
                later = store.changes_since(known["seq"])
        except StoreError as error:
            raise Refused(f"The demo's store cannot be read: {error}", ELSEWHERE) from error
        if store_id != known["store_id"]:
            raise Refused(f"The store {self.store.name} is not the demo's.", ELSEWHERE)
        if later and not even_if_used:
            raise Refused(
                f"The demo's store has {counted(later, 'change')} since that the demo did not "
                "make.",
                "Add --replace to lose them and start over, or set OPSLOOP_HOME to an empty "
                "folder.",
            )


def _is_empty(warehouse: Path) -> bool:
    """Return whether a warehouse's tables hold no row: a build without data leaves it so."""
    try:
        with closing(connect(warehouse, read_only=True, wait_s=0)) as connection:
            rows = connection.execute("select sum(estimated_size) from duckdb_tables()").fetchone()
    except WarehouseError as error:
        raise Refused(f"The warehouse cannot be looked at: {error}", ELSEWHERE) from error
    return rows is None or not rows[0]
