"""Maintenance mode, reboot and shutdown of a host, and the backup of its configuration."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import hosts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.refusals import MAINTENANCE_WANTED, NEVER_ENABLED, refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import Span, seconds

_TRANSCRIPT = "virtuallyhyper 2014-06-07, ESXi 5.5"

MODE = Text("esxcli.maintenance.get", "{mode}", "quoted", _TRANSCRIPT, ("5.5",))
STILL_BUSY = Text("esxcli.maintenance-timeout", "{problem}", "assumed", "our own words")
SAVING = Text("auto-backup", "Saving current state in /bootbank", "assumed", "from memory of the script")

_LONGEST = 31_536_000
"""A year of seconds."""

_ENABLE = option("-e", "--enable", value="true|false", help="on or off", required=True, choices=("true", "false", "1", "0"))
_TIMEOUT = option("-t", "--timeout", value="seconds", help="how long to wait; 0: without a limit")
_VSAN = option("-m", "--vsanmode", value="mode")


@leaf("system maintenanceMode get", Grammar(summary="Whether the host is in maintenance mode."))
def show_mode(call: Call) -> int:
    """``Enabled`` or ``Disabled``."""
    return call.say(MODE, mode="Enabled" if host_of(call).host.maintenance else "Disabled")


@leaf("system maintenanceMode set", Grammar((_ENABLE, _TIMEOUT, _VSAN), summary="Enter or leave maintenance mode."))
def set_mode(call: Call) -> int:
    """Enter or leave maintenance mode, and wait for it (assumed); silent."""
    host, wanted = host_of(call), call.parsed.value("e") in {"true", "1"}
    limit = _span(call, "t")
    if wanted is host.host.maintenance:
        return call.fail(host.text_of("maintenance-already") if wanted else NEVER_ENABLED)
    if wanted:
        return _enter(call, limit or None)
    host.gateway.perform(hosts.exit_maintenance, host.name)
    return 0


def _span(call: Call, key: str) -> Span:
    """The option's value in seconds; none where it was not given. Raises UsageError for what is no sensible number of them."""
    count = call.parsed.number(key, 0)
    if not 0 <= count <= _LONGEST:
        raise UsageError(f"invalid number of seconds '{count}'")
    return seconds(count)


def _enter(call: Call, limit: Span | None) -> int:
    host = host_of(call)
    try:
        host.gateway.perform(hosts.enter_maintenance, host.name, limit)
    except Refusal as refusal:
        if refusal.reason != "Timedout":
            raise
        return call.fail(STILL_BUSY, problem=str(refusal))
    return 0


_REASON = option("-r", "--reason", value="text", help="why", required=True)
_DELAY = option("-d", "--delay", value="seconds", help="how long to wait before")


@leaf("system shutdown reboot", Grammar((_REASON, _DELAY), summary="Restart the host."))
def reboot_host(call: Call) -> int:
    """Restart a host in maintenance mode; returns before it goes down (quoted: silent)."""
    return _go_down(call, force=False, power_off=False, delay=_span(call, "d"))


@leaf("system shutdown poweroff", Grammar((_REASON, _DELAY), summary="Switch the host off."))
def power_off_host(call: Call) -> int:
    """Switch off a host in maintenance mode; returns before it goes down."""
    return _go_down(call, force=False, power_off=True, delay=_span(call, "d"))


def _go_down(call: Call, *, force: bool, power_off: bool, delay: Span) -> int:
    host = host_of(call)
    if not force and not host.host.maintenance:
        return call.fail(MAINTENANCE_WANTED)
    host.gateway.begin(hosts.shut_down if power_off else hosts.reboot, host.name, force=force, delay=delay)
    return 0


_PLAIN = Grammar((option("-f", help="at once"), option("-d", value="seconds", help="how long to wait before")))


def _plain(name: str, *, power_off: bool) -> Command:
    """``reboot`` and ``poweroff`` ask nothing: VMs that run are stopped (assumed)."""

    def run(call: Call) -> int:
        return _go_down(call, force=True, power_off=power_off, delay=_span(call, "d"))

    return Command(name, _PLAIN, refusable(run), "/sbin")


reboot = _plain("reboot", power_off=False)
poweroff = _plain("poweroff", power_off=True)
halt = _plain("halt", power_off=True)


def _back_up(call: Call) -> int:
    host_of(call).gateway.perform(hosts.save_configuration, host_of(call).name)
    return call.say(SAVING)


auto_backup = Command("auto-backup.sh", Grammar((option("-f"),), "[...]", 0, None), refusable(_back_up), "/sbin")
