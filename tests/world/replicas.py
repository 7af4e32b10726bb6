"""A scene whose datastores are replicated to a second array."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.blueprints.model import ArrayPlan, ReplicationPlan
from harness.blueprints.replication import add_replication
from harness.errors import Refusal
from harness.gateway import Gateway
from harness.operations import files, replication
from harness.physics.chance import Chance
from harness.units import DeviceId, HostName, Instant, Span, minutes
from harness.world.replication import Mode, Presenting, ReplicationGroup
from harness.world.storage import Lun, VolumePath
from tests.world.planting import plant
from tests.world.scene import NAMES, Scene

Contents: TypeAlias = dict[str, tuple[bytes | None, int | None, Instant | None]]
INTERVAL = minutes(15)
GROUP = "cg-tenants"
NOTE = "/vmfs/volumes/vmfs01/note"


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


def write(scene: Scene, text: str, path: str = NOTE, host: HostName = NAMES[0]) -> None:
    scene.gateway.perform(files.write, host, path, text.encode())


def target(scene: Scene, label: str = "vmfs01") -> str:
    pair = next(p for p in group(scene.gateway).pairs if scene.gateway.world.luns[p.source].vmfs.label == label)
    return pair.target


def note_on(scene: Scene, device: str) -> str | None:
    try:
        return scene.gateway.store.read(VolumePath(device, "note")).decode()
    except FileNotFoundError:
        return None


def ask(scene: Scene, operation, *args, **fields):
    return scene.gateway.perform(operation, *args, **fields)


def refused(scene: Scene, operation, *args, **fields) -> str:
    with pytest.raises(Refusal) as caught:
        ask(scene, operation, *args, **fields)
    return f"{caught.value.reason}: {caught.value}"


def same(scene: Scene) -> bool:
    return all(contents(scene, p.source) == contents(scene, p.target) for p in group(scene.gateway).pairs)
