"""How volumes, their mounts and the devices under them are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from msgspec import Raw
from pyVmomi import vim

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.facts import Fact, Plain, Showing, once
from harness.protocols.vcenter.projection.sight import Datastore, Sight
from harness.protocols.vcenter.values import Payload, encode_field, encode_object, ready
from harness.units import DeviceId, HostName, VolumeId
from harness.world.hosts import Connection, Host
from harness.world.machines import Machine
from harness.world.storage import Lun, Medium, Mount, NasVolume, Vmfs

BLOCK = 2**20
ADAPTER = "vmhba1"
ADAPTER_KEY = f"key-vim.host.FibreChannelHba-{ADAPTER}"
WORLD_WIDE_NAME = 0x50014380186B0000
ACCESS = ("summary.accessible", "summary.multipleHostAccess")


class Mounted(NamedTuple):
    """A volume as one host has it mounted, as far as its vCenter knows. A tuple, as there are thousands in a moment."""

    host: HostName
    volume: VolumeId
    device: DeviceId
    accessible: bool
    connected: bool
    forced: bool = False
    persistent: bool = True
    nas: NasVolume | None = None


def show_storage(sight: Sight, directory: Directory, host: Host) -> Iterator[Fact]:
    """What a host has mounted and the devices under that, as far as its vCenter hears of it."""
    if host.name not in sight.silent:
        yield from show_mounts(sight, directory, host)
        yield from show_devices(sight, directory, host)


def show_mounts(sight: Sight, directory: Directory, host: Host) -> Iterator[Fact]:
    """The datastores of a host, and the file systems that it has mounted."""
    shown = directory.hosts.object(host.name)
    mounts = [mounted(sight, host, mount) for mount in host.reported.values()]
    stores = [found for m in mounts if (found := directory.datastores.find(m.volume))]
    ids = tuple(store._moId for store in stores)
    for target in (shown, directory.parts[host.name].datastores):
        yield Fact(target, "datastore", ids, lambda: stores)
    volumes = [(m, sight.medium(m.device)) for m in mounts]
    build = once(partial(_file_systems, volumes))
    data = tuple((m, medium.vmfs if isinstance(medium, Lun) else None) for m, medium in volumes)
    yield Fact(shown, "config.fileSystemVolume", data, build)
    yield Fact(directory.parts[host.name].storage, "fileSystemVolumeInfo", data, build)


def mounted(sight: Sight, host: Host, mount: Mount) -> Mounted:
    """How a host's mount of a volume stands."""
    connected = host.connection is Connection.CONNECTED
    accessible = mount.volume in sight.reach[host.name]
    return Mounted(host.name, mount.volume, mount.device, accessible, connected, mount.forced, mount.persistent, mount.nas)


def show_access(sight: Sight, directory: Directory, volume: VolumeId) -> Iterator[Showing]:
    """Who has the datastore of a volume mounted, and how, while it is on the same LUN."""
    store = directory.datastores.object(volume)
    mounts = [mounted(sight, host, host.reported[volume]) for host in sight.hosts.values() if volume in host.reported]
    yield Fact(store, "host", tuple(mounts), partial(_host_mounts, directory, mounts))
    yield Plain(store, ACCESS, (any(m.accessible and m.connected for m in mounts), len(mounts) > 1))


def show_use(directory: Directory, volume: VolumeId, needing: Sequence[Machine]) -> Fact:
    """Which VMs need the datastore of a volume."""
    machines = [found for m in needing if (found := directory.machines.find(m.id))]
    return Fact(directory.datastores.object(volume), "vm", tuple(m._moId for m in machines), lambda: machines)


def describe_datastore(store: Any, shown: Datastore, url: str, mount: Mount | None) -> list[tuple[Any, str, object]]:  # noqa: ANN401
    """The changes that make a datastore of vcsim, whose bytes are at ``url``, the datastore ``shown``, which ``mount`` took."""
    size, identity = shown.medium.size, shown.identity
    common = {"name": shown.name, "url": url, "freeSpace": size, "maxFileSize": size}
    info: Any
    if isinstance(identity, NasVolume):
        info = vim.host.NasDatastoreInfo(nas=nas_volume(identity, size, shown.name), **common)
    else:
        volume = vmfs_volume(identity, shown.medium.device, size, persist_of(mount))
        info = vim.host.VmfsDatastoreInfo(timestamp=identity.created, vmfs=volume, **common)
    return [
        (store, "info", info),
        (store, "summary.type", "NFS" if isinstance(identity, NasVolume) else "VMFS"),
        (store, "summary.capacity", size),
        (store, "summary.freeSpace", size),
    ]


def persist_of(mount: Mount | Mounted | None) -> bool | None:
    """Whether a mount that was forced is made again at the next boot; None where none was forced."""
    return mount.persistent if mount and mount.forced else None


def vmfs_volume(vmfs: Vmfs, device: DeviceId, size: int, persist: bool | None) -> Any:  # noqa: ANN401
    """The VMFS volume on a LUN; ``forceMountedInfo`` is set where it is a copy that was mounted by force (quoted)."""
    forced = None if persist is None else vim.host.ForceMountedInfo(persist=persist, mounted=True)
    major = int("".join(c for c in vmfs.version if c.isdigit()) or "5")
    return vim.host.VmfsVolume(
        type="VMFS",
        name=vmfs.label,
        capacity=size,
        blockSizeMb=1,
        maxBlocks=size // BLOCK,
        majorVersion=major,
        version=str(major),
        uuid=vmfs.id,
        extent=[vim.host.ScsiDisk.Partition(diskName=device, partition=1)],
        vmfsUpgradable=False,
        forceMountedInfo=forced,
    )


def nas_volume(volume: NasVolume, size: int, name: str) -> Any:  # noqa: ANN401
    """An NFS datastore, with server and share as they were given."""
    return vim.host.NasVolume(
        type="NFS",
        name=name,
        capacity=size,
        remoteHost=volume.host,
        remotePath=volume.share,
        userName="",
        remoteHostNames=[volume.host],
    )


def _mount_info(mount: Mounted) -> Payload:
    reason: Payload = {} if mount.accessible else {"inaccessibleReason": "AllPathsDown_Start"}
    return {
        "_typeName": "HostMountInfo",
        "path": f"/vmfs/volumes/{mount.volume}",
        "accessMode": "readOnly" if mount.nas and mount.nas.read_only else "readWrite",
        "mounted": True,
        "accessible": mount.accessible,
        **reason,
    }


def _host_mounts(directory: Directory, mounts: list[Mounted]) -> Raw:
    hosts = ((mount, encode_field(directory.hosts.object(mount.host))) for mount in mounts)
    return ready([{"_typeName": "DatastoreHostMount", "key": host, "mountInfo": _mount_info(mount)} for mount, host in hosts])


def _file_systems(volumes: list[tuple[Mounted, Medium]]) -> Raw:
    entries = [
        {"_typeName": "HostFileSystemMountInfo", "mountInfo": _mount_info(mount), "volume": _volume(mount, medium)}
        for mount, medium in volumes
    ]
    shown: Payload = {"_typeName": "HostFileSystemVolumeInfo", "volumeTypeList": ["VMFS", "NFS", "OTHER"]}
    return ready({**shown, "mountInfo": entries} if entries else shown)


def _volume(mount: Mounted, medium: Medium) -> Raw:
    if mount.nas:
        return _nas(mount.nas, medium.size)
    assert isinstance(medium, Lun)  # noqa: S101 - exports hold none
    return _vmfs(medium.vmfs, medium.device, medium.size, persist_of(mount))


@lru_cache(maxsize=64)
def _nas(volume: NasVolume, size: int) -> Raw:
    """The same for all hosts that have it mounted, as is the next one."""
    return ready(encode_object(nas_volume(volume, size, volume.label)))


@lru_cache(maxsize=256)
def _vmfs(vmfs: Vmfs, device: DeviceId, size: int, persist: bool | None) -> Raw:
    return ready(encode_object(vmfs_volume(vmfs, device, size, persist)))


def show_devices(sight: Sight, directory: Directory, host: Host) -> Iterator[Fact]:
    """The adapters, LUNs and paths of a host."""
    alive = tuple((device, sight.luns[device].serves(host.name)) for device in sorted(host.devices))
    devices = ((sight.luns[device], serves) for device, serves in alive)
    build = partial(_device_info, tuple(Device(lun.device, lun.array, lun.size, serves) for lun, serves in devices))
    yield Fact(directory.parts[host.name].storage, "storageDeviceInfo", alive, build)
    yield Fact(directory.hosts.object(host.name), "config.storageDevice", alive, build)


class Device(NamedTuple):
    """A LUN as a host sees it."""

    name: DeviceId
    array: str
    size: int
    serves: bool


@lru_cache(maxsize=64)
def _device_info(devices: tuple[Device, ...]) -> Raw:
    """The same for all hosts that see the same."""
    adapter = vim.host.FibreChannelHba(
        key=ADAPTER_KEY,
        device=ADAPTER,
        bus=1,
        status="online",
        model="Fibre Channel adapter",
        portWorldWideName=WORLD_WIDE_NAME,
        nodeWorldWideName=WORLD_WIDE_NAME + 1,
        portType="fabric",
        speed=8,
    )
    shown = vim.host.StorageDeviceInfo(
        hostBusAdapter=[adapter],
        scsiLun=[_disk(device) for device in devices],
        multipathInfo=vim.host.MultipathInfo(lun=[_paths(number, device) for number, device in enumerate(devices)]),
        softwareInternetScsiEnabled=False,
    )
    return ready(encode_field(shown))


def _disk(device: Device) -> Any:  # noqa: ANN401
    path = f"/vmfs/devices/disks/{device.name}"
    return vim.host.ScsiDisk(
        deviceName=path,
        deviceType="disk",
        devicePath=path,
        key=f"key-vim.host.ScsiDisk-{device.name}",
        uuid=device.name.removeprefix("naa."),
        canonicalName=device.name,
        displayName=f"{device.array} Fibre Channel Disk ({device.name})",
        lunType="disk",
        operationalState=["ok" if device.serves else "lostCommunication"],
        capacity=vim.host.DiskDimensions.Lba(blockSize=512, block=device.size // 512),
    )


def _paths(number: int, device: Device) -> Any:  # noqa: ANN401
    key = f"key-vim.host.ScsiDisk-{device.name}"
    state = "active" if device.serves else "dead"
    name = f"{ADAPTER}:C0:T0:L{number}"
    path = vim.host.MultipathInfo.Path(
        key=f"key-vim.host.MultipathInfo.Path-{name}",
        name=name,
        pathState=state,
        state=state,
        isWorkingPath=device.serves,
        adapter=ADAPTER_KEY,
        lun=key,
    )
    policy = vim.host.MultipathInfo.LogicalUnitPolicy(policy="VMW_PSP_MRU")
    return vim.host.MultipathInfo.LogicalUnit(key=key, id=device.name, lun=key, path=[path], policy=policy)
