"""Where the demo keeps its store: in a file, or in a database on a server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from opsloop.errors import StoreBusy
from opsloop.store import Store

_SQLITE = "sqlite:///"


class StorePlace(Protocol):
    """A place for a store that can be cleared."""

    @property
    def name(self) -> str:
        """What people know it by."""

    def is_taken(self) -> bool:
        """Return whether there is a store, or what is left of one."""

    def check_unused(self) -> None:
        """Raise StoreBusy if another program would go on with a store that is removed."""

    def clear(self) -> None:
        """Remove the store, and nothing else."""


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A SQLite file, with what SQLite and opsloop keep beside it."""

    file: Path

    @property
    def name(self) -> str:
        """Return the file's path."""
        return str(self.file)

    def is_taken(self) -> bool:
        """Return whether the file exists."""
        return self.file.exists()

    def check_unused(self) -> None:
        """Raise StoreBusy if a program has the store open: it would go on in a removed file."""
        # SQLite leaves the write-ahead log only when nobody else is connected
        try:
            with closing(sqlite3.connect(self.file, timeout=0)) as connection:
                connection.execute("pragma journal_mode = delete")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreBusy(
                    f"A program has the store {self.file} open, the app perhaps.",
                    "Stop it (Ctrl-C in its terminal), then start the demo again.",
                ) from error
        except sqlite3.DatabaseError:
            pass  # half made by a demo that was stopped

    def clear(self) -> None:
        """Remove the file and all beside it that begins with its name."""
        for leftover in self.file.parent.glob(f"{self.file.name}*"):
            leftover.unlink()


@dataclass(frozen=True, slots=True)
class StoreDatabase:
    """A store in a database on a server, which may hold other tables as well."""

    url: str
    name: str

    def is_taken(self) -> bool:
        """Return whether there is a store."""
        return Store.exists(self.url)

    def check_unused(self) -> None:
        """Do nothing: who is connected meets the new store, as the server has one place for it."""

    def clear(self) -> None:
        """Drop the store's tables."""
        Store.remove(self.url)


def place_of(url: str) -> StorePlace:
    """Return the place that a store's URL names."""
    if url.startswith(_SQLITE):
        return StoreFile(Path(url.removeprefix(_SQLITE)))
    return StoreDatabase(url, Store.name_of(url))
