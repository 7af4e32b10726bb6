"""Datastores as hosts list them: what is accessible, and the port files beside the VMs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise

from harness.probes.failures import Absent, HostUnreachable, Unmet
from harness.probes.inventory import Inventory
from harness.probes.listings import FileEntry, read_directory, read_table
from harness.probes.looks import HOSTS_AND_DATASTORES, USUAL_HARDWARE, WITHOUT_HARDWARE, WITHOUT_MACHINES
from harness.probes.operator import Operator
from harness.probes.ssh import HostShell
from harness.units import Instant, Span

VOLUMES = "/vmfs/volumes"
DVSDATA = ".dvsData"
MOUNTS = "esxcli storage filesystem list"
PRIVATE = "rw-------"
"""The mode of a port file."""


class Datastores:
    """What an operator does to storage, and sees of it."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def rescan(self) -> None:
        """Rescan all adapters of every host that answers."""
        for shell in self._operator.answering():
            shell.run("esxcfg-rescan -A").succeeded()

    def entries(self, label: str, *folders: str) -> list[FileEntry] | None:
        """What a folder of a datastore holds, by ``ls -la`` on a host that reaches the datastore; None where there is none."""
        return listed(self._reaching(label), label, *folders)

    def port_files(self, label: str) -> dict[tuple[str, str], FileEntry]:
        """All that lies in the folders of ``.dvsData``, by folder and name."""
        shell = self._reaching(label)
        folders = listed(shell, label, DVSDATA) or []
        return {(folder.name, file.name): file for folder in folders for file in listed(shell, label, DVSDATA, folder.name) or []}

    def remove_port_file(self, machine: str) -> None:
        """With ``rm`` on the VM's host."""
        seen = self._operator.look(USUAL_HARDWARE)
        path = port_file_path(seen, machine)
        self._operator.shell(seen.machine(machine).host).run(f"rm {shlex.quote(path)}").succeeded()

    def path_of_port_file(self, machine: str) -> str:
        """Where the port file of a VM is, or would be, as hosts name it."""
        return port_file_path(self._operator.look(USUAL_HARDWARE), machine)

    def check_folder(self, label: str, folder: str, *, present: bool) -> None:
        """Whether the datastore has that folder at its top."""
        names = [entry.name for entry in self.entries(label) or [] if entry.type == "directory"]
        if (folder in names) is not present:
            raise Unmet(label, f"{'a' if present else 'no'} folder {folder}", [("ls", ", ".join(names) or "no folder")])

    def check_port_file(self, label: str, machine: str, *, present: bool) -> None:
        """Whether the folder of the VM's switch holds the file of its port, which must then be for its owner alone."""
        key = self._key(machine)
        files = self.port_files(label)
        if (key in files) is not present or (present and files[key].mode != PRIVATE):
            expected = f"{'the' if present else 'no'} port file {'/'.join(key)} (mode {PRIVATE})"
            raise Unmet(label, expected, [("ls", describe(files))])

    def check_stale_port_file(self, machine: str, host: str) -> None:
        """The host finds no file where the VM's port file would be."""
        path = self.path_of_port_file(machine)
        if not self._operator.shell(host).run(f"ls {shlex.quote(path)}").status:
            raise Unmet(host, f"no file {path}", [("ls", "there is one")])

    def check_protected_list_empty(self, label: str) -> None:
        """The lists of protected VMs that vSphere HA keeps on a datastore are there, and name none."""
        result = self._reaching(label).run(f"cat {VOLUMES}/{shlex.quote(label)}/.vSphere-HA/*/protectedlist")
        if result.succeeded().output.strip():
            raise Unmet(label, "an empty list of protected VMs", [("the list", result.output.strip())])

    def check_exact_port_files(self, label: str, machines: Sequence[str]) -> None:
        """There are the port files of these VMs, in the folders of their switches, and no other file or folder."""
        files = self.port_files(label)
        folders = {entry.name for entry in self.entries(label, DVSDATA) or []}
        keys = {self._key(machine) for machine in machines}
        if (set(files), folders) != (keys, {switch for switch, _ in keys}):
            raise Unmet(label, f"exactly {', '.join('/'.join(key) for key in sorted(keys))}", [("ls", describe(files))])

    def check_switch_folders(self, first: str, second: str) -> None:
        """The port files of two VMs lie in two folders, each named by its switch."""
        one, two = self._key(first), self._key(second)
        names = set(self._operator.look(WITHOUT_MACHINES).switches.values())
        if one[0] == two[0] or not {one[0], two[0]} <= names:
            raise Unmet(f"{first} and {second}", "two folders named by switches", [("ls", (one[0], two[0]))])
        for machine in (first, second):
            self.check_port_file(self._operator.look(WITHOUT_HARDWARE).machine(machine).datastore, machine, present=True)

    def port_file_time(self, machine: str) -> Instant:
        """When the port file of a VM was written last, to the minute."""
        label = self._operator.look(WITHOUT_HARDWARE).machine(machine).datastore
        return self.port_files(label)[self._key(machine)].modified(self._operator.place.now())

    def check_refresh(self, machine: str, period: Span, times: int = 3) -> None:
        """The port file's time of modification moves by ``period`` in each such period."""
        written = [self.port_file_time(machine)]
        for _ in range(times):
            self._operator.place.pass_time(period, "the next synchronization of the port files")
            written.append(self.port_file_time(machine))
        steps = [later - earlier for earlier, later in pairwise(written)]
        if set(steps) != {period}:
            raise Unmet(f"the port file of {machine}", f"a refresh every {period}", [("ls", ", ".join(map(str, steps)))])

    def check_disk(self, label: str, machine: str) -> None:
        """The datastore lists a disk of the VM, and vCenter shows it as the VM's."""
        prefix = f"[{label}] "
        disks = self._operator.look(USUAL_HARDWARE).machine(machine).disks
        files = [disk.removeprefix(prefix) for disk in disks if disk.startswith(prefix)]
        found = [file for file in files if self._lists(label, file)]
        if not files or found != files:
            raise Unmet(label, f"a disk of {machine}", [("vCenter", files), ("ls", found)])

    def _lists(self, label: str, file: str) -> bool:
        *folders, name = file.split("/")
        return name in {entry.name for entry in self.entries(label, *folders) or []}

    def check_accessible(self, label: str, host: str, *, accessible: bool) -> None:
        """Whether the host reaches the datastore: vCenter and its own shell say so."""
        full = self._operator.host_name(host)
        shown = self._operator.around(host).look(HOSTS_AND_DATASTORES).datastore(label).accessible.get(full, False)
        said = reaches(self._operator.shell(host), label)
        if not shown is said is accessible:
            expected = f"{'' if accessible else 'not '}accessible on {host}"
            raise Unmet(label, expected, [("vCenter", shown), ("its shell", said)])

    def check_all_accessible(self, labels: Sequence[str], hosts: Sequence[str]) -> Sequence[str]:
        """Each of these hosts of one vCenter Server reaches each of these datastores, by both; the datastores."""
        seen = self._operator.around(hosts[0]).look(HOSTS_AND_DATASTORES)
        line = " && ".join([MOUNTS, *(f"ls {VOLUMES}/{shlex.quote(label)}/" for label in labels)])
        for host, said in zip(hosts, self._operator.ask_all(hosts, line), strict=True):
            mounted = {row["Volume Name"] for row in read_table(said.output) if row.get("Mounted") == "true"}
            shown = {label for label in labels if seen.datastore(label).accessible.get(self._operator.host_name(host))}
            if said.status or not labels or not mounted & shown >= set(labels):
                views = [("vCenter", sorted(shown)), ("its shell", said.said)]
                raise Unmet(host, f"{', '.join(labels)} accessible", views)
        return labels

    def check_accessible_everywhere(self, label: str) -> None:
        """Every host reaches the datastore."""
        for host in self._operator.hosts:
            self.check_accessible(label, host, accessible=True)

    def _reaching(self, label: str) -> HostShell:
        for shell in self._operator.answering():
            if reaches(shell, label):
                return shell
        raise HostUnreachable(", ".join(self._operator.hosts), f"looking for one that reaches {label}", "refused")

    def _key(self, machine: str) -> tuple[str, str]:
        return port_of(self._operator.look(USUAL_HARDWARE), machine)


def port_of(seen: Inventory, machine: str) -> tuple[str, str]:
    """The switch identifier and the port that a VM's vNIC holds."""
    nic = seen.machine(machine).nic
    if not nic.port:
        raise Absent("distributed port", machine, "vCenter", (nic.group,))
    return nic.switch, nic.port


def port_file_path(seen: Inventory, machine: str) -> str:
    """Where the port file of a VM is, or would be, as hosts name it."""
    volume = seen.datastore(seen.machine(machine).datastore).volume
    return "/".join((VOLUMES, volume, DVSDATA, *port_of(seen, machine)))


def listed(shell: HostShell, label: str, *folders: str) -> list[FileEntry] | None:
    """What a host lists in a folder of a datastore; None where there is none."""
    path = "/".join((VOLUMES, label, *folders))
    result = shell.run(f"ls -la {shlex.quote(path + '/')}")
    return None if result.status else read_directory(result.output)


def reaches(shell: HostShell, label: str) -> bool:
    """Whether the host has the datastore mounted, and reads it."""
    return label in reached(shell, [label])


def reached(shell: HostShell, labels: Sequence[str]) -> set[str]:
    """Those of these datastores that the host has mounted, and reads; it is not asked for none."""
    if not labels:
        return set()
    rows = read_table(shell.run(MOUNTS).output)
    mounted = {row["Volume Name"] for row in rows if row["Mounted"] == "true"}
    found = {label: label for label in labels if label in mounted}
    return found.keys() - unread(shell, found)


def unread(shell: HostShell, folders: Mapping[str, str]) -> set[str]:
    """Of datastores, by label and folder, those that a host does not read; asked one by one only where it does not read all."""
    lines = {label: f"ls {VOLUMES}/{shlex.quote(folder)}/" for label, folder in folders.items()}
    if not lines or not shell.run(" && ".join(lines.values())).status:
        return set()
    return {label for label, line in lines.items() if shell.run(line).status}


def describe(files: Mapping[tuple[str, str], FileEntry]) -> str:
    """Port files in one line."""
    return ", ".join(f"{'/'.join(key)} ({file.mode})" for key, file in sorted(files.items())) or "no port file"
