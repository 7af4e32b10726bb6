"""``ping`` and ``vmkping``: which address a name has for the host, and whether something answers there."""

from __future__ import annotations

from harness.operations import names
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.refusals import refusable
from harness.protocols.esxi_shell.registry import Call, Command
from harness.protocols.esxi_shell.simulated_host import drawn, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.units import seconds
from harness.world.nas import answers

_SOURCE = "from memory of the tool; the times are made up"
HEAD = Text("ping.head", "PING {name} ({address}): 56 data bytes", "assumed", _SOURCE)
REPLY = Text("ping.reply", "64 bytes from {address}: icmp_seq={number} ttl=64 time={time} ms", "assumed", _SOURCE)
TOTAL = Text(
    "ping.total",
    "\n--- {name} ping statistics ---\n{sent} packets transmitted, {received} packets received, {lost}% packet loss",
    "assumed",
    _SOURCE,
)
UNKNOWN = Text("ping.unknown", "ping: unknown host {name}", "assumed", _SOURCE)
COUNT, MOST = 3, 1000

_GRAMMAR = Grammar(
    (
        option("-c", value="count", help="how many packets"),
        option("-I", value="interface", help="from this interface"),
        option("-s", value="size", help="bytes of a packet"),
    ),
    "host",
    1,
    1,
)


def _ping(call: Call) -> int:
    """NAS and hosts of the lab answer while they run; it asks the host's own resolver, as a mount does (assumed)."""
    host, name, count = host_of(call), call.parsed.positionals[0], call.parsed.number("c", COUNT)
    if not 0 < count <= MOST:
        raise UsageError(f"invalid count '{count}'")
    address = host.gateway.perform(names.ask, host.name, name)
    if not address:
        return call.fail(UNKNOWN, name=name)
    call.say(HEAD, name=name, address=address)
    received = 0
    for number in range(count):
        if answers(host.world, address):
            received += 1
            time = f"{drawn(f'{host.name}/{address}/{number}', 200, 900) / 1000:.3f}"
            call.say(REPLY, address=address, number=number, time=time)
        host.sleep(seconds(1))
    call.say(TOTAL, name=name, sent=count, received=received, lost=round(100 * (count - received) / count))
    return 0 if received else 1


ping = Command("ping", _GRAMMAR, refusable(_ping))
vmkping = Command("vmkping", _GRAMMAR, refusable(_ping), "/sbin")
