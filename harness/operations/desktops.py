"""What users ask of their desktops once they are connected: to keep files on the persistent disk, and to find them there."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.machines import find
from harness.physics import user_files
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import MachineId
from harness.world.desktops import View, ViewRecorded, user_disk
from harness.world.machines import Machine
from harness.world.storage import VolumeFile
from harness.world.volume_files import FileWritten


def record(_laws: Laws, view: View) -> Operation[None]:
    """Have a View know what ``view`` says."""
    yield ViewRecorded(view)


def read_files(laws: Laws, desktop: MachineId) -> Operation[dict[str, str]]:
    """The text files on the persistent disk of a desktop, by name.

    Refuses ``GuestOperationsUnavailable`` while its agent does not answer, ``InvalidState`` where it has no persistent disk, and
    ``InvalidDatastore`` where its host does not reach that.
    """
    yield from ()
    machine, extent = _opened(laws, desktop)
    return user_files.unpack(laws.read(machine.host, extent))


def write_file(laws: Laws, desktop: MachineId, name: str, text: str) -> Operation[None]:
    """Create or replace a text file on the persistent disk of a desktop. Refuses as :func:`read_files` does."""
    machine, extent = _opened(laws, desktop)
    place = laws.world.writable(machine.host, extent)
    if place is None:
        label = laws.world.label(machine.host, extent.volume)
        raise Refusal("InvalidDatastore", label, f"{machine.host} cannot write to datastore {label}", {"name": label})
    files = user_files.unpack(laws.read(machine.host, extent))
    yield FileWritten(place.device, place.path, user_files.pack({**files, name: text}), laws.now)


def _opened(laws: Laws, desktop: MachineId) -> tuple[Machine, VolumeFile]:
    """A desktop that can be worked on, and the file with the bytes of its persistent disk."""
    machine = find(laws, desktop)
    service = laws.world.services.get(machine.serves)
    if service is None or machine.id not in service.providers:
        raise Refusal("GuestOperationsUnavailable", machine.name, f"the agent in {machine.name} does not answer")
    disk = user_disk(machine)
    if disk is None:
        raise Refusal("InvalidState", machine.name, f"{machine.name} has no persistent disk")
    extent = user_files.extent_of(laws, machine.host, disk.file)
    if extent is None or laws.world.readable(machine.host, extent) is None:
        label = laws.world.label(machine.host, disk.file.volume)
        raise Refusal("InvalidDatastore", label, f"{machine.host} does not reach datastore {label}", {"name": label})
    return machine, extent
