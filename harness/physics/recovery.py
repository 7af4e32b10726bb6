"""What vSphere Replication does by itself: every VM that it protects is copied again within its recovery point objective."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from harness.physics.effects import After, At, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import Instant, Span
from harness.world.recovery import ProtectedMachine, ProtectionGroup
from harness.world.recovery_groups import MachineReplicated, ReplicationSwitched
from harness.world.storage import FILE_MODE, FOLDER_MODE, VolumePath
from harness.world.volume_files import FileRemoved, FileWritten, FolderMade

Contents: TypeAlias = Mapping[str, tuple[bytes | None, int, Instant]]
"""The files below a folder by path: bytes (None: a folder), mode and time."""


def find(laws: Laws, group: str, name: str) -> ProtectedMachine:
    """A protected VM as it is now."""
    return next(m for m in laws.world.protection[group].machines if m.name == name)


def hindrance(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine) -> str:
    """Why nothing can be copied for a VM now; empty where it can."""
    servers = laws.world.recovery_servers
    for server in (servers[group.protected], servers[group.recovery]):
        if not laws.world.sites[server.site].up:
            return f"nothing at {server.site} answers"
    for device in (machine.source, machine.target):
        if device is None or not laws.world.medium(device).online:
            return f"LUN {device} is offline"
    return ""


def read_folder(laws: Laws, folder: VolumePath) -> Contents:
    """Everything below a folder, as it is now; paths are relative to the folder."""
    return dict(_walk(laws, folder, ""))


def _walk(laws: Laws, folder: VolumePath, above: str) -> Iterator[tuple[str, tuple[bytes | None, int, Instant]]]:
    facts = laws.world.medium(folder.device).facts
    for name in laws.store.entries(folder) if laws.store.is_folder(folder) else []:
        file, known = folder / name, facts.get((folder / name).path)
        inner = laws.store.is_folder(file)
        mode, at = (known.mode, known.modified) if known else (FOLDER_MODE if inner else FILE_MODE, laws.now)
        yield above + name, (None if inner else laws.store.read(file), mode, at)
        if inner:
            yield from _walk(laws, file, f"{above}{name}/")


def write_folder(laws: Laws, folder: VolumePath, wanted: Contents) -> Effects:
    """Make a folder hold exactly this; what is so already is left alone."""
    held = read_folder(laws, folder)
    for path in sorted(held.keys() - wanted.keys()):
        yield FileRemoved(folder.device, (folder / path).path)
    for path, (content, mode, at) in wanted.items():
        if content is None and path not in held:
            yield FolderMade(folder.device, (folder / path).path, at, mode)
        elif content is not None and held.get(path) != (content, mode, at):
            yield FileWritten(folder.device, (folder / path).path, content, at, mode)


def source_of(machine: ProtectedMachine) -> VolumePath:
    """Where the files of a protected VM are."""
    return VolumePath(machine.source, machine.folder)


def target_of(machine: ProtectedMachine) -> VolumePath:
    """Where vSphere Replication keeps their copies."""
    if machine.target is None:
        raise ValueError(machine.name)
    return VolumePath(machine.target, machine.folder)


def deliver(laws: Laws, group: str, name: str, contents: Contents, at: Instant) -> Effects:
    """The target holds what the source held at ``at``."""
    yield from write_folder(laws, target_of(find(laws, group, name)), contents)
    yield MachineReplicated(group, name, at)


def switch(laws: Laws, group: str, name: str, *, on: bool) -> Effects:
    """Replication of a VM begins or stops; nothing happens where it is so already."""
    if find(laws, group, name).replicating is not on:
        yield ReplicationSwitched(group, name, on)
        if on:
            yield from next_cycle(laws, group, name)


def next_cycle(laws: Laws, group: str, name: str, passed: Span | None = None) -> Effects:
    """The next copy begins when the objective has passed since the last one began, ``passed`` ago."""
    machine = find(laws, group, name)
    yield At(max(machine.rpo - (passed or Span()), Span()), Cycle(group, name, machine.term))


@dataclass(frozen=True)
class Cycle(Trigger):
    """It is time for the next copy of a VM."""

    group: str
    name: str
    term: int

    def fire(self, laws: Laws) -> Effects:
        """One that cannot be made now is left out."""
        machine = find(laws, self.group, self.name)
        if machine.term != self.term:
            return
        if hindrance(laws, laws.world.protection[self.group], machine):
            yield from next_cycle(laws, self.group, self.name)
            return
        contents = read_folder(laws, source_of(machine))
        yield After("recovery.vr-transfer", self.name, Arrival(self.group, self.name, self.term, contents, laws.now))


@dataclass(frozen=True)
class Arrival(Trigger):
    """A copy that was begun at ``began`` is complete."""

    group: str
    name: str
    term: int
    contents: Contents
    began: Instant

    def fire(self, laws: Laws) -> Effects:
        """Unless a side was lost meanwhile: then the copy before it stays."""
        machine = find(laws, self.group, self.name)
        if machine.term != self.term:
            return
        if not hindrance(laws, laws.world.protection[self.group], machine):
            yield from deliver(laws, self.group, self.name, self.contents, self.began)
        yield from next_cycle(laws, self.group, self.name, laws.now - self.began)
