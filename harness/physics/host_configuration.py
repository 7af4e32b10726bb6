"""What a host keeps of storage in its own configuration: lines of ``esx.conf``, or entries of what took over from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from harness.releases import Release
from harness.units import Instant
from harness.world.host_files import HostFileWritten
from harness.world.hosts import CONFIG_STORE, ESX_CONF, Host, HostFile

MAGIC = b"CONFIGSTORE\x01"

Entries: TypeAlias = Mapping[str, Mapping[str, str]]
"""The properties of each thing of a section, by the name of that thing."""


@dataclass(frozen=True)
class Section:
    """Things of one kind: ``line`` is how ``esx.conf`` writes a property of one, ``key`` where ConfigStore has them.

    The layout of ConfigStore, and the keys in it, are assumed: the real ones are not published.
    """

    line: str
    key: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What reads such a line: name, property, value."""
        parts = {"{name}": r"([^\]/]+)", "{key}": r"(\w+)", "{value}": '([^"]*)'}
        return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(\{\w+\})", self.line)))


FORCED_MOUNTS = Section('/fs/vmfs[{name}]/forceMountedLvm/{key} = "{value}"', "forceMountedLvm")
"""By the volume's UUID (quoted, the form of the lines: virtuallyhyper 2012-08-20)."""
NAS_VOLUMES = Section('/nas/{name}/{key} = "{value}"', "nas")
"""By the datastore's name (the form of the lines is from memory)."""


def read(release: Release, host: Host, section: Section) -> Entries:
    """What the configuration of a running host holds of a section."""
    file = host.files.get(_path(release))
    if file is None:
        return {}
    return _of_conf(file.content, section) if _path(release) == ESX_CONF else _of_store(file.content).get(section.key, {})


def written(release: Release, host: Host, section: Section, entries: Entries, now: Instant) -> HostFileWritten:
    """The configuration with these entries in that section, and all else as it is."""
    path = _path(release)
    before = host.files.get(path)
    old = before.content if before else b""
    content = _to_conf(old, section, entries) if path == ESX_CONF else _to_store({**_of_store(old), section.key: entries})
    return HostFileWritten(host.name, path, HostFile(content, now, before.mode if before else 0o600))


def _path(release: Release) -> str:
    return ESX_CONF if release.text("config-file") == "esx.conf" else CONFIG_STORE


def _of_conf(content: bytes, section: Section) -> Entries:
    entries: dict[str, dict[str, str]] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        found = section.pattern.fullmatch(line)
        if found:
            entries.setdefault(found[1], {})[found[2]] = found[3]
    return entries


def _to_conf(before: bytes, section: Section, entries: Entries) -> bytes:
    others = [line for line in before.decode("utf-8", "replace").splitlines() if not section.pattern.fullmatch(line)]
    lines = [section.line.format(name=n, key=k, value=v) for n, entry in entries.items() for k, v in entry.items()]
    return "".join(f"{line}\n" for line in [*others, *lines]).encode()


def _of_store(content: bytes) -> dict[str, Entries]:
    try:
        kept = json.loads(content[len(MAGIC) :])["esx"]["storage"] if content.startswith(MAGIC) else {}
        return {key: {name: dict(entry) for name, entry in things.items()} for key, things in kept.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _to_store(kept: Mapping[str, Entries]) -> bytes:
    return MAGIC + json.dumps({"esx": {"storage": kept}}, sort_keys=True).encode() + b"\n"
