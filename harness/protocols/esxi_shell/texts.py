"""The texts that the shell itself shows, each with its provenance. Commands keep theirs beside their code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.units import Provenance

if TYPE_CHECKING:
    from harness.protocols.esxi_shell.host_view import HostView


@dataclass(frozen=True, slots=True)
class Text:
    """A text by name; ``words`` is a template for ``str.format`` where :meth:`fill` is used.

    ``versions`` are those in which its source saw it (``5.0``): in others it is assumed to be the same. Empty: in all.
    """

    name: str
    words: str
    provenance: Provenance
    source: str
    versions: tuple[str, ...] = ()

    def note_on(self, host: HostView) -> None:
        """Note that the host showed it, as well known as it is for the host's version."""
        if self.provenance == "assumed" or not self.versions or host.version.startswith(self.versions):
            host.note_text(self.name, self.provenance, self.source)
        else:
            host.note_text(self.name, "assumed", f"as in {self.source}")

    def fill(self, **fields: object) -> str:
        """The words with their fields filled in."""
        return self.words.format(**fields)


_BUSYBOX = "busybox ash as generally known"
_TOOLS = "busybox as generally known"
_OURS = "our own words"

NOT_FOUND = Text("shell.not-found", "-sh: {name}: not found", "quoted", "public transcript of an ESXi 9.0 session", ("9.0",))
DENIED = Text("shell.denied", "-sh: {name}: Permission denied", "quoted", "public transcripts")
SYNTAX = Text("shell.syntax-error", "-sh: syntax error: {problem}", "assumed", _BUSYBOX)
CANNOT_OPEN = Text("shell.cannot-open", "-sh: can't open {path}: {problem}", "assumed", _BUSYBOX)
CANNOT_CREATE = Text("shell.cannot-create", "-sh: can't create {path}: {problem}", "assumed", _BUSYBOX)
EXPANSION = Text("shell.expansion-error", "-sh: {problem}", "assumed", _BUSYBOX)
LIMIT = Text("shell.limit", "-sh: stopped: {problem}", "assumed", _OURS)
NOT_SIMULATED = Text("shell.not-simulated", "{name}: {problem}: not part of this simulation", "assumed", _OURS)
FILE_PROBLEM = Text(
    "busybox.file-problem", "{name}: {path}: {problem}", "quoted", "touch on ESXi 5.0, public transcript", ("5.0",)
)
FILE_PROBLEM_ASSUMED = Text("busybox.file-problem", "{name}: {path}: {problem}", "assumed", _TOOLS)
CP_PROBLEM = Text(
    "busybox.cp-problem", "cp: can't open '{path}': {problem}", "quoted", "public notes of ESXi 7.0 and 8.0", ("7.0", "8.0")
)
QUOTED_PROBLEM = Text("busybox.quoted-problem", "{name}: can't {act} '{path}': {problem}", "assumed", _TOOLS)
CANNOT_CD = Text("shell.cannot-cd", "-sh: cd: can't cd to {path}", "assumed", _BUSYBOX)
OMITTED_DIRECTORY = Text("busybox.cp-directory", "cp: omitting directory '{path}'", "assumed", _TOOLS)
INTO_ITSELF = Text("busybox.cp-into-itself", "cp: recursion detected, omitting directory '{path}'", "assumed", _TOOLS)
CONDITION = Text("shell.condition", "-sh: {name}: {problem}", "assumed", _BUSYBOX)
EXPRESSION = Text("busybox.expression", "{name}: {problem}", "assumed", _TOOLS)
USAGE = Text("shell.usage", "{name}: {problem}\n{usage}", "assumed", _OURS)
HELP = Text("shell.help", "{usage}", "assumed", _OURS)
STRAY_DASH = Text(
    "shell.stray-dash",
    "{name}: argument {position} ({argument}) begins with '{character}' ({code} {character_name}), which is not the hyphen"
    " '-' (U+002D): it is no option",
    "assumed",
    _OURS,
)
TIMES = Text(
    "shell.time",
    "real {real}\nuser 0m 0.00s\nsys 0m 0.00s",
    "quoted",
    "public transcript of ESXi 5.0 (processor times are ours)",
    ("5.0",),
)
NEEDS_HOSTD = Text(
    "esxcli.no-hostd", "Connect to localhost failed: Connection failure", "quoted", "public transcript of ESXi 5.1", ("5.1",)
)
UNKNOWN_NAMESPACE = Text(
    "esxcli.unknown-namespace",
    "Error: Unknown command or namespace {words}\n",
    "quoted",
    "VMware KB 2150498 (ESXi 6.0); the empty line: jp7fkf/JP7FKF-Warehouse, 6.0 U1",
    ("6.0",),
)
NAMESPACE_LIST = Text("esxcli.namespace-list", "{listing}", "assumed", _OURS)
INVALID_CHOICE = Text(
    "esxcli.invalid-choice",
    "Error: Invalid data constraint for parameter '{parameter}'.\n\n{usage}",
    "assumed",
    "its sentence is in govmomi's simulator; what stands around it is ours",
)
OPTION_PROBLEM = Text("esxcli.option-problem", "Error: {problem}\n\n{usage}", "assumed", _OURS)
