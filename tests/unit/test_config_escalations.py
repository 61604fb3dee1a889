"""What a service level does by itself: what each key means, and each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.clocks import Target
from opsloop.config import check_config, load_config
from opsloop.escalation import Addressee, EscalationPolicy, EscalationStep, Nudging, Trigger

HEAD = """\
teams:
  maintainers: {members: [ada.moreno]}
service_levels:
  standard:
    targets: {acknowledge: {P1: {minutes: 15}}}
"""


def project(folder: Path, *lines: str) -> Path:
    text = HEAD + "".join(f"    {line}\n" for line in lines)
    (folder / "opsloop.yml").write_text(text, encoding="utf-8")
    return folder


def test_what_a_service_level_does_by_itself(tmp_path: Path) -> None:
    config = load_config(
        project(
            tmp_path,
            "escalate:",
            "  - {name: a, when: acknowledge_nearing, to: lead}",
            "  - name: b",
            "    when: acknowledge_missed",
            "    after: {minutes: 30}",
            "    to: {team: maintainers}",
            "    type: decision",
            "    class: request",
            "nudge: {every: {hours: 2}, times: 3, then: {person: ada.moreno}}",
            "follow_up: {every: {hours: 4}, times: 2, then: lead}",
            "quiet_after: {hours: 8}",
        )
    )
    assert config.service_levels["standard"].escalation() == EscalationPolicy(
        steps=(
            EscalationStep("a", Target.ACKNOWLEDGE, Trigger.NEARING, Addressee("lead")),
            EscalationStep(
                "b",
                Target.ACKNOWLEDGE,
                Trigger.MISSED,
                Addressee("team", "maintainers"),
                1800,
                "decision",
                "request",
            ),
        ),
        nudging=Nudging(7200, 3, Addressee("person", "ada.moreno")),
        follow_up=Nudging(4 * 3600, 2, Addressee("lead")),
        quiet_s=8 * 3600,
    )


def test_most_do_nothing_by_themselves(tmp_path: Path) -> None:
    assert load_config(project(tmp_path)).service_levels["standard"].escalation() is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "escalate: [{name: a, when: acknowledge_mised, to: lead}]",
            "opsloop.yml:6 service_levels.standard.escalate[0].when: 'acknowledge_mised' is "
            "nothing that a clock does. Did you mean 'acknowledge_missed'?",
        ),
        (
            "escalate: [{name: a, when: resolve_missed, to: lead}]",
            "opsloop.yml:6 service_levels.standard.escalate[0].when: The service level has no "
            "target 'resolve', so that it never comes to that. Add the target, or remove the "
            "step.",
        ),
        (
            "escalate: [{name: a, when: acknowledge_missed, to: {team: maintainer}}]",
            "There is no team 'maintainer'. Did you mean 'maintainers'?",
        ),
        (
            "nudge: {every: {hours: 1}, times: 1, then: {person: bo}}",
            "opsloop.yml:6 service_levels.standard.nudge.then: There is no person 'bo'.",
        ),
        (
            "escalate: [{name: a, when: acknowledge_missed, to: boss}]",
            "'boss' is nobody to ask. Write `lead`, or one of {team: …}",
        ),
        (
            "escalate: [{name: a, when: acknowledge_missed, too: lead}]",
            "'too' is not a known key. Did you mean 'to'? "
            "Known keys: name, when, to, after, type, class.",
        ),
        ("nudge: {every: {hours: 1}, times: 0}", "nudge.times"),
        ("nudge: {every: {days: 1}, times: 1}", "A day of business time has no fixed length."),
        ("quiet_after: 8h", "'8h' is not a time."),
        (
            "follow_up: {every: {hours: 1}, times: 2, then: {team: maintaners}}",
            "standard.follow_up.then: There is no team 'maintaners'. Did you mean 'maintainers'?",
        ),
        ("follow_up: {every: {hours: 1}}", "follow_up.times: 'times' is missing."),
        (
            "escalate: [{name: a, when: acknowledge_missed, to: lead, class: joke}]",
            "escalate[0].class: 'joke' is not one of exception, request, question or improvement.",
        ),
        (
            "escalate: [{name: a, when: acknowledge_missed, to: lead}, "
            "{name: a, when: acknowledge_nearing, to: lead}]",
            "Two steps are called 'a'.",
        ),
    ],
)
def test_faults(tmp_path: Path, line: str, expected: str) -> None:
    config, faults = check_config(project(tmp_path, line))
    assert config is None
    assert any(expected in str(fault) for fault in faults), [str(fault) for fault in faults]
