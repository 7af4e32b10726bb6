"""What the world refuses, in the words of the command that asked. The one place where refusals become texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness.errors import Refusal
from harness.protocols.esxi_shell.namespace import Leaf
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.registry import Call, Command, Run
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text

_OURS = "our own words"
_VCL = "apache/vcl VIM_SSH.pm: comments with 5.x output"

REFUSED = Text("product.refused", "{problem}", "assumed", _OURS)
NEVER_ENABLED = Text("esxcli.maintenance-not-enabled", "Maintenance mode is already disabled.", "assumed", _OURS)
MAINTENANCE_WANTED = Text("esxcli.maintenance-wanted", "The host is not in maintenance mode.", "assumed", _OURS)

Field: TypeAlias = tuple[str, str]

STATES = {"poweredOn": "Powered On", "poweredOff": "Powered Off", "suspended": "Suspended"}
_KNOWN: Mapping[str, str] = {
    "NotFound": "The object or item referred to could not be found.",
    "FileNotFound": "The object or item referred to could not be found.",
    "InvalidState": "The operation is not allowed in the current state.",
    "ManagedObjectNotFound": "The object has already been deleted or has not been completely created",
}
_MODULES: Mapping[str, str] = {"ManagedObjectNotFound": "vmodl.fault", "InvalidArgument": "vmodl.fault"}


def refusable(run: Run) -> Run:
    """A command whose refusals are printed bare, on standard error, with status 1 (quoted: without ``Error:``)."""

    def answer(call: Call) -> int:
        try:
            return run(call)
        except Refusal as refusal:
            return refuse(call, refusal)

    return answer


def refuse(call: Call, refusal: Refusal) -> int:
    """Say why not; the loss of hostd has the release's own words."""
    if refusal.reason == "HostNotReachable":
        return call.fail(host_of(call).text_of("hostd-down"))
    return call.fail(REFUSED, problem=str(refusal))


def needs_hostd(item: Command, says: Text | None = None) -> Command:
    """The same command, which says so, in the release's words unless others are given, and does nothing while hostd is down."""

    def run(call: Call) -> int:
        if not call.host.service_running("hostd"):
            return call.fail(says or host_of(call).text_of("hostd-down"))
        return item.run(call)

    return replace(item, run=run)


def refusable_leaf(item: Leaf) -> Leaf:
    """The same leaf, with its refusals printed."""
    return replace(item, run=refusable(item.run))


@dataclass(frozen=True)
class Fault(Exception):
    """A fault as ``vim-cmd`` prints it: ``kind`` with its module, ``fields`` as printed, ``message`` the last field.

    ``wide`` is the layout of unknown VM ids in 5.x: one blank more before each line, and one after each comma (quoted).
    """

    kind: str
    message: str
    fields: tuple[Field, ...] = ()
    wide: bool = False

    def text(self, host: SimulatedHost) -> Text:
        """The fault in the form of the release."""
        style = host.text_of("vim-cmd-fault")
        body = _old_form(self) if style.words == "dynamic-type" else _new_form(self)
        return Text("vim-cmd.fault", body, style.provenance, style.source)


def _old_form(fault: Fault) -> str:
    indent, end = ("   ", ", ") if fault.wide else ("  ", ",")
    first, last = ("dynamicType", "<unset>"), ("msg", f'"{fault.message}"')
    fields = [first, ("faultCause", "(vmodl.MethodFault) null"), *fault.fields, last]
    return "".join([f"({fault.kind}) {{\n", *(f"{indent}{name} = {value}{end}\n" for name, value in fields), "}\n"])


def _new_form(fault: Fault) -> str:
    fields = [("faultCause", "(vmodl.MethodFault) null"), ("faultMessage", "<unset>"), *fault.fields]
    lines = ",\n".join(f"   {name} = {value}" for name, value in fields)
    return f'({fault.kind}) {{\n{lines}\n   msg = "{fault.message}"\n}}\n'


def fault_of(refusal: Refusal) -> Fault:
    """The fault that the host's agent answers a refused call with."""
    kind = f"{_MODULES.get(refusal.reason, 'vim.fault')}.{refusal.reason}"
    if refusal.reason == "FileNotFound" and "file" in refusal.fields:
        return Fault(kind, str(refusal), (("file", f'"{refusal.fields["file"]}"'),))
    if refusal.reason == "FileNotFound":
        kind = "vim.fault.NotFound"
    if refusal.reason == "InvalidPowerState":
        existing = str(refusal.fields["existingState"])
        message = f"The attempted operation cannot be performed in the current state ({STATES[existing]})."
        return Fault(kind, message, tuple((name, f'"{value}"') for name, value in refusal.fields.items()))
    if refusal.reason == "AlreadyExists":
        name = str(refusal.fields["name"])
        return Fault(kind, f"The specified key, name, or identifier '{name}' already exists.", (("name", f'"{name}"'),))
    return Fault(kind, _KNOWN.get(refusal.reason, str(refusal)))


def answer_fault(call: Call, fault: Fault) -> int:
    """Print a fault on standard output, where public scripts look for it; status 1 (assumed)."""
    print_body(call, *_ready(fault.text(host_of(call))))
    return 1


def _ready(text: Text) -> tuple[Text, str]:
    return text, text.words


def faulting(run: Run) -> Run:
    """A ``vim-cmd`` command whose refusals become faults."""

    def answer(call: Call) -> int:
        try:
            return run(call)
        except Fault as fault:
            return answer_fault(call, fault)
        except Refusal as refusal:
            if refusal.reason == "HostNotReachable":
                return refuse(call, refusal)
            return answer_fault(call, fault_of(refusal))

    return answer
