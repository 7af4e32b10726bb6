"""``vim-cmd``: the commands that go straight to the host's own agent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.protocols.esxi_shell.grammar import Grammar, UsageError, find_stray_dash
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.refusals import Fault, faulting, needs_hostd
from harness.protocols.esxi_shell.registry import Call, Command, Run, refuse_stray_dash
from harness.protocols.esxi_shell.simulated_host import host_of
from harness.protocols.esxi_shell.tasks import HostTask
from harness.protocols.esxi_shell.texts import Text
from harness.records import replace
from harness.world.machines import Machine

_MEMORY = "from memory of the command"

UNKNOWN = Text("vim-cmd.unknown", "Invalid command '{word}'.", "assumed", _MEMORY)
INSUFFICIENT = Text("vim-cmd.arguments", "{problem}\nUsage: {usage}", "assumed", _MEMORY)
COMMANDS = Text("vim-cmd.commands", "Commands available under {place}:\n{listing}", "assumed", _MEMORY)
TASK = Text("vim-cmd.task", "'{reference}'", "quoted", "public notes of an upgrade of 5.0 to 5.1", ("5.0", "5.1"))


@dataclass(frozen=True, slots=True)
class Verb:
    """A command below ``vim-cmd``: ``vmsvc/power.on``; ``arguments`` names what it takes, ``least`` how much of that it needs."""

    name: str
    arguments: str
    least: int
    run: Run


def verb(name: str, arguments: str = "", least: int | None = None) -> Callable[[Run], Verb]:
    """Declare the decorated function as the command ``name``; all ``arguments`` are needed unless ``least`` says otherwise."""
    needed = len(arguments.split()) if least is None else least
    return lambda run: Verb(name, arguments, needed, faulting(run))


def vim_cmd(verbs: Iterable[Verb]) -> Command:
    """The command with all its verbs."""
    known = {item.name: item for item in verbs}
    return needs_hostd(Command("vim-cmd", Grammar(raw=True), lambda call: _enter(call, known)))


def _enter(call: Call, verbs: Mapping[str, Verb]) -> int:
    if stray := find_stray_dash(call.argv):
        return refuse_stray_dash(call, stray)
    word, *arguments = call.argv or ("",)
    found = verbs.get(word.strip("/"))
    if found is None:
        return _list(call, word.strip("/"), verbs)
    most = len(found.arguments.split())
    if not found.least <= len(arguments) <= most:
        problem = "Insufficient arguments." if len(arguments) < found.least else "Too many arguments."
        usage = f"{found.name.rpartition('/')[2]} {found.arguments}".rstrip()
        return call.fail(INSUFFICIENT, problem=problem, usage=usage)
    inner = replace(call, name=f"{call.name} {found.name}").on_positionals(arguments)
    try:
        return found.run(inner)
    except UsageError as error:
        return call.fail(INSUFFICIENT, problem=error.problem, usage=f"{found.name.rpartition('/')[2]} {found.arguments}")


def _list(call: Call, place: str, verbs: Mapping[str, Verb]) -> int:
    prefix = f"{place}/" if place else ""
    names = sorted({name[len(prefix) :].partition("/")[0] for name in verbs if name.startswith(prefix)})
    if not names:
        return call.fail(UNKNOWN, word=place)
    return call.say(COMMANDS, place=f"{place}/" if place else "/", listing="\n".join(names))


def machine_of(call: Call) -> Machine:
    """The VM that the first argument names by its Vmid. Raises Fault (``NotFound``), for invalid VMs too (quoted)."""
    host, written = host_of(call), call.parsed.positionals[0]
    vmids = {str(number): machine for machine, number in host.host.vmids.items()}
    machine = host.world.machines.get(vmids[written]) if written in vmids else None
    if machine is None or is_invalid(call, machine):
        raise Fault("vim.fault.NotFound", f'Unable to find a VM corresponding to "{written}"', wide=True)
    return machine


def is_invalid(call: Call, machine: Machine) -> bool:
    """Whether the host cannot read the files of a VM that does not run."""
    return not machine.running and not host_of(call).world.usable(host_of(call).name, machine.vmx.volume)


def print_task(call: Call, task: HostTask) -> int:
    """Print a task's reference; the command returns at once (quoted)."""
    return print_body(call, TASK, f"'{task.reference}'\n")
