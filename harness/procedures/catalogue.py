"""The procedures that there are, by name. A new one is a module with its steps, or a folder, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from harness.errors import InputError
from harness.procedures.agents_restart import AGENTS_RESTART
from harness.procedures.model import Procedure
from harness.procedures.vcd.failback import VCD_FAILBACK
from harness.procedures.vcd.failover import VCD_FAILOVER
from harness.procedures.view.failback import VIEW_FAILBACK
from harness.procedures.view.failover import VIEW_FAILOVER

KNOWN = (AGENTS_RESTART, VCD_FAILOVER, VCD_FAILBACK, VIEW_FAILOVER, VIEW_FAILBACK)
PROCEDURES: Mapping[str, Procedure] = {procedure.name: procedure for procedure in KNOWN}


def find_procedure(name: str) -> Procedure:
    """The procedure of that name; raises ``InputError``, which lists those near, or all."""
    if name not in PROCEDURES:
        near = get_close_matches(name, PROCEDURES, n=3, cutoff=0.4)
        raise InputError(
            f"procedure {name!r}", "there is none", f"{'Near' if near else 'Known'}: {', '.join(near or PROCEDURES)}"
        )
    return PROCEDURES[name]
