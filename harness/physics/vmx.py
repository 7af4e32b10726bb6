"""The configuration file of a VM: written from what the VM is, read where somebody starts it from its files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from harness.units import PortKey, SwitchId
from harness.world.machines import Machine, Nic, StandardBacking
from harness.world.storage import VolumeFile

SERVICE = "guestinfo.service"
"""Where a VM's file says what the VM serves (our own key), so that whoever starts it from its files gets the service."""
LINE = re.compile(r'^\s*([\w.:]+)\s*=\s*"(.*)"\s*$')


def write(machine: Machine, hardware: int) -> bytes:
    """The ``.vmx`` of a VM; the keys of its dvPorts are those of a public listing (quoted), the rest is assumed."""
    lines = [*_head(machine, hardware)]
    for nic in machine.nics:
        lines += _nic(nic)
    for number, disk in enumerate(machine.disks):
        lines += _disk(machine.vmx, number, disk.file)
    return "".join(f'{key} = "{value}"\n' for key, value in lines).encode()


def _head(machine: Machine, hardware: int) -> Iterator[tuple[str, str]]:
    yield ".encoding", "UTF-8"
    yield "config.version", "8"
    yield "virtualHW.version", str(hardware)
    yield "nvram", f"{machine.name}.nvram"
    yield "displayName", machine.name
    yield "annotation", machine.annotation.replace("\n", "|0A")
    yield "guestOS", machine.guest
    yield "memSize", str(machine.memory)
    yield "numvcpus", str(machine.cpus)
    yield "uuid.bios", printed(machine.uuid)
    yield "vc.uuid", printed(machine.id)
    if machine.serves:
        yield SERVICE, machine.serves


def _nic(nic: Nic) -> Iterator[tuple[str, str]]:
    name = f"ethernet{nic.index}"
    yield f"{name}.present", "TRUE"
    yield f"{name}.virtualDev", nic.model
    yield f"{name}.addressType", "static"
    yield f"{name}.address", nic.mac
    yield f"{name}.startConnected", "TRUE" if nic.start_connected else "FALSE"
    if isinstance(nic.backing, StandardBacking):
        yield f"{name}.networkName", nic.backing.network
        return
    yield f"{name}.dvs.switchId", nic.backing.switch
    yield f"{name}.dvs.portId", nic.backing.port or ""
    yield f"{name}.dvs.portgroupId", nic.backing.group
    yield f"{name}.dvs.connectionId", str(nic.backing.cookie)


def _disk(vmx: VolumeFile, number: int, file: VolumeFile) -> Iterator[tuple[str, str]]:
    beside = file.volume == vmx.volume and file.path.rpartition("/")[0] == vmx.path.rpartition("/")[0]
    yield f"scsi0:{number}.present", "TRUE"
    yield f"scsi0:{number}.deviceType", "scsi-hardDisk"
    yield f"scsi0:{number}.fileName", file.name if beside else file.absolute


@lru_cache(maxsize=512)
def read(content: bytes) -> Mapping[str, str]:
    """The keys of a ``.vmx`` with their values; lines of another form are passed over. The same file is read once."""
    found = (LINE.match(line) for line in content.decode("utf-8", "replace").splitlines())
    return {match[1]: match[2] for match in found if match}


def ports(keys: Mapping[str, str]) -> list[tuple[int, SwitchId, PortKey]]:
    """The dvPorts that a ``.vmx`` names: number of the vNIC, switch, port; vNICs without a port are left out."""
    found = []
    for number in range(10):
        port = keys.get(f"ethernet{number}.dvs.portId", "")
        if keys.get(f"ethernet{number}.present") == "TRUE" and port:
            found.append((number, SwitchId(keys[f"ethernet{number}.dvs.switchId"]), PortKey(port)))
    return found


@lru_cache(maxsize=1024)
def printed(uuid: str) -> str:
    """A UUID as hosts print it: ``42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c``."""
    digits = uuid.replace("-", "")
    pairs = [digits[n : n + 2] for n in range(0, 32, 2)]
    return " ".join(pairs[:8]) + "-" + " ".join(pairs[8:])


def plain(uuid: str) -> str:
    """The UUID that :func:`printed` printed: ``4230f9ee-a22a-3ce0-0233-07acaff8d25c``."""
    digits = re.sub(r"[^0-9a-fA-F]", "", uuid).lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
