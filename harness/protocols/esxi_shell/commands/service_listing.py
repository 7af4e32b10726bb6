"""What ``services.sh`` of 5.0 prints for each service (quoted: virtuallyhyper 2013-01-07)."""

from __future__ import annotations

from dataclasses import dataclass

from harness.world.hosts import HOSTD, VPXA

AGENT_NAMES = (HOSTD, VPXA)
_WATCHDOG = "Terminating watchdog process with PID {process}"
_VOB = "VobUserLib_Init failed with -1"
_UNSUPPORTED = "This operation is not supported."


@dataclass(frozen=True, slots=True)
class Step:
    """One service's lines, below ``Running <service> ...``. ``begins`` puts the watchdog's ``Begin`` line before them."""

    service: str
    lines: tuple[str, ...] = ()
    stops: bool = False
    begins: bool = False


def _stop(service: str, *lines: str) -> Step:
    return Step(service, lines, stops=True)


def _watched(service: str, last: str, watched: str = "") -> Step:
    watchdog = f"watchdog-{watched or service}: {_WATCHDOG}"
    return _stop(service, *filter(None, [watchdog, last]))


STOPS = (
    _stop("sfcbd", _UNSUPPORTED, "Please use /etc/init.d/sfcbd-watchdog stop"),
    _stop("wsman", "Stopping openwsmand"),
    _stop("sfcbd-watchdog"),
    _watched(VPXA, "vpxa stopped."),
    _watched("vobd", "vobd stopped"),
    _watched("cdp", ""),
    _watched("dcbd", ""),
    _stop("memscrubd", "memscrubd is not running"),
    _stop("slpd", "Stopping slpd"),
    _stop("sensord", "sensord is not running"),
    _watched("storageRM", "storageRM stopped"),
    _watched("vprobed", "vprobed stopped"),
    _watched(HOSTD, "hostd stopped."),
    _watched("lbtd", "net-lbt stopped", "net-lbt"),
    _stop(
        "usbarbitrator",
        "Error running operation: No such file or directory: No such file or directory",
        f"watchdog-usbarbitrator: {_WATCHDOG}",
        "usbarbitrator stopped",
    ),
    _stop("SSH", "SSH login disabled", _VOB),
    _stop("ESXShell", "ESXi shell login disabled", _VOB),
    _stop("DCUI", "Disabling DCUI logins", _VOB),
)
STARTS = (
    Step("DCUI", ("Enabling DCUI login: runlevel =", _VOB)),
    Step("ESXShell", ("ESXi shell login enabled", _VOB)),
    Step("SSH", ("SSH login enabled", _VOB)),
    Step("usbarbitrator", ("usbarbitrator started",)),
    Step("lbtd", ("net-lbt started",)),
    Step(HOSTD, ("hostd started.",), begins=True),
    Step("vprobed", ("vprobed started",)),
    Step("storageRM", ("storageRM started",)),
    Step("sensord", ("sensord started",)),
    Step("slpd", ("Starting slpd",)),
    Step("memscrubd", ("The checkPages boot option is FALSE, hence memscrubd could not be started.",)),
    Step("dcbd", ("dcbd started",)),
    Step("cdp", ("cdp started",)),
    Step("vobd", ("vobd started",)),
    Step(VPXA, (), begins=True),
    Step("sfcbd-watchdog"),
    Step("wsman", ("Starting openwsmand",)),
    Step("sfcbd", (_UNSUPPORTED, "Please use /etc/init.d/sfcbd-watchdog start")),
)


def listing_of(action: str) -> tuple[Step, ...]:
    """The services in the order in which ``action`` goes through them."""
    return STOPS if action == "stop" else STARTS
