"""Comparing figures that two computations made."""

from __future__ import annotations

from typing import Any

import pytest


def about(value: float | None) -> Any:
    """Return what equals a figure but for the last digits."""
    return None if value is None else pytest.approx(value, abs=1e-6)
