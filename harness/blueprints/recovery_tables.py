"""The tables of a blueprint that describe Site Recovery Manager, as plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.blueprints.products import ProtectionPlan, RecoveryPlanPlan, RecoveryServerPlan
from harness.units import minutes
from harness.world.recovery import Prompt, ProtectionKind


def read_recovery(payload: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The fields of a :class:`harness.blueprints.Blueprint` that are about Site Recovery Manager."""
    return {
        "recovery_servers": tuple(_server(entry) for entry in payload.get("srm", [])),
        "protection": tuple(_group(entry) for entry in payload.get("protection-group", [])),
        "recovery_plans": tuple(_plan(entry) for entry in payload.get("recovery-plan", [])),
    }


def _server(entry: Mapping[str, Any]) -> RecoveryServerPlan:
    restores, forces = entry.get("restore-datastore-names", False), entry.get("force-recovery", False)
    return RecoveryServerPlan(entry["name"], entry["vcenter"], entry["placeholders"], restores, forces)


def _group(entry: Mapping[str, Any]) -> ProtectionPlan:
    own = entry.get("rpo-of", {})
    objectives = {name: minutes(own.get(name, entry["rpo"])) for name in entry["vms"] if "rpo" in entry}
    return ProtectionPlan(
        name=entry["name"],
        kind=ProtectionKind(entry["kind"]),
        protected=entry["srm"],
        machines=tuple(entry["vms"]),
        replication=entry.get("replication", ""),
        target=entry.get("target", ""),
        objectives=objectives,
    )


def _plan(entry: Mapping[str, Any]) -> RecoveryPlanPlan:
    prompts = tuple(Prompt(**prompt) for prompt in entry.get("prompt", []))
    return RecoveryPlanPlan(entry["name"], tuple(entry["groups"]), entry.get("priorities", {}), prompts)
