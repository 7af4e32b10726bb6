"""A scene whose datastores are replicated to a second array."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from harness.blueprints.model import ArrayPlan, ReplicationPlan
from harness.blueprints.replication import add_replication
from harness.gateway import Gateway
from harness.operations import replication
from harness.physics.chance import Chance
from harness.units import DeviceId, Instant, Span, minutes
from harness.world.replication import Mode, Presenting, ReplicationGroup
from harness.world.storage import Lun
from tests.world.planting import plant
from tests.world.scene import NAMES, Scene

Contents: TypeAlias = dict[str, tuple[bytes | None, int | None, Instant | None]]
INTERVAL = minutes(15)
GROUP = "cg-tenants"


def replicate(scene: Scene, mode: Mode = "synchronous", presents: Presenting = "by-procedure") -> Scene:
    """Replicate both datastores of a scene from ``array01`` to ``array02``, in one group; the third host sees no original."""
    for host in NAMES[2:]:
        for lun in list(scene.gateway.world.luns.values()):
            hide(scene, lun, host)
    arrays = [ArrayPlan("array01", "protected"), ArrayPlan("array02", "recovery", presents)]
    interval = INTERVAL if mode == "asynchronous" else Span()
    plan = ReplicationPlan(GROUP, ("vmfs01", "vmfs02"), "array02", mode, interval, tuple(NAMES[2:]))
    now = scene.gateway.now
    plant(scene.gateway, lambda world: add_replication(world, arrays, [plan], Chance(7), now))
    scene.gateway.perform(replication.begin)
    return scene


def hide(scene: Scene, lun: Lun, name: str) -> None:
    """A host has never seen a LUN."""
    host = next(h for h in scene.gateway.world.hosts.values() if h.name == name)
    mounts = {v: m for v, m in host.mounts.items() if m.device != lun.device}
    fresh = replace(host, devices=host.devices - {lun.device}, mounts=mounts, reported=mounts)
    plant(scene.gateway, lambda world: world.with_host(fresh).with_lun(replace(lun, presented=lun.presented - {host.name})))


def group(gateway: Gateway) -> ReplicationGroup:
    return gateway.world.replication[GROUP]


def directory(scene: Scene, device: DeviceId) -> Path:
    """The real directory behind a LUN, for what somebody else than the world writes there."""
    folder: Path = scene.gateway.store.directory(device)  # type: ignore[attr-defined]
    return folder


def contents(scene: Scene, device: DeviceId) -> Contents:
    """Everything on a LUN: bytes (None: a folder), mode and time by path."""
    root, facts = directory(scene, device), scene.gateway.world.luns[device].facts
    found: Contents = {}
    for real in root.rglob("*"):
        path = real.relative_to(root).as_posix()
        known = facts.get(path)
        content = None if real.is_dir() else real.read_bytes()
        found[path] = (content, known.mode if known else None, known.modified if known else None)
    return found
