"""``df``: how full the mounted volumes are."""

from __future__ import annotations

from harness.protocols.esxi_shell.file_systems import FileSystem, file_systems
from harness.protocols.esxi_shell.grammar import Grammar, option
from harness.protocols.esxi_shell.product_output import print_body
from harness.protocols.esxi_shell.refusals import needs_hostd
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import host_of
from harness.protocols.esxi_shell.texts import Text

HUMAN = Text("df.human", "{body}", "quoted", "public notes of ESXi 5.5 and 7.0", ("5.5", "7.0"))
PLAIN = Text("df.bytes", "{body}", "assumed", "as with -h, in bytes; from memory")
NO_HOSTD = Text("df.no-hostd", "df: Connect to localhost failed: Connection failure", "assumed", "its failure is stated")
_UNITS = "BKMGTP"


def _df(call: Call) -> int:
    """The mounted volumes that answer; it asks hostd (stated)."""
    human = call.parsed.has("h")
    wide = 0 if human else 12
    lines = [_line(("Filesystem", "Size" if human else "Bytes", "Used", "Available", "Use%", "Mounted on"), wide)]
    for found in file_systems(host_of(call)):
        if found.mounted and found.size:
            lines.append(_line(_cells(found, human), wide))
    return print_body(call, HUMAN if human else PLAIN, "".join(f"{line}\n" for line in lines))


def _cells(found: FileSystem, human: bool) -> tuple[str, ...]:
    used = found.size - found.free
    numbers = [_human(number) if human else str(number) for number in (found.size, used, found.free)]
    return (found.type, *numbers, f"{round(100 * used / found.size)}%", f"/vmfs/volumes/{found.name}")


def _line(cells: tuple[str, ...], wide: int) -> str:
    kind, size, used, free, share, place = cells
    return f"{kind:<10} {size:>{max(6, wide)}} {used:>{max(6, wide)}} {free:>{max(9, wide)}} {share:>4} {place}"


def _human(number: int) -> str:
    """``24.5G``, ``940.0M``: one decimal, in powers of 1024."""
    value, power = float(number), 0
    while value >= 1024 and power < len(_UNITS) - 1:
        value, power = value / 1024, power + 1
    return f"{value:.1f}{_UNITS[power]}"


df = needs_hostd(Command("df", Grammar((option("-h", help="sizes in units"),)), _df), NO_HOSTD)
