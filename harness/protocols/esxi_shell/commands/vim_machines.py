"""``vim-cmd vmsvc`` and ``vim-cmd solo``: VMs in the inventory of the host."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from harness.errors import Refusal
from harness.operations import machines
from harness.operations.registration import register_from_files
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.esxi_shell.commands.vim_cmd import is_invalid, machine_of, verb
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.refusals import STATES, Fault
from harness.protocols.esxi_shell.registry import Call
from harness.protocols.esxi_shell.simulated_host import host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import MachineId
from harness.world.machines import Machine
from harness.world.storage import VolumeFile

_VCL = "apache/vcl VIM_SSH.pm: comments with real output"
_NOTES = "public notes"
_MEMORY = "from memory of the command"

INVENTORY = Text("vim-cmd.getallvms", "{body}", "quoted", "public notes: 5.5, 6.7, 9.0", ("5.5", "6.7", "9.0"))
INVALID = Text("vim-cmd.invalid-vm", "Skipping invalid VM '{vmid}'", "quoted", f"{_NOTES}, ESXi 5.x", ("5.",))
STATE = Text("vim-cmd.getstate", "Retrieved runtime info\n{state}", "quoted", _VCL, ("5.", "6.0", "6.5"))
POWERING_ON = Text("vim-cmd.powering-on", "Powering on VM:", "quoted", _VCL, ("5.", "6.0", "6.5"))
POWERING_OFF = Text("vim-cmd.powering-off", "Powering off VM:", "quoted", _VCL, ("5.", "6.0", "6.5"))
RESETTING = Text("vim-cmd.resetting", "Reset VM:", "assumed", _MEMORY)
ON_FAILED = Text("vim-cmd.power-on-failed", "Power on failed", "quoted", _VCL, ("6.0", "6.5"))
OFF_FAILED = Text("vim-cmd.power-off-failed", "Power off failed", "quoted", _VCL, ("6.0", "6.5"))
RESET_FAILED = Text("vim-cmd.reset-failed", "Reset failed", "assumed", "after the other two")
TASKS = Text("vim-cmd.tasklist", "(ManagedObjectReference) {listing}", "quoted", _VCL, ("4.1", "5."))
SUMMARY = Text("vim-cmd.get-summary", "{body}", "assumed", _MEMORY)
VMID = Text("vim-cmd.registered", "{vmid}", "assumed", "newer releases print the new Vmid")

_COLUMNS = ("Vmid", "Name", "File", "Guest OS", "Version", "Annotation")


@verb("vmsvc/getallvms")
def list_machines(call: Call) -> int:
    """All VMs of the host; those whose files it cannot read are skipped by name."""
    host, rows = host_of(call), []
    version = f"vmx-{host.release.number('hardware-version'):02d}"
    for machine in host.world.machines_on(host.name):
        vmid = str(host.host.vmids[machine.id])
        if is_invalid(call, machine):
            call.say(INVALID, vmid=vmid)
            continue
        file = f"[{host.world.label(host.name, machine.vmx.volume)}] {machine.vmx.path}"
        rows.append((vmid, machine.name, file, _guest(machine), version, machine.annotation))
    return print_body(call, INVENTORY, inventory(rows))


def _guest(machine: Machine) -> str:
    return machine.guest if machine.guest.endswith("Guest") else f"{machine.guest}Guest"


def inventory(rows: Sequence[Sequence[str]]) -> str:
    """The listing: headings centred over columns as wide as what is in them, three blanks between them (quoted)."""
    widths = [max(len(head), *(len(row[n]) for row in rows), 0) for n, head in enumerate(_COLUMNS)]
    titles = [_centred(head, width) for head, width in zip(_COLUMNS, widths, strict=True)]
    lines = [titles, *([f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)] for row in rows)]
    return "".join("   ".join(line) + "\n" for line in lines)


def _centred(head: str, width: int) -> str:
    left = (width - len(head)) // 2
    return " " * left + head + " " * (width - len(head) - left)


@verb("vmsvc/power.getstate", "vmid")
def show_state(call: Call) -> int:
    """Whether a VM runs."""
    state = STATES[machine_of(call).power.value].capitalize()
    return call.say(STATE, state=state)


def _change(call: Call, operation: Callable[[Laws, MachineId], Operation[None]], doing: Text, failed: Text) -> int:
    """Change a VM's power; a refusal is a fault or the line ``... failed``, by the release (quoted)."""
    host, machine = host_of(call), machine_of(call)
    call.say(doing)
    try:
        host.gateway.perform(operation, machine.id)
    except Refusal as refusal:
        if refusal.reason == "HostNotReachable" or host.style("vim-cmd-power-fault") == "fault":
            raise
        call.say(failed)
        return 1
    return 0


@verb("vmsvc/power.on", "vmid")
def power_on(call: Call) -> int:
    """Power a VM on."""
    return _change(call, machines.power_on, POWERING_ON, ON_FAILED)


@verb("vmsvc/power.off", "vmid")
def power_off(call: Call) -> int:
    """Power a VM off, hard."""
    return _change(call, machines.power_off, POWERING_OFF, OFF_FAILED)


@verb("vmsvc/power.reset", "vmid")
def reset(call: Call) -> int:
    """Reset a VM."""
    return _change(call, machines.reset, RESETTING, RESET_FAILED)


@verb("vmsvc/power.shutdown", "vmid")
def shut_down(call: Call) -> int:
    """Ask the guest to shut down; the command does not wait for it."""
    return _ask_guest(call, machines.shut_down_guest, "vim.VirtualMachine.shutdownGuest")


@verb("vmsvc/power.reboot", "vmid")
def restart_guest(call: Call) -> int:
    """Ask the guest to restart; the command does not wait for it."""
    return _ask_guest(call, machines.reset, "vim.VirtualMachine.rebootGuest")


def _ask_guest(call: Call, operation: Callable[[Laws, MachineId], Operation[None]], name: str) -> int:
    host, machine = host_of(call), machine_of(call)
    process = host.gateway.begin(operation, machine.id)
    vmid = host.host.vmids[machine.id]
    host.tasks.add(name, f"vim.VirtualMachine:{vmid}", machine.name, host.now(), process)
    return 0


@verb("vmsvc/get.tasklist", "vmid")
def list_tasks(call: Call) -> int:
    """The tasks of a VM that are not done."""
    machine = machine_of(call)
    entity = f"vim.VirtualMachine:{host_of(call).host.vmids[machine.id]}"
    references = [f"  '{task.reference}'" for task in host_of(call).tasks.running(lambda task: task.entity == entity)]
    listing = "[\n" + ",\n".join(references) + "\n]" if references else "[]"
    return call.say(TASKS, listing=listing)


@verb("vmsvc/get.summary", "vmid")
def show_summary(call: Call) -> int:
    """What the host knows of a VM, in short."""
    host, machine = host_of(call), machine_of(call)
    label = host.world.label(host.name, machine.vmx.volume)
    body = [
        "Listsummary:", "", "(vim.vm.Summary) {", f"   vm = 'vim.VirtualMachine:{host.host.vmids[machine.id]}',",
        "   runtime = (vim.vm.RuntimeInfo) {", "      host = 'vim.HostSystem:ha-host',",
        '      connectionState = "connected",', f'      powerState = "{machine.power.value}"', "   },",
        "   config = (vim.vm.Summary.ConfigSummary) {", f'      name = "{machine.name}",', "      template = false,",
        f'      vmPathName = "[{label}] {machine.vmx.path}",', f"      memorySizeMB = {machine.memory},",
        f"      numCpu = {machine.cpus},", f"      numEthernetCards = {len(machine.nics)},",
        f'      uuid = "{machine.uuid}",', f'      instanceUuid = "{machine.id}",', f'      guestId = "{_guest(machine)}"',
        "   }", "}",
    ]  # fmt: skip
    return print_body(call, SUMMARY, "".join(f"{line}\n" for line in body))


@verb("vmsvc/unregister", "vmid")
def unregister(call: Call) -> int:
    """Take a VM out of the inventory; silent on success."""
    host_of(call).gateway.perform(machines.unregister, machine_of(call).id)
    return 0


@verb("vmsvc/destroy", "vmid")
def destroy(call: Call) -> int:
    """Take a VM out of the inventory and remove its files; silent on success."""
    host_of(call).gateway.perform(machines.destroy, machine_of(call).id)
    return 0


@verb("solo/registervm", "path name resourcepool", least=1)
def register(call: Call) -> int:
    """Register the VM whose ``.vmx`` lies at an absolute path or at ``[datastore] folder/name.vmx``."""
    host, (written, *rest) = host_of(call), call.parsed.positionals
    place = host.world.locate(host.name, _absolute(call, written))
    if place is None:
        raise Refusal("NotFound", written)
    _refuse_known(call, place)
    machine = host.gateway.perform(register_from_files, host.name, place, rest[0] if rest else "")
    if host.release.flag("vim-cmd-register-prints-id"):
        call.say(VMID, vmid=host.host.vmids[machine.id])
    return 0


def _absolute(call: Call, written: str) -> str:
    match = re.fullmatch(r"\[(.+)\] ?(.+)", written)
    return f"/vmfs/volumes/{match[1]}/{match[2]}" if match else call.path(written)


def _refuse_known(call: Call, vmx: VolumeFile) -> None:
    """A VM of this host is refused by its Vmid (quoted)."""
    host = host_of(call)
    known = host.world.machine_at(host.name, vmx)
    vmid = host.host.vmids.get(known.id) if known else None
    if vmid is not None:
        message = f"The specified key, name, or identifier '{vmid}' already exists."
        raise Fault("vim.fault.AlreadyExists", message, (("name", f'"{vmid}"'),))
