"""What hosts print about their switches, as data: ``net-dvs``, ``esxcfg-vswitch`` and ``esxcli network``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.probes.listings import read_blocks
from harness.units import PortKey, SwitchId

SWITCH = re.compile(r"switch (?P<id>(?:[0-9a-f]{2} ){7}[0-9a-f]{2}-(?:[0-9a-f]{2} ){7}[0-9a-f]{2})(?: \((?P<class>\w+)\))?")
PORT = re.compile(r"port (?P<key>\S+):")
PROPERTY = re.compile(r"(?P<name>com\.vmware\.[\w.]+)(?: =|:)\s*(?P<value>.*)")
TAIL = re.compile(r"\s*,?\s*propType = [A-Z ]+$")
ALIAS = "com.vmware.common.alias"
MTU = "com.vmware.etherswitch.mtu"
UPLINKS = "com.vmware.common.uplinkPorts"
PERSIST = "com.vmware.common.port.volatile.persist"


@dataclass
class StoredPort:
    """A port in the output of ``net-dvs``, with its properties by name."""

    key: PortKey
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The path of the port file; empty where the host names none."""
        return self.properties.get(PERSIST, "")


@dataclass
class StoredSwitch:
    """A switch in the output of ``net-dvs -l`` or ``net-dvs -f FILE``."""

    id: SwitchId
    properties: dict[str, str] = field(default_factory=dict)
    ports: dict[PortKey, StoredPort] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in vCenter."""
        return self.properties.get(ALIAS, "")

    @property
    def mtu(self) -> int:
        """Its MTU; 0 where the output does not say."""
        return int(self.properties.get(MTU) or 0)

    @property
    def uplinks(self) -> tuple[str, ...]:
        """The names of its uplinks."""
        return tuple(part.strip() for part in self.properties.get(UPLINKS, "").split(",") if part.strip())


@dataclass(frozen=True)
class PortInUse:
    """A port of a running VM, as its host lists it. ``switch`` and ``group`` are names; ``key`` is empty on standard switches."""

    switch: str
    group: str
    key: str
    mac: str = ""


@dataclass(frozen=True)
class SwitchSummary:
    """A switch in the output of ``esxcfg-vswitch -l``. ``clients`` are those of a distributed switch, by port."""

    name: str
    distributed: bool
    clients: Mapping[PortKey, str]


def read_net_dvs(text: str) -> list[StoredSwitch]:
    """The switches that ``net-dvs`` prints. Words decide, not indentation: captures from the web have lost theirs."""
    found: list[StoredSwitch] = []
    here: dict[str, str] = {}
    last = ""
    for raw in text.splitlines():
        line = TAIL.sub("", raw.strip())
        if match := SWITCH.match(line):
            found.append(StoredSwitch(SwitchId(match["id"])))
            here, last = found[-1].properties, ""
        elif (match := PORT.fullmatch(line)) and found:
            port = StoredPort(PortKey(match["key"]))
            found[-1].ports[port.key] = port
            here, last = port.properties, ""
        elif match := PROPERTY.match(line):
            last = match["name"]
            here[last] = match["value"].strip(" ,")
        elif last and line and not here[last]:
            here[last] = line.strip(" ,")
    return found


def read_vswitches(text: str) -> list[SwitchSummary]:
    """The switches that ``esxcfg-vswitch -l`` prints, standard and distributed."""
    found: list[SwitchSummary] = []
    expected = ""
    clients: dict[PortKey, str] = {}
    for line in text.splitlines():
        word = line.split("  ")[0].strip()
        if word in {"Switch Name", "DVS Name"}:
            expected = word
        elif expected and line.strip() and not line.startswith(" "):
            clients = {}
            found.append(SwitchSummary(word, expected == "DVS Name", clients))
            expected = ""
        elif match := re.fullmatch(r"  (\S+)\s+[01](?:\s+(\S.*))?", line.rstrip()):
            clients[PortKey(match[1])] = match[2] or ""
    return found


def read_vm_ports(text: str) -> list[PortInUse]:
    """The ports that ``esxcli network vm port list`` prints for one VM."""
    blocks = [block for block in read_blocks(text) if "vSwitch" in block]
    return [
        PortInUse(block["vSwitch"], block.get("Portgroup", ""), block.get("DVPort ID", ""), block.get("MAC Address", ""))
        for block in blocks
    ]
