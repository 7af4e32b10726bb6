"""``vim-cmd hostsvc`` and ``vim-cmd vimsvc``: the host itself, and its tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.errors import Refusal
from harness.operations import hosts, storage
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.esxi_shell.commands.vim_cmd import print_task, verb
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.refusals import Fault, fault_of
from harness.protocols.esxi_shell.registry import Call
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.tasks import HostTask
from harness.protocols.esxi_shell.texts import Text
from harness.units import HostName, Instant

_MEMORY = "from memory of the command"
ENTITY = "vim.HostSystem:ha-host"

RUNTIME = Text("vim-cmd.runtimeinfo", "{body}", "assumed", f"{_MEMORY}; the line of the maintenance mode is quoted, 5.0")
SUMMARY = Text("vim-cmd.hostsummary", "{body}", "assumed", _MEMORY)
TASK_INFO = Text(
    "vim-cmd.task-info", "{body}", "quoted", "apache/vcl VIM_SSH.pm: comments with output of 4.1 and 5.x", ("4.1", "5.")
)


def _begin(call: Call, operation: Callable[[Laws, HostName], Operation[None]], name: str) -> int:
    host = host_of(call)
    process = host.gateway.begin(operation, host.name)
    return print_task(call, host.tasks.add(name, ENTITY, host.name, host.now(), process))


@verb("hostsvc/maintenance_mode_enter")
def enter_maintenance(call: Call) -> int:
    """Begin to enter maintenance mode; the host is in it some time after no VM runs any more."""
    return _begin(call, hosts.enter_maintenance, "vim.HostSystem.enterMaintenanceMode")


@verb("hostsvc/maintenance_mode_exit")
def exit_maintenance(call: Call) -> int:
    """Begin to leave maintenance mode."""
    return _begin(call, hosts.exit_maintenance, "vim.HostSystem.exitMaintenanceMode")


def _runtime(host: SimulatedHost, indent: str) -> list[str]:
    booted = host.host.booted
    return [
        f'{indent}connectionState = "connected",',
        f'{indent}powerState = "poweredOn",',
        f"{indent}inMaintenanceMode = {str(host.host.maintenance).lower()},",
        f'{indent}bootTime = "{_stamp(booted) if booted else ""}"',
    ]


@verb("hostsvc/runtimeinfo")
def show_runtime(call: Call) -> int:
    """Whether the host is in maintenance mode, and since when it is up."""
    lines = ["(vim.host.RuntimeInfo) {", *_runtime(host_of(call), "   "), "}"]
    return print_body(call, RUNTIME, "".join(f"{line}\n" for line in lines))


@verb("hostsvc/hostsummary")
def show_summary(call: Call) -> int:
    """The host in short."""
    host = host_of(call)
    esxi = host.release.product("esxi")
    lines = [
        "(vim.host.Summary) {", f"   host = '{ENTITY}',",
        "   runtime = (vim.host.RuntimeInfo) {", *_runtime(host, "      "), "   },",
        "   config = (vim.host.Summary.ConfigSummary) {", f'      name = "{host.name}",', "      product = (vim.AboutInfo) {",
        f'         name = "{esxi.name}",', f'         fullName = "{esxi.full_name}",',
        f'         version = "{esxi.version.value}",',
        f'         build = "{esxi.build.value if esxi.build else ""}"', "      }", "   }", "}",
    ]  # fmt: skip
    return print_body(call, SUMMARY, "".join(f"{line}\n" for line in lines))


@verb("hostsvc/storage/refresh")
def refresh_storage(call: Call) -> int:
    """Look again at what is mounted, without a scan; silent."""
    host_of(call).gateway.perform(storage.refresh, host_of(call).name)
    return 0


@verb("hostsvc/start_ssh")
def start_ssh(call: Call) -> int:
    """Enable SSH logins; silent."""
    host_of(call).gateway.perform(hosts.switch_ssh, host_of(call).name, enabled=True)
    return 0


@verb("hostsvc/stop_ssh")
def stop_ssh(call: Call) -> int:
    """Disable SSH logins; silent."""
    host_of(call).gateway.perform(hosts.switch_ssh, host_of(call).name, enabled=False)
    return 0


@verb("vimsvc/task_info", "task")
def show_task(call: Call) -> int:
    """How a task stands."""
    host, reference = host_of(call), call.parsed.positionals[0]
    task = host.tasks.find(reference)
    if task is None:
        key = reference.strip("'").removeprefix("vim.Task:")
        message = "The object has already been deleted or has not been completely created"
        raise Fault("vmodl.fault.ManagedObjectNotFound", message, (("obj", f"'vim.Task:{key}'"),))
    return print_body(call, TASK_INFO, "".join(f"{line}\n" for line in _task_lines(host, task)))


def _task_lines(host: SimulatedHost, task: HostTask) -> Sequence[str]:
    old = host.style("vim-cmd-fault") == "dynamic-type"
    ended = task.process.ended if task.process else None
    return [
        "(vim.TaskInfo) {", *(["  dynamicType = <unset>,"] if old else []),
        f'  key = "{task.key}",', f"  task = '{task.reference}',",
        "  description = (vmodl.LocalizableMessage) null,", f'  name = "{task.verb}",',
        f'  descriptionId = "{task.verb.removeprefix("vim.")}",', f"  entity = '{task.entity}',",
        f'  entityName = "{task.entity_name}",', f'  state = "{task.state}",', "  cancelled = false,", "  cancelable = false,",
        *_error_lines(task, old), "  result = <unset>,", f"  progress = {100 if ended else 0},",
        f'  queueTime = "{_stamp(task.began)}",', f'  startTime = "{_stamp(task.began)}",',
        f'  completeTime = "{_stamp(ended)}",' if ended else "  completeTime = <unset>,",
        f"  eventChainId = {task.key.rpartition('-')[2]},", "}",
    ]  # fmt: skip


def _error_lines(task: HostTask, old: bool) -> list[str]:
    if task.error is None:
        return ["  error = (vmodl.MethodFault) null,"]
    fault = fault_of(task.error) if isinstance(task.error, Refusal) else Fault("vmodl.fault.SystemError", str(task.error))
    unset = ["     dynamicType = <unset>,"] if old else []
    cause, message = "     faultCause = (vmodl.MethodFault) null,", f'     msg = "{fault.message}",'
    return [f"  error = ({fault.kind}) {{", *unset, cause, message, "  },"]


def _stamp(moment: Instant) -> str:
    """``2010-06-30T08:48:44.187347Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
