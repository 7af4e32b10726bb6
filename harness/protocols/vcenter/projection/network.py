"""How distributed switches and their port groups are shown."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

from pyVmomi import vim

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.facts import Fact
from harness.protocols.vcenter.projection.sight import Sight
from harness.units import HostName, PortKey
from harness.world.network import PortGroup, Switch

Uplinks: TypeAlias = tuple[tuple[HostName, tuple[PortKey, ...]], ...]


def show_switch(directory: Directory, switch: Switch) -> Iterator[Fact]:
    """All that is shown of a distributed switch."""
    shown = directory.switches.object(switch.id)
    for path in ("uuid", "summary.uuid"):
        yield Fact(shown, path, str(switch.id))
    for path in ("name", "summary.name"):
        yield Fact(shown, path, switch.name)
    yield Fact(shown, "summary.numPorts", len(switch.ports))
    members = sorted(switch.members)
    hosts = [directory.hosts.object(name) for name in members]
    for path in ("summary.hostMember", "summary.host"):
        yield Fact(shown, path, tuple(members), lambda: hosts)
    yield Fact(shown, "summary.numHosts", len(members))
    uplinks = tuple((name, _uplinks(switch, name)) for name in members)
    groups = tuple(g.key for g in switch.groups.values() if g.uplink)
    data = (switch.name, switch.mtu, len(switch.ports), uplinks, groups)
    yield Fact(shown, "config", data, partial(_config, directory, switch, uplinks, groups))


def _config(directory: Directory, switch: Switch, uplinks: Uplinks, groups: tuple[str, ...]) -> Any:  # noqa: ANN401
    """The whole configuration: vcsim holds a derived type, whose fields it cannot find by path."""
    config = copy.copy(directory.switch_configs[switch.id])
    config.uuid = switch.id
    config.name = switch.name
    config.numPorts = len(switch.ports)
    config.maxMtu = switch.mtu
    config.host = _members(directory, uplinks)
    config.uplinkPortgroup = list(map(directory.groups.object, groups))
    return config


def _uplinks(switch: Switch, host: HostName) -> tuple[PortKey, ...]:
    return tuple(p.key for p in switch.ports.values() if p.uplink_of == host)


def _members(directory: Directory, uplinks: Uplinks) -> Any:  # noqa: ANN401
    return [
        vim.dvs.HostMember(
            config=vim.dvs.HostMember.ConfigInfo(
                host=directory.hosts.object(name),
                maxProxySwitchPorts=256,
                backing=vim.dvs.HostMember.PnicBacking(
                    pnicSpec=[
                        vim.dvs.HostMember.PnicSpec(pnicDevice=f"vmnic{n + 1}", uplinkPortKey=key) for n, key in enumerate(keys)
                    ]
                ),
            ),
            uplinkPortKey=list(keys),
            status="up",
        )
        for name, keys in uplinks
    ]


def show_group(sight: Sight, directory: Directory, switch: Switch, group: PortGroup) -> Iterator[Fact]:
    """All that is shown of a port group."""
    shown = directory.groups.object(group.key)
    ports = switch.ports_of(group.key)
    yield Fact(shown, "portKeys", tuple(p.key for p in ports), lambda: [str(p.key) for p in ports])
    yield Fact(shown, "config.numPorts", len(ports) if group.size == 0 else group.size)
    yield Fact(shown, "config.autoExpand", group.auto_expand)
    yield Fact(shown, "config.type", group.binding.value)
    yield Fact(shown, "config.uplink", group.uplink)
    for path in ("name", "config.name", "summary.name"):
        yield Fact(shown, path, group.name)
    names = sorted(switch.members)
    hosts = [directory.hosts.object(name) for name in names]
    yield Fact(shown, "host", tuple(names), lambda: hosts)
    yield show_holders(sight, directory, switch, group)


def show_holders(sight: Sight, directory: Directory, switch: Switch, group: PortGroup) -> Fact:
    """The VMs that hold a port of a group."""
    held = {p.connectee.machine for p in switch.ports_of(group.key) if p.connectee}
    machines = [found for m in sight.machines.values() if m.id in held and (found := directory.machines.find(m.id))]
    return Fact(directory.groups.object(group.key), "vm", tuple(m._moId for m in machines), lambda: machines)
