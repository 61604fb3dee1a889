"""Improvements, their verdicts and what retrospectives kept, as JSON documents and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.improvements import Improvement, Part
    from opsloop.service.improving import ImprovementView
    from opsloop.service.judging import Judgement, Revisited, ScreenedChange
    from opsloop.service.retrospecting import Became
    from opsloop.store.improvements import Happened
    from opsloop.store.verdicts import KeptVerdict, RuleChange


def registered(one: Improvement) -> dict[str, Any]:
    """Return what is registered of an improvement, without its texts."""
    return {
        "improvement_id": one.improvement_id,
        "stage": one.stage,
        "owner": one.owner,
        "team": one.team,
        "dimension": one.dimension,
        "dimension_value": one.dimension_value,
        "metric": one.metric,
        "target": one.target,
        "start_day": one.start_day,
        "horizon_weeks": one.horizon_weeks,
        "control_dimension": one.control_dimension,
        "control_value": one.control_value,
        "proposal_key": one.proposal_key,
        "retrospective_id": one.retrospective_id,
        "start_moved_late": one.late_moves,
        "opened_at": one.opened_at,
        "opened_by": one.opened_by,
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
    }


def improvement(view: ImprovementView) -> dict[str, Any]:
    """Return an improvement with the verdict that was given last."""
    return {
        **registered(view.improvement),
        "title": view.title,
        "hypothesis": view.hypothesis,
        "registered_late": view.is_registered_late,
        "verdict": None if view.verdict is None else verdict(view.verdict),
    }


def verdict(one: KeptVerdict) -> dict[str, Any]:
    """Return a verdict as it was given."""
    return {
        "known_through": one.known_through,
        "kept_at": one.kept_at,
        "plan_version": one.plan_version,
        "verdict": one.verdict,
        "says": one.says,
        "change": one.change,
        "low": one.low,
        "high": one.high,
        "weeks_before": one.weeks_before,
        "weeks_after": one.weeks_after,
        "level_before": one.level_before,
        "level_after": one.level_after,
        "p_value": one.p_value,
        "needed_p": one.needed_p,
        "power": one.power,
        "weeks_needed": one.weeks_needed,
        "weeks_more": one.weeks_more,
    }


def revisited(one: Revisited) -> dict[str, Any]:
    """Return a kept verdict, and whether today's figures would say otherwise."""
    return {
        **verdict(one.kept),
        "figures_changed": one.has_other_figures,
        "says_otherwise_today": one.is_other,
        "today": None if one.today is None else one.today.in_words(),
    }


def judgement(one: Judgement) -> dict[str, Any]:
    """Return what today's figures say."""
    found, step, power = one.found, one.found.step, one.found.power
    return {
        "known_through": one.known_through,
        "verdict": found.verdict,
        "says": one.in_words(),
        "weeks_before": found.weeks_before,
        "weeks_after": found.weeks_after,
        "level_before": found.level_before,
        "level_after": found.level_after,
        "change": step.change if step else None,
        "low": step.low if step else None,
        "high": step.high if step else None,
        "p_value": step.p_value if step else None,
        "adjusted_p_value": found.adjusted_p_value,
        "power": power.at_horizon if power else None,
        "weeks_needed": power.weeks_needed if power else None,
        "weeks_more": power.weeks_more if power else None,
        "rule_changes": [rule_change(change) for change in one.changes],
        "monitors_began": [{"monitor": new.monitor_id, "week": new.week} for new in one.began],
        "waits_for_week": None if one.waits is None else one.waits.week,
    }


def rule_change(one: RuleChange) -> dict[str, Any]:
    """Return a change of a monitor's rule or grouping."""
    return {
        "monitor": one.monitor_id,
        "aspect": one.aspect,
        "changed_at": one.changed_at,
        "before": one.before,
        "after": one.after,
    }


def screened_change(one: ScreenedChange) -> dict[str, Any]:
    """Return a change that registered itself, and what became of the monitor's events."""
    return {**rule_change(one.change), **judgement(one.judgement)}


def happened(one: Happened) -> dict[str, Any]:
    """Return a row of an improvement's log."""
    return {
        "step": one.step,
        "at": one.at,
        "by": one.by,
        "start_day": one.start_day,
        "is_late": one.is_late,
        "text": one.text,
    }


def item(one: Became) -> dict[str, Any]:
    """Return an item of a retrospective, and what became of it."""
    found, view = one.said.item, one.improvement
    return {
        "item_id": found.item_id,
        "retrospective_id": found.retrospective_id,
        "kind": found.kind,
        "text": one.said.text,
        "owner": found.owner,
        "due_day": found.due_day,
        "state": found.state,
        "overdue": one.is_overdue,
        "settled_at": found.settled_at,
        "settled_by": found.settled_by,
        "settled_text": one.said.settled_text,
        "noted_by": found.noted_by,
        "improvement": None if view is None else improvement(view),
    }


def percent(share: float | None) -> str | None:
    """Return a change for people: `-30 %`."""
    return None if share is None else f"{share * 100:+.0f} %"


def measured_by(one: Improvement) -> str:
    """Return what an improvement is to change: `arrivals of monitor mon_late by -30 %`."""
    against = f", against {in_words(one.control)}" if one.control else ""
    return f"{one.metric} of {in_words(one.part)} by {percent(one.target)}{against}"


def in_words(part: Part) -> str:
    """Return a part of the work for people."""
    return "everything" if part.dimension == "total" else f"{part.dimension} {part.value}"
