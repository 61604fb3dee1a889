"""`maintenance:` and `inhibitions:`: what they mean, and how each fault is reported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsloop.config import check_config, load_config, unknown_monitors
from opsloop.suppression import Inhibition, Once, Weekly, Window

HEAD = "teams:\n  maintainers:\n"
WHOLE = """\
maintenance:
  - name: move
    monitors: [mon_*]
    entities: JFK-*
    from: 2026-11-28 22:00
    to: 2026-11-29T04:00:00+01:00
    reason: The warehouse moves.
  - name: sundays
    monitors: mon_late_orders
    days: [sun]
    hours: "02:00-04:00"
    time_zone: Europe/Rome
  - {name: local, from: 2026-11-28 22:00:00, to: 2026-11-30, time_zone: Europe/Rome}
inhibitions:
  - {name: late_feed, source: mon_feed, target: [mon_late_*], same: group}
"""


def load(tmp_path: Path, text: str) -> Path:
    (tmp_path / "opsloop.yml").write_text(HEAD + text, encoding="utf-8")
    return tmp_path


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type]


def test_windows_and_inhibitions_as_sync_asks_them(tmp_path: Path) -> None:
    config = load_config(load(tmp_path, WHOLE))
    assert config.windows == (
        Window(
            "move",
            Once(utc(2026, 11, 28, 22), utc(2026, 11, 29, 3)),
            ("mon_*",),
            ("JFK-*",),
            "The warehouse moves.",
        ),
        Window("sundays", Weekly((6,), ((120, 240),), "Europe/Rome"), ("mon_late_orders",)),
        Window("local", Once(utc(2026, 11, 28, 21), utc(2026, 11, 29, 23))),
    )
    assert config.inhibition_rules == (
        Inhibition("late_feed", "mon_feed", ("mon_late_*",), "group"),
    )
    assert '"from_"' in config.as_json()


def test_nothing_after_the_keys_is_none_of_them(tmp_path: Path) -> None:
    config = load_config(load(tmp_path, "maintenance:\ninhibitions:\n"))
    assert (config.windows, config.inhibition_rules) == ((), ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "maintenance:\n- {name: a, hours: '02:00-04:00'}",
            "opsloop.yml:4 maintenance[0]: Days and hours need a time zone.",
        ),
        ("maintenance:\n- {name: a}", "opsloop.yml:4 maintenance[0]: The window 'a' has no time."),
        (
            "maintenance:\n- {name: a, from: 2026-01-01, to: 2026-01-02, days: sun}",
            "opsloop.yml:4 maintenance[0]: The window 'a' has both moments and hours of the week.",
        ),
        (
            "maintenance:\n- {name: a, from: 2026-01-01}",
            "opsloop.yml:4 maintenance[0]: from and to need each other.",
        ),
        (
            "maintenance:\n- {name: a, from: 2026-01-02, to: 2026-01-02}",
            "opsloop.yml:4 maintenance[0]: It ends at 2026-01-02 00:00 UTC, not after",
        ),
        (
            "maintenance:\n- {name: a, from: soon, to: 2026-01-02}",
            "opsloop.yml:4 maintenance[0].from: 'soon' is not a moment.",
        ),
        (
            "maintenance:\n- {name: a, days: sun, time_zone: Europe/Room}",
            "maintenance[0].time_zone: There is no time zone 'Europe/Room'. Did you mean",
        ),
        (
            "maintenance:\n- {name: a, days: sun, time_zone: UTC, monitor: b}",
            "maintenance[0].monitor: 'monitor' is not a known key. Did you mean 'monitors'?",
        ),
        (
            "maintenance:\n- {name: a, days: sun, time_zone: UTC}\n"
            "- {name: a, days: mon, time_zone: UTC}",
            "opsloop.yml:5 maintenance[1].name: The one in line 4 has the name 'a' already.",
        ),
        (
            "inhibitions:\n- {name: a, source: mon_a, target: mon_b, same: entitie}",
            "inhibitions[0].same: 'entitie' is not one of entity or group. Did you mean 'entity'?",
        ),
        (
            "inhibitions:\n- {name: a, source: mon_a, target: mon_b}",
            "opsloop.yml:4 inhibitions[0].same: 'same' is missing.",
        ),
        (
            "inhibitions:\n- {name: a, source: mon_a, target: [mon_*], same: entity}",
            "opsloop.yml:4 inhibitions[0].target: 'mon_a' would silence itself. Name targets",
        ),
        (
            "inhibitions:\n- {name: a, source: mon_a, target: mon_b, same: entity}\n"
            "- {name: b, source: mon_b, target: [mon_c], same: entity}\n"
            "- {name: c, source: mon_c, target: [mon_a], same: group}",
            "opsloop.yml:4 inhibitions[0].target: Monitors silence each other in a circle: "
            "mon_a → mon_b → mon_c → mon_a. Take one of them out of the targets.",
        ),
    ],
)
def test_faults(tmp_path: Path, text: str, fault: str) -> None:
    config, found = check_config(load(tmp_path, text))
    assert config is None
    assert len(found) == 1
    assert fault in str(found[0])
    assert found[0].remedy or "same" in fault


def test_a_chain_without_a_circle_is_no_fault(tmp_path: Path) -> None:
    text = (
        "inhibitions:\n- {name: a, source: mon_a, target: [mon_b, mon_c], same: entity}\n"
        "- {name: b, source: mon_b, target: [mon_c], same: entity}\n"
        "- {name: c, source: mon_a, target: [mon_c], same: group}"
    )
    assert check_config(load(tmp_path, text))[1] == []


def test_unknown_monitors(tmp_path: Path) -> None:
    folder = load(tmp_path, WHOLE)
    config = load_config(folder)
    found = unknown_monitors(folder, config, {"mon_feeds", "mon_late_orders"})
    assert [str(fault) for fault in found] == [
        "opsloop.yml:17 inhibitions[0].source: There is no monitor 'mon_feed'. Did you mean "
        "'mon_feeds'? Define it, or name another monitor here."
    ]
    found = unknown_monitors(folder, config, {"other"})
    assert [(fault.line, fault.key, fault.is_blocking) for fault in found] == [
        (5, "maintenance[0].monitors[0]", False),
        (11, "maintenance[1].monitors", False),
        (17, "inhibitions[0].source", False),
        (17, "inhibitions[0].target[0]", False),
    ]
