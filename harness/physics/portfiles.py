"""What hosts keep of dvPorts and switches in files. Both binary layouts are assumed: the real ones are not published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Self

from harness.units import PortKey, SwitchId
from harness.world.network import DVSDATA
from harness.world.proxies import HostPort, ProxySwitch
from harness.world.storage import VolumeFile

PORT_MAGIC, SWITCH_MAGIC = b"DVSPORT\x01", b"DVSDATA\x01"
PORT_FILE_SIZE = 3072
"""The 3.0k of D1's listing (quoted)."""


def port_path(vmx: VolumeFile, switch: SwitchId, port: PortKey) -> VolumeFile:
    """Where the port file of a VM lies: on the volume that holds its ``.vmx`` (quoted, D1)."""
    return vmx.at(f"{DVSDATA}/{switch}/{port}")


def write_port(port: HostPort, mtu: int, packets: int) -> bytes:
    """The content of a port file: port state, MTU and runtime statistics (quoted: these three)."""
    content = _state(port.key, port.group, port.cookie, port.client, mtu) + b'{"pktsInUnicast": %d}}' % packets
    return content.ljust(PORT_FILE_SIZE, b"\0")


@lru_cache(maxsize=256)
def _state(port: PortKey, group: str, cookie: int, client: str, mtu: int) -> bytes:
    """A port file up to its statistics, which stand last and are all of it that a refresh changes."""
    state = {"port": port, "group": group, "cookie": cookie, "client": client, "mtu": mtu, "statistics": {}}
    return PORT_MAGIC + json.dumps(state, sort_keys=True).encode().removesuffix(b"{}}")


def read_port(content: bytes | None) -> Mapping[str, object] | None:
    """The state in a port file; None where the file is missing or not one."""
    if content is None or not content.startswith(PORT_MAGIC):
        return None
    try:
        state = json.loads(content[len(PORT_MAGIC) :].rstrip(b"\0"))
    except ValueError:
        return None
    return state if isinstance(state, dict) else None


def write_switches(proxies: Mapping[SwitchId, ProxySwitch]) -> bytes:
    """The content of ``dvsdata.db``: each switch with its persistent ports, VMkernel and uplinks (quoted: these)."""
    return SWITCH_MAGIC + f"[{', '.join(_switch(Persistent.of(proxy)) for proxy in proxies.values())}]".encode()


class Persistent(NamedTuple):
    """What a host keeps of a switch beside the ports of VMs, which have files of their own."""

    id: SwitchId
    name: str
    mtu: int
    portset: str
    uplink_group: str
    uplinks: tuple[tuple[PortKey, str], ...]
    groups: frozenset[str]

    @classmethod
    def of(cls, proxy: ProxySwitch) -> Self:
        """That of a host's copy of a switch."""
        uplinks = tuple(proxy.uplinks.items())
        return cls(proxy.id, proxy.name, proxy.mtu, proxy.portset, proxy.uplink_group, uplinks, proxy.groups)


@lru_cache(maxsize=64)
def _switch(kept: Persistent) -> str:
    """What a host keeps of a switch, which a refresh finds as it was in nearly every case."""
    own = {**kept._asdict(), "uplinks": dict(kept.uplinks), "groups": sorted(kept.groups), "ports": []}
    return json.dumps(own, sort_keys=True)


def read_switches(content: bytes) -> list[ProxySwitch] | None:
    """The switches in a ``dvsdata.db``, without the ports of VMs; None where it is not one."""
    if not content.startswith(SWITCH_MAGIC):
        return None
    try:
        return [_proxy(switch) for switch in json.loads(content[len(SWITCH_MAGIC) :])]
    except (ValueError, TypeError, KeyError):
        return None


def _proxy(switch: Mapping[str, object]) -> ProxySwitch:
    uplinks = switch["uplinks"]
    groups = switch["groups"]
    if not (isinstance(uplinks, dict) and isinstance(groups, list)):
        raise TypeError("uplinks and groups")
    return ProxySwitch(
        id=SwitchId(str(switch["id"])),
        name=str(switch["name"]),
        mtu=int(str(switch["mtu"])),
        portset=str(switch["portset"]),
        uplinks={PortKey(k): str(v) for k, v in uplinks.items()},
        uplink_group=str(switch["uplink_group"]),
        groups=frozenset(map(str, groups)),
    )
