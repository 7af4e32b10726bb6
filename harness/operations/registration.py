"""What comes before and after a VM is in an inventory: its identity, the ports it will hold, and its files read back."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import Refusal
from harness.operations import machines, network
from harness.operations.reach import manageable_host
from harness.physics import disks, vmx
from harness.physics import network as ports
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import HostName, MachineId, PortKey, SwitchId
from harness.world.machines import Disk, DvBacking, Machine, MachineRegistered, Nic, StandardBacking
from harness.world.storage import VolumeFile
from harness.world.volume_files import FileWritten

FIRST_CARD, FIRST_DISK = 4000, 2000
MOST_CARDS, MOST_DISKS = 10, 15
DISK_SIZE = 2**30
"""The size of a disk whose descriptor does not tell one (assumed)."""


def draw_uuid(laws: Laws) -> Operation[str]:
    """A UUID that nothing has yet, of the kind that vCenter gives to VMs (``50...``)."""
    yield from ()
    digits = [laws.chance.hex(n) for n in (6, 4, 4, 4, 12)]
    return "-".join(["50" + digits[0], *digits[1:]])


def draw_mac(laws: Laws) -> Operation[str]:
    """A MAC address out of the range that vCenter gives out: ``00:50:56:80`` to ``00:50:56:bf`` (stated: vSphere networking)."""
    yield from ()
    return f"00:50:56:{laws.chance.number(0x80, 0xBF):02x}:{laws.chance.hex(2)}:{laws.chance.hex(2)}"


def reserve_ports(laws: Laws, machine: Machine) -> Operation[Machine]:
    """Hold the static ports of a VM that is about to be registered; all of them, or none where one is refused."""
    nics = yield from network.hold_ports(laws, machine.id, machine.nics)
    return replace(machine, nics=nics)


def release_ports(laws: Laws, machine: Machine) -> Operation[None]:
    """Give back what :func:`reserve_ports` held for a VM that was not registered after all."""
    yield from network.release_ports(laws, machine.nics)


def note_files(laws: Laws, host: HostName, folder: VolumeFile) -> Operation[None]:
    """Have the volume that ``host`` has mounted know the files of a folder that were written without it: the bytes are there."""
    place = laws.world.writable(host, folder)
    if place is None or not laws.store.is_folder(place):
        return
    known = laws.world.medium(place.device).facts
    for name in laws.store.entries(place):
        file = place / name
        if file.path not in known and not laws.store.is_folder(file):
            yield FileWritten(file.device, file.path, laws.store.read(file), laws.now)


def write_if_missing(laws: Laws, host: HostName, file: VolumeFile, content: bytes) -> Operation[None]:
    """Create a file unless there is one, or the host cannot write there."""
    place = laws.world.writable(host, file)
    if place and laws.read(host, file) is None:
        yield FileWritten(place.device, place.path, content, laws.now)


def read_machine(laws: Laws, host: HostName, path: VolumeFile, name: str = "") -> Operation[Machine]:
    """The VM that a ``.vmx`` describes, as ``host`` would register it; ``name`` overrides the one in the file.

    Refuses: ``FileNotFound``, and ``AlreadyExists`` where a VM with that file is registered.
    """
    keys = machines.describe_files(laws, host, path)
    if laws.world.machine_at(host, path):
        raise Refusal("AlreadyExists", path.path, f"{path.path} is already registered", {"name": path.path})
    identity = yield from _identity(laws, keys)
    uuid = yield from _uuid(laws, keys, "uuid.bios")
    nics = yield from _nics(laws, keys)
    return Machine(
        id=MachineId(identity),
        uuid=uuid,
        name=name or keys.get("displayName") or path.name.removesuffix(".vmx"),
        host=host,
        vmx=path,
        nics=nics,
        disks=_disks(laws, host, keys, path),
        guest=keys.get("guestOS") or "otherGuest",
        memory=int(keys.get("memSize") or 1024),
        cpus=int(keys.get("numvcpus") or 1),
        annotation=keys.get("annotation", "").replace("|0A", "\n"),
        serves=keys.get(vmx.SERVICE, ""),
    )


def register_from_files(laws: Laws, host: HostName, path: VolumeFile, name: str = "") -> Operation[Machine]:
    """Register the VM that a ``.vmx`` describes. Refuses what :func:`read_machine` and ``machines.register`` refuse.

    One that a host has which does not run stays the same VM, in vCenter as well: vSphere HA registers VMs so (assumed).
    """
    manageable_host(laws, host)
    left = _left_behind(laws, host, path)
    if left:
        return (yield from _take_over(laws, left, host))
    machine = yield from read_machine(laws, host, path, name)
    return (yield from machines.register(laws, machine))


def _left_behind(laws: Laws, host: HostName, path: VolumeFile) -> Machine | None:
    known = laws.world.machine_at(host, path)
    if known is None or laws.host_of(known).running:
        return None
    identity = machines.describe_files(laws, host, path).get("vc.uuid", "")
    return known if identity and vmx.plain(identity) == known.id else None


def _take_over(laws: Laws, left: Machine, host: HostName) -> Operation[Machine]:
    if laws.world.writable(host, left.vmx) is None:
        raise Refusal("InvalidDatastore", left.name, f"{host} cannot write to the datastore of {left.name}")
    yield MachineRegistered(replace(left, host=host))
    moved = laws.world.machines[left.id]
    for nic, backing in ports.static_nics(laws, moved):
        yield from ports.learn_port(laws, moved, nic, backing)
    return laws.world.machines[left.id]


def _identity(laws: Laws, keys: Mapping[str, str]) -> Operation[str]:
    """The instance UUID that a ``.vmx`` has, or a new one where a VM has that already."""
    identity = yield from _uuid(laws, keys, "vc.uuid")
    return (yield from draw_uuid(laws)) if identity in laws.world.machines else identity


def _uuid(laws: Laws, keys: Mapping[str, str], key: str) -> Operation[str]:
    """The UUID that a ``.vmx`` has under ``key``, or a new one."""
    return vmx.plain(keys[key]) if keys.get(key) else (yield from draw_uuid(laws))


def _nics(laws: Laws, keys: Mapping[str, str]) -> Operation[tuple[Nic, ...]]:
    """The vNICs that a ``.vmx`` has; one without an address gets a new one."""
    nics = []
    for number in range(MOST_CARDS):
        if keys.get(f"ethernet{number}.present", "").upper() == "TRUE":
            address = keys.get(f"ethernet{number}.address") or (yield from draw_mac(laws))
            nics.append(_nic(keys, number, address))
    return tuple(nics)


def _nic(keys: Mapping[str, str], number: int, mac: str) -> Nic:
    card = f"ethernet{number}"
    switch = keys.get(f"{card}.dvs.switchId")
    backing: DvBacking | StandardBacking = StandardBacking(keys.get(f"{card}.networkName", ""))
    if switch:
        port = keys.get(f"{card}.dvs.portId") or None
        group, cookie = keys.get(f"{card}.dvs.portgroupId", ""), int(keys.get(f"{card}.dvs.connectionId") or 0)
        backing = DvBacking(SwitchId(switch), group, PortKey(port) if port else None, cookie)
    started = keys.get(f"{card}.startConnected", "TRUE").upper() != "FALSE"
    return Nic(FIRST_CARD + number, mac, backing, keys.get(f"{card}.virtualDev") or "vmxnet3", started)


def _disks(laws: Laws, host: HostName, keys: Mapping[str, str], path: VolumeFile) -> tuple[Disk, ...]:
    found = []
    for number in range(MOST_DISKS):
        file = keys.get(f"scsi0:{number}.fileName", "")
        if not file.endswith(".vmdk") or keys.get(f"scsi0:{number}.present", "").upper() != "TRUE":
            continue
        place = disks.resolve(laws, host, path, file)
        descriptor = disks.read_descriptor(laws.read(host, place))
        size = descriptor.size if descriptor and descriptor.size else DISK_SIZE
        found.append(Disk(FIRST_DISK + number, place, size, disks.parents(laws, host, place)))
    return tuple(found)
