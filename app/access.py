"""Who may open the app: somebody at this very machine, and nobody through a proxy.

The demo's sign-in asks for no password, so everything that could come from elsewhere is refused:
another listening address, a foreign Host header (DNS rebinding), and any sign of forwarding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

FORWARDING_HEADERS = ("forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip")


@dataclass(frozen=True, slots=True)
class Visit:
    """How a browser reached the app.

    `remote` is null when it came from a loopback address (Streamlit says it so).
    """

    listening_on: str | None
    remote: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


def current_visit() -> Visit:
    """Return how the browser of this session reached the app."""
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    return Visit(st.get_option("server.address"), st.context.ip_address, headers)


def refusal(visit: Visit) -> str | None:
    """Return why this visit is refused, in one sentence; None if it is welcome."""
    if not is_loopback(visit.listening_on):
        where = visit.listening_on or "every address"
        return f"The app listens on {where}, where others could reach it."
    if visit.remote is not None and not is_loopback(visit.remote):
        return f"The request came from {visit.remote}, another machine."
    host = _host_name(visit.headers.get("host", ""))
    if not is_loopback(host):
        return f"The request names the host {host!r}, not localhost."
    forwarded = [name for name in visit.headers if _tells_of_forwarding(name)]
    if forwarded:
        return f"The request was forwarded by a proxy (header {forwarded[0]})."
    return None


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _host_name(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return header


def _tells_of_forwarding(name: str) -> bool:
    return name in FORWARDING_HEADERS or name.startswith("x-forwarded")
