"""VMs as an operator handles them: made, powered, moved, and looked for on their hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

from harness.probes.devices import extra_disk, first_devices, network_backing
from harness.probes.failures import Absent, ApiFault, Unmet
from harness.probes.inventory import Inventory, MachineSeen
from harness.probes.listings import read_blocks, read_vms
from harness.probes.looks import HOSTS_AND_DATASTORES, USUAL_HARDWARE, WITHOUT_HARDWARE, WITHOUT_MACHINES
from harness.probes.operator import Operator
from harness.probes.ssh import CommandResult, HostShell
from harness.units import number_of

PROCESSES = "esxcli vm process list"
VOLUMES = "/vmfs/volumes"
ASIDE = ".aside"


@dataclass(frozen=True)
class NewMachine:
    """A VM to be made, with one disk of a gibibyte and one vNIC."""

    name: str
    host: str
    datastore: str
    group: str


class Machines:
    """What an operator does to VMs, and sees of them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def create(self, wanted: NewMachine, *, running: bool) -> None:
        """Make a VM; one that is to run is powered on and, where vSphere HA is on, protected when this returns."""
        here = self._operator.around(wanted.host)
        if here is not self._operator:  # another vCenter may have a VM of that name
            Machines(here).create(wanted, running=running)
            return
        seen = here.look(WITHOUT_MACHINES)
        host = seen.host(wanted.host)
        cluster = next(row for row in seen.clusters.values() if row.ref == host.cluster)
        about = f"{wanted.name} on {host.name}, [{wanted.datastore}], {wanted.group}"
        arguments = (_config(wanted, seen), cluster.values["resourcePool"], host.ref)
        made = self._operator.call(seen.datacenter.values["vmFolder"], "CreateVM_Task", *arguments, about=about)
        if running:
            self._power_on(made, wanted.name)
        if running and cluster.values.get("configuration.dasConfig.enabled"):
            limit = self._operator.limits.protection
            self._operator.wait(lambda: self.seen(wanted.name).protected, limit, f"{wanted.name} is protected")
        self._operator.notes.ports[wanted.name] = self.seen_whole(wanted.name).nic.port

    def seen(self, name: str) -> MachineSeen:
        """The VM as vCenter shows it, without its vNICs and disks."""
        return self._operator.look(WITHOUT_HARDWARE).machine(name)

    def seen_whole(self, name: str) -> MachineSeen:
        """The VM as vCenter shows it, with its vNICs and disks as they are placed."""
        return self._operator.look(USUAL_HARDWARE).machine(name)

    def power_on(self, name: str) -> None:
        """Through vCenter."""
        self._power_on(self.seen(name).ref, name)

    def _power_on(self, ref: Any, name: str) -> None:  # noqa: ANN401
        self._operator.call(ref, "PowerOnVM_Task", about=name)
        self._operator.notes.restored[name] = self._operator.place.now()

    def power_on_at_host(self, name: str) -> None:
        """On the host that has it, with vim-cmd."""
        shell = self._operator.shell(self.seen(name).host)
        rows = read_vms(shell.run("vim-cmd vmsvc/getallvms").succeeded().output)
        vmids = {row.name: row.vmid for row in rows}
        if name not in vmids:
            raise Absent("VM", name, f"the inventory of {shell.name}", tuple(vmids))
        shell.run(f"vim-cmd vmsvc/power.on {vmids[name]}").succeeded()
        self._operator.notes.restored[name] = self._operator.place.now()

    def power_off(self, name: str) -> None:
        """Through vCenter, hard."""
        self._operator.call(self.seen(name).ref, "PowerOffVM_Task", about=name)

    def register(self, path: str, name: str, host: str) -> None:
        """The VM of a ``.vmx`` (``[datastore] folder/name.vmx``) on a host, through its vCenter Server."""
        self._register(self._operator.around(host).look(HOSTS_AND_DATASTORES), path, name, host)

    def _register(self, seen: Inventory, path: str, name: str, host: str) -> Any:  # noqa: ANN401
        """The VM that it is then."""
        target = seen.host(host)
        cluster = next(row for row in seen.clusters.values() if row.ref == target.cluster)
        arguments = (path, name, False, cluster.values["resourcePool"], target.ref)
        folder = seen.datacenter.values["vmFolder"]
        return self._operator.call(folder, "RegisterVM_Task", *arguments, about=f"{path} as {name} on {target.name}")

    def start_all(self, datastore: str, host: str) -> None:
        """Register every VM that lies on a datastore on a host that reaches it, and power it on."""
        listed = self._operator.shell(host).run(f"ls /vmfs/volumes/{datastore}/*/*.vmx").succeeded().output.split()
        seen = self._operator.around(host).look(HOSTS_AND_DATASTORES)
        for file in sorted(listed):
            folder, vmx = file.split("/")[-2:]
            name = vmx.removesuffix(".vmx")
            registered = self._register(seen, f"[{datastore}] {folder}/{vmx}", name, host)
            self._operator.call(registered, "PowerOnVM_Task", about=name)

    def register_copy(self, original: str, name: str, host: str) -> None:
        """What a resignatured replica has of a VM, under another name, on a host: its own stays in the inventory."""
        machine, stores = self.seen(original), self._operator.around(host).look(HOSTS_AND_DATASTORES).datastores
        place = next((store for store in stores if store != machine.datastore and store.endswith(machine.datastore)), None)
        if place is None:
            raise Absent("resignatured datastore", machine.datastore, "vCenter", tuple(stores))
        self.register(f"[{place}]{machine.vmx.partition(']')[2]}", name, host)

    def shut_down_all(self, center: str) -> None:
        """Have every VM that runs under a vCenter Server shut its guest down; they are off when this returns."""
        for machine in self._operator.at(center).look(WITHOUT_HARDWARE).machines.values():
            if machine.power == "poweredOn":
                self._operator.call(machine.ref, "ShutdownGuest", about=machine.name)
        limit = self._operator.limits.services
        self._operator.wait(lambda: self._all_off(center), limit, f"all VMs of {center} are off")

    def _all_off(self, center: str) -> bool:
        seen = self._operator.at(center).look(WITHOUT_HARDWARE)
        return all(machine.power == "poweredOff" for machine in seen.machines.values())

    def write(self, name: str, center: str, data: str) -> None:
        """Into a file of that name beside the VM, from the shell of its host; when that was is noted."""
        shell, folder = self._files(name, center)
        shell.run(f"echo {data} > {folder}/{data}").succeeded()
        self._operator.notes.kept[f"{name}/{data}"] = self._operator.place.now()

    def check_written(self, name: str, center: str, data: str, *, present: bool) -> None:
        """Whether what was written is among the files of the VM; its folder is there in any case."""
        kept = self._operator.notes.kept
        if f"{name}/{data}" not in kept:
            raise Absent("file", f"{name}/{data}", "what was noted", tuple(kept))
        shell, folder = self._files(name, center)
        listed = shell.run(f"ls {folder}").succeeded().output.split()
        if (data in listed) is not present:
            raise Unmet(name, f"{data} {'kept' if present else 'lost'}", [("ls", ", ".join(listed))])

    def _files(self, name: str, center: str) -> tuple[HostShell, str]:
        """The shell of a VM's host, and its folder there."""
        seen = self._operator.at(center).look(WITHOUT_HARDWARE).machine(name)
        return self._operator.shell(seen.host), f"{VOLUMES}/{seen.datastore}/{seen.folder}"

    def rename_configuration(self, name: str, center: str) -> None:
        """The ``.vmx`` of a VM of that vCenter Server, with ``mv`` on its host: whoever looks for it finds none."""
        seen = self._operator.at(center).look(WITHOUT_HARDWARE).machine(name)
        store, _, file = seen.vmx.removeprefix("[").partition("] ")
        self._operator.shell(seen.host).run(f"mv {VOLUMES}/{store}/{file} {VOLUMES}/{store}/{file}{ASIDE}").succeeded()

    def restore_configuration(self, name: str, host: str) -> None:
        """The same undone, on a host that has mounted what the VM lies on."""
        shell = self._operator.shell(host)
        file = shell.run(f"ls {VOLUMES}/*/{name}/*{ASIDE}").succeeded().output.split()[0]
        shell.run(f"mv {file} {file.removesuffix(ASIDE)}").succeeded()

    def move(self, name: str, datastore: str) -> None:
        """To another datastore, on the same host."""
        seen = self._operator.look()
        spec = vim.vm.RelocateSpec(datastore=seen.datastore(datastore).ref)
        self._operator.call(seen.machine(name).ref, "RelocateVM_Task", spec, about=f"{name} to [{datastore}]")

    def add_disk(self, name: str, datastore: str) -> None:
        """A disk of a gibibyte, beside those that the VM has."""
        seen = self._operator.look()
        machine = seen.machine(name)
        change = extra_disk(machine, datastore, seen.datastore(datastore).ref)
        spec = vim.vm.ConfigSpec(deviceChange=[change])
        self._operator.call(machine.ref, "ReconfigVM_Task", spec, about=f"{name}: a disk on [{datastore}]")

    def reconfigure(self, machine: MachineSeen, spec: Any, about: str) -> None:  # noqa: ANN401
        """Change a VM."""
        self._operator.call(machine.ref, "ReconfigVM_Task", spec, about=f"{machine.name}: {about}")

    def try_reconfigure(self, machine: MachineSeen, spec: Any, about: str) -> None:  # noqa: ANN401
        """The same, and a fault is noted."""
        self._operator.notes.fault = ""
        try:
            self.reconfigure(machine, spec, about)
        except ApiFault as fault:
            self._operator.notes.fault = fault.name

    def check_fault(self, name: str) -> None:
        """What was tried last ended with that fault."""
        if self._operator.notes.fault != name:
            raise Unmet("what was tried", f"the fault {name}", [("vCenter", self._operator.notes.fault or "no fault")])

    def start_with_shell(self, name: str, host: str) -> None:
        """Register the VM on a host from what that has mounted of its datastore, and power it on, all with vim-cmd."""
        seen, shell = self._operator.around(host).look(WITHOUT_HARDWARE).machine(name), self._operator.shell(host)
        path = f"{VOLUMES}/{seen.datastore}/{seen.vmx.partition('] ')[2]}"
        shell.run(f"vim-cmd solo/registervm {path}").succeeded()
        rows = read_vms(shell.run("vim-cmd vmsvc/getallvms").succeeded().output)
        vmid = next(row.vmid for row in rows if row.name == name)
        shell.run(f"vim-cmd vmsvc/power.on {vmid}").succeeded()

    def check_hosts(self, name: str, *hosts: str) -> None:
        """Exactly these hosts run the VM, by the shells of all."""
        listed, expected = self.running_on(name), [self._operator.host_name(host) for host in hosts]
        if listed != expected:
            raise Unmet(name, f"running on {', '.join(expected)}", [("the hosts' shells", ", ".join(listed) or "none")])

    def check_number(self, name: str, count: int) -> None:
        """So many hosts run the VM, by the shells of all."""
        listed = self.running_on(name)
        if len(listed) != count:
            raise Unmet(name, f"running on {number_of(count, 'host')}", [("the hosts' shells", ", ".join(listed) or "none")])

    def worlds(self, host: str) -> dict[str, str]:
        """The world ids of the VMs that run on a host, by name, as its shell lists them."""
        return _worlds(self._operator.shell(host).run(PROCESSES))

    def running_on(self, name: str) -> list[str]:
        """The hosts whose shells list the VM as running; a host that does not answer runs nothing."""
        return list(self._worlds_of(name))

    def _worlds_of(self, name: str) -> dict[str, str]:
        """By host that runs the VM, its world id there."""
        said = zip(self._operator.hosts, self._operator.run_everywhere(PROCESSES), strict=True)
        worlds = {host: _worlds(each) for host, each in said if isinstance(each, CommandResult)}
        return {host: found[name] for host, found in worlds.items() if name in found}

    def check_runs_on(self, name: str, host: str) -> None:
        """The VM runs there and nowhere else: vCenter and the shells of all hosts say so."""
        full = self._operator.host_name(host)
        seen, listed = self.seen(name), self.running_on(name)
        if (seen.power, seen.host, listed) != ("poweredOn", full, [full]):
            views = [("vCenter", f"{seen.power} on {seen.host}"), ("the hosts' shells", ", ".join(listed) or "none")]
            raise Unmet(name, f"running on {full}", views)

    def check_restarted(self, name: str, failed: str) -> None:
        """In the time that vSphere HA takes for all its attempts the VM comes to run on one other host."""
        lost = self._operator.host_name(failed)
        why = f"{name} runs on another host than {failed}"
        self._operator.wait(lambda: self._running_elsewhere(name, lost), self._operator.limits.restarts, why)
        self.check_runs_on(name, self.seen(name).host)

    def _running_elsewhere(self, name: str, lost: str) -> bool:
        seen = self.seen(name)
        return seen.power == "poweredOn" and seen.connection == "connected" and seen.host != lost

    def check_not_restarted(self, name: str) -> None:
        """After all the time that vSphere HA takes no host's shell lists the VM as running, which vCenter knows."""
        self.seen(name)
        self._operator.place.pass_time(
            self._operator.limits.restarts, f"vSphere HA has the time for all attempts to restart {name}"
        )
        if hosts := self.running_on(name):
            raise Unmet(name, "not restarted", [("the hosts' shells", ", ".join(hosts))])

    def check_kept_running(self, name: str, before: str) -> None:
        """The VM has the world id that it had ``before``: it has not been off."""
        now = next(iter(self._worlds_of(name).values()), "")
        if not before or now != before:
            raise Unmet(name, f"running on in world {before or '(it did not run)'}", [("the host's shell", now or "not running")])

    def check_datastore(self, name: str, datastore: str) -> None:
        """The VM runs, and its working directory is there."""
        seen = self.seen(name)
        if (seen.power, seen.datastore, len(self.running_on(name))) != ("poweredOn", datastore, 1):
            views = [("vCenter", f"{seen.power}, {seen.vmx}"), ("the hosts' shells", self.running_on(name))]
            raise Unmet(name, f"running from [{datastore}]", views)


def _config(wanted: NewMachine, seen: Inventory) -> vim.vm.ConfigSpec:
    return vim.vm.ConfigSpec(
        name=wanted.name,
        guestId="otherGuest64",
        numCPUs=1,
        memoryMB=1024,
        files=vim.vm.FileInfo(vmPathName=f"[{wanted.datastore}]"),
        deviceChange=first_devices(wanted.datastore, network_backing(seen, wanted.group)),
    )


def _worlds(said: CommandResult) -> dict[str, str]:
    return {block[""]: block["World ID"] for block in read_blocks(said.succeeded().output)}
