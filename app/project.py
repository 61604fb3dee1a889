"""What the pages stand on: the project's settings, monitors, incident store and serving copy.

Everything is opened once per process. A new manifest, a store made anew and a new publish are seen
at the next click; edited settings within half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from opsloop.config import Config, load_config
from opsloop.errors import ConfigError
from opsloop.monitors import load_monitors
from opsloop.paths import Paths, find_project
from opsloop.service import Service, utc_now
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import Monitor
from opsloop.warehouse.serving import ServingCopy, open_serving

LONGEST_RUNBOOK = 200_000  # characters


@dataclass(frozen=True, slots=True)
class Desk:
    """The open project: what a page reads from and acts through."""

    paths: Paths
    config: Config
    monitors: Mapping[str, Monitor]
    store: Store
    service: Service

    @classmethod
    def open(cls) -> Desk:
        """Open the project around the working directory.

        Raises:
            OpsloopError: the settings are wrong, or there is no store that can be opened.
        """
        paths = Paths.of(find_project(Path.cwd()))
        config = _config(paths.project)
        store = _store(paths.store_url, _store_file(paths.store_url))
        _put_in_force(store, store.identity()[0], config.checksum, config)
        monitors = _monitors(paths.manifest, paths.project, _moved(paths.manifest), config)

        def owner_of(monitor_id: str) -> str | None:
            found = monitors.get(monitor_id)
            return found.owner if found else None

        service = Service(store, config, owner_of=owner_of)
        return cls(paths, config, monitors, store, service)

    @property
    def zones(self) -> dict[str, str]:
        """The time zones of the calendars, by calendar."""
        return {name: one.time_zone for name, one in self.config.calendars.items()}

    def monitor(self, monitor_id: str | None) -> Monitor | None:
        """Return the monitor of an incident; None if the project no longer has it."""
        return self.monitors.get(monitor_id or "")

    def serving(self) -> ServingCopy | None:
        """Return the published copy of the retro; None before the first publish."""
        return open_serving(self.paths.serving)

    def runbook(self, monitor: Monitor) -> str | None:
        """Return the text of a monitor's runbook; None if it is no file of the project."""
        if not monitor.runbook:
            return None
        path = (self.paths.project / monitor.runbook).resolve()
        if not path.is_relative_to(self.paths.project) or not path.is_file():
            return None
        return path.read_text(encoding="utf-8", errors="replace")[:LONGEST_RUNBOOK]

    def runbook_url(self, monitor: Monitor) -> str | None:
        """Return the address of a runbook that lives elsewhere."""
        url = urlsplit(monitor.runbook or "")
        return monitor.runbook if url.scheme in ("http", "https") and url.netloc else None


def _moved(file: Path) -> int:
    """Return what changes when the file does."""
    return file.stat().st_mtime_ns if file.is_file() else 0


def _store_file(url: str) -> int:
    """Return which file an SQLite store is: a store that was made anew is another one."""
    path = Path(url.removeprefix("sqlite:///"))
    return path.stat().st_ino if url.startswith("sqlite:///") and path.is_file() else 0


@st.cache_resource(max_entries=4, ttl=30, show_spinner=False)
def _config(project: Path) -> Config:
    return load_config(project)


@st.cache_data(max_entries=4, ttl=3600, show_spinner=False)
def _put_in_force(_store: Store, store_id: str, checksum: str, _config: Config) -> None:
    """Let the store follow settings that changed since the last command or click."""
    apply_settings(_store, _config, utc_now())


@st.cache_resource(max_entries=4, show_spinner=False)
def _monitors(manifest: Path, project: Path, moved: int, _config: Config) -> Mapping[str, Monitor]:
    try:
        return load_monitors(manifest, _config, project).by_id()
    except ConfigError:
        return {}  # incidents are worked on without it: monitors are shown by their ids


@st.cache_resource(max_entries=2, show_spinner="Opening the incident store …")
def _store(url: str, file: int) -> Store:
    return Store.open(url)
