"""What a host says about itself: product, build, kernel, name, uptime."""

from __future__ import annotations

from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.namespace import leaf
from harness.protocols.esxi_shell.product_output import Listing, Row, Value, print_body
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.releases import Release
from harness.units import Span

_TRANSCRIPT_9 = "public transcript of an ESXi 9.0 session"
_TRANSCRIPTS = "public transcripts of vmware -vl"

VERSION = Text("vmware.version", "{words}", "quoted", f"{_TRANSCRIPTS}; the build is the release's own")
UNAME = Text("uname", "{words}", "quoted", "public transcripts of uname -a")
NAME = Text("hostname", "{words}", "quoted", "public transcripts", ("5.5", "9.0"))
UPTIME = Text("uptime", " {now} up {up}, load average: {load}", "quoted", _TRANSCRIPT_9, ("9.0",))
MICROSECONDS = Text("esxcli.uptime", "{count}", "quoted", "public transcripts: microseconds")
LEVEL_OF_LOAD = "0.01, 0.01, 0.01"

_VERSION_BLOCK = Listing(
    Text("esxcli.version.get", "{body}", "quoted", "LemonZuo/homer documentation, 7.0.3", ("6.0", "7.0", "9.0")),
    "VersionGet",
    "simple",
)
_NAME_BLOCK = Listing(
    Text("esxcli.hostname.get", "{body}", "quoted", "public transcripts of 5.5 and 9.0", ("5.5", "9.0")), "FQDNGet", "simple"
)


@command("vmware", Grammar((option("-v", "--version", help="product and build"), option("-l", "--level", help="update level"))))
def vmware(call: Call) -> int:
    """Product, version and build; ``-l`` the update level."""
    if not call.parsed.options:
        raise UsageError("nothing to do")
    build, level = host_of(call).release.version_lines()
    lines = [line for key, line in (("v", build), ("l", level)) if call.parsed.has(key)]
    return print_body(call, VERSION, "".join(f"{line}\n" for line in lines))


_UNAME = Grammar(tuple(option(f"-{letter}") for letter in "asnrvmpio"))


@command("uname", _UNAME)
def uname(call: Call) -> int:
    """The kernel's names."""
    host = host_of(call)
    for name in ("uname-date", "uname-tail"):
        host.style(name)
    parts = _uname_parts(host)
    if call.parsed.has("a"):
        tail = host.release.text("uname-tail")
        return call.say(UNAME, words=" ".join([*(parts[letter] for letter in "snrv"), tail]))
    wanted = [letter for letter in "snrvmpio" if call.parsed.has(letter)] or ["s"]
    return call.say(UNAME, words=" ".join(parts[letter] for letter in wanted))


def _uname_parts(host: SimulatedHost) -> dict[str, str]:
    esxi, tail = host.release.product("esxi"), host.release.text("uname-tail").split()
    build = esxi.build.value if esxi.build else 0
    version = f"#1 SMP Release build-{build} {host.release.text('uname-date')}"
    machine = tail[0]
    return {
        "s": "VMkernel", "n": host.name, "r": esxi.version.value, "v": version,
        "m": machine, "p": machine, "i": machine, "o": tail[-1],
    }  # fmt: skip


@command("hostname", Grammar((option("-s", help="short"), option("-f", help="whole"), option("-d", help="domain"), option("-i"))))
def hostname(call: Call) -> int:
    """The host's name."""
    host = host_of(call)
    short, _, domain = host.name.partition(".")
    chosen = {"s": short, "d": domain, "i": host.host.address}
    words = next((word for key, word in chosen.items() if call.parsed.has(key)), host.name)
    return call.say(NAME, words=words)


@command("uptime")
def uptime(call: Call) -> int:
    """The time, and for how long the host has been up."""
    host = host_of(call)
    span = _up_for(host)
    clock = f"{span.seconds // 3600:02d}:{span.seconds // 60 % 60:02d}:{span.seconds % 60:02d}"
    up = f"{span.days} days, {clock}" if span.days else clock
    return call.say(UPTIME, now=f"{host.now():%H:%M:%S}", up=up, load=LEVEL_OF_LOAD)


def _up_for(host: SimulatedHost) -> Span:
    return host.now() - (host.host.booted or host.now())


@leaf("system stats uptime get", Grammar(summary="Microseconds since the boot."))
def uptime_microseconds(call: Call) -> int:
    """Microseconds since the host booted."""
    return call.say(MICROSECONDS, count=_up_for(host_of(call)) // Span(microseconds=1))


@leaf("system version get", Grammar(summary="Product, version and build."))
def version(call: Call) -> int:
    """Product, version and build; which further fields there are depends on the release."""
    host = host_of(call)
    known = _version_fields(host.release)
    host.style("version-fields")
    return _VERSION_BLOCK.show(call, [Row({name: known[name] for name in host.release.lines("version-fields")})])


def _version_fields(release: Release) -> dict[str, Value]:
    esxi = release.product("esxi")
    return {
        "Product": esxi.name,
        "Version": esxi.version.value,
        "Build": f"Releasebuild-{esxi.build.value if esxi.build else 0}",
        "Update": release.number("version-update"),
        "Maintenance": 0,
        "Patch": release.number("version-patch"),
    }


@leaf("system hostname get", Grammar(summary="The host's name."))
def host_name(call: Call) -> int:
    """The host's name, whole and in parts."""
    name = host_of(call).name
    short, _, domain = name.partition(".")
    return _NAME_BLOCK.show(call, [Row({"Domain Name": domain, "Fully Qualified Domain Name": name, "Host Name": short})])
