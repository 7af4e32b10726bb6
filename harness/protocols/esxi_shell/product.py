"""The product's own commands on a simulated ESXi host."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import TypeVar

from harness.protocols.esxi_shell.commands import (
    agents,
    capacity,
    identity,
    nas,
    networked_machines,
    ping,
    storage,
    switches,
    system,
    unresolved,
    vim_host,
    vim_machines,
    volumes,
)
from harness.protocols.esxi_shell.commands.vim_cmd import Verb, vim_cmd
from harness.protocols.esxi_shell.namespace import Leaf, NamespaceTree, front_end
from harness.protocols.esxi_shell.refusals import needs_hostd, refusable_leaf
from harness.protocols.esxi_shell.registry import Command

_FAMILIES = (
    agents, capacity, identity, nas, networked_machines, ping, storage, switches, system, unresolved, vim_host, vim_machines,
    volumes,
)  # fmt: skip
_T = TypeVar("_T")


def product_commands() -> list[Command]:
    """The commands that stand beside the shell's own tools; each host's release decides what they print.

    They need hosts that are :class:`harness.protocols.esxi_shell.simulated_host.SimulatedHost`.
    """
    tree = NamespaceTree(refusable_leaf(item) for item in _declared(Leaf, _FAMILIES))
    esxcli, localcli = needs_hostd(front_end("esxcli", tree)), front_end("localcli", tree)
    return [*_declared(Command, _FAMILIES), vim_cmd(_declared(Verb, _FAMILIES)), esxcli, localcli]


def _declared(kind: type[_T], modules: Iterable[ModuleType]) -> list[_T]:
    return [item for module in modules for item in vars(module).values() if isinstance(item, kind)]
