"""The property list of a distributed switch as ``net-dvs`` prints it: lines and indentation of 5.0 and of 5.5 (quoted)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.protocols.esxi_shell.simulated_host import SimulatedHost, drawn
from harness.protocols.esxi_shell.wiring import HostSwitch, Plug, port_order, switches_of
from harness.units import SwitchId
from harness.world.proxies import HostPort, ProxySwitch

CONFIG, RUNTIME, VOLATILE = "CONFIG", "RUNTIME", "RUNTIME VOLATILE"
_TAB = 8
_POOLS_5_0 = ("ft", "iscsi", "mgmt", "nfs", "vm", "vmotion")
_POOLS_5_5 = ("ft", "hbr", "iscsi", "mgmt", "nfs", "vm", "vmotion", "vsan")
_CASTS = ("Unicast", "Multicast", "Broadcast")
_COUNTERS = (
    *(f"{unit}{way}{cast}" for way in ("In", "Out") for cast in _CASTS for unit in ("pkts", "bytes")),
    *("pktsInDropped", "pktsOutDropped", "pktsInException", "pktsOutException"),
)


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``rest`` are the lines below its own; ``comma`` says that a comma and the kind follow on the same line."""

    name: str
    value: str
    kind: str = CONFIG
    rest: tuple[str, ...] = ()
    inline: bool = True

    def lines(self, depth: int) -> Iterator[str]:
        """The property as printed, at a depth counted in tabs, with the tabs as blanks."""
        margin, below = " " * (_TAB * depth), " " * (_TAB * (depth + 1))
        if self.inline:
            yield f"{margin}{self.name} = {self.value} , \tpropType = {self.kind}".expandtabs(_TAB)
            return
        yield f"{margin}{self.name}{self.value}"
        yield from (f"{below}{line}" for line in self.rest)
        yield f"{below}propType = {self.kind}"


@dataclass(frozen=True, slots=True)
class _Status:
    """``volatile.status``, the one property that has its kind two blanks behind its value (quoted)."""

    value: str
    kind: str = RUNTIME

    def lines(self, depth: int) -> Iterator[str]:
        yield f"{' ' * (_TAB * depth)}com.vmware.common.port.volatile.status = {self.value}  propType = {self.kind}"


@dataclass(frozen=True, slots=True)
class _Passthrough:
    value: str
    kind: str = RUNTIME

    def lines(self, depth: int) -> Iterator[str]:
        margin = " " * (_TAB * depth)
        line = f"{margin}com.vmware.common.port.volatile.ptstatus = noPassthruReason={self.value},\tpropType = {self.kind}"
        yield line.expandtabs(_TAB)


def _long(name: str, *rest: str, kind: str = CONFIG) -> Property:
    return Property(name, ":", kind, rest, inline=False)


def _valued(name: str, value: str, *rest: str, kind: str = CONFIG) -> Property:
    return Property(name, f" = {value}", kind, rest, inline=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that ``net-dvs`` knows of one switch. ``old`` is the form of 5.0 and 5.1."""

    host: SimulatedHost
    proxy: ProxySwitch
    old: bool

    def text(self, *, persistent: bool = False) -> str:
        """The whole listing; ``persistent`` leaves out what is not kept in ``dvsdata.db``."""
        release = self.host.release
        lines = [f"switch {self.proxy.id} ({release.text('dvs-class')})"]
        lines.append(f"{' ' * _TAB}max ports: {release.number('switch-ports')}")
        for title, properties in self._sections():
            lines.append(f"{' ' * _TAB}{title}:")
            for item in properties:
                if item.kind == CONFIG or not persistent:
                    lines += item.lines(2)
        return "".join(f"{line}\n" for line in lines)

    def _sections(self) -> Iterator[tuple[str, Sequence[Property | _Status | _Passthrough]]]:
        yield "global properties", self._global()
        yield "host properties", self._of_host()
        plugs = {plug.key: plug for plug in self._switch().plugs}
        for number, key in enumerate(self.proxy.uplinks, start=1):
            yield f"port {key}", self._uplink(plugs[key], number)
        for port in sorted(self.proxy.ports.values(), key=lambda port: port_order(port.key)):
            yield f"port {port.key}", self._port(plugs[port.key], port)

    def _switch(self) -> HostSwitch:
        known = next((s for s in switches_of(self.host.world, self.host.host) if s.proxy == self.proxy), None)
        if known:
            return known
        plugs = (Plug(0, "uplink", vmnic, key, self.proxy.uplink_group, "", True) for key, vmnic in self.proxy.uplinks.items())
        return HostSwitch(self.proxy.name, self.proxy.portset, tuple(plugs), self.proxy)

    def _global(self) -> list[Property]:
        alias = Property("com.vmware.common.alias", self.proxy.name)
        uplinks = _long("com.vmware.common.uplinkPorts", ", ".join(self._uplink_names()))
        mtu = Property("com.vmware.etherswitch.mtu", str(self.proxy.mtu))
        cdp = _valued("com.vmware.etherswitch.cdp", "CDP, listen")
        pools = [f"netsched.pools.persist.{pool}" for pool in (_POOLS_5_0 if self.old else _POOLS_5_5)]
        respools = _long("com.vmware.common.respools.list", *pools)
        sched = _long("com.vmware.common.respools.sched", "inactive" if self.old else "active")
        version = _valued("com.vmware.common.version", f"0x {0 if self.old else 3}. 0. 0. 0")
        if self.old:
            return [alias, version, mtu, cdp, uplinks, respools, sched]
        opaque = Property("com.vmware.common.opaqueDvs", "false")
        ipfix = _long(
            "com.vmware.etherswitch.ipfix", "idle timeout = 15 seconds", "active timeout = 60 seconds", "sampling rate = 0",
            "collector = 0.0.0.0:0", "internal flows only = false",
        )  # fmt: skip
        return [version, opaque, alias, uplinks, ipfix, mtu, cdp, respools, sched]

    def _uplink_names(self) -> list[str]:
        form = "dvUplink{}" if self.old else "Uplink {}"
        return [form.format(number) for number in range(1, len(self.proxy.uplinks) + 1)]

    def _of_host(self) -> list[Property]:
        portset = Property("com.vmware.common.host.portset", self.proxy.portset)
        status = Property("com.vmware.common.host.volatile.status", "green", CONFIG if self.old else RUNTIME)
        opaque = [] if self.old else [Property("com.vmware.common.portset.opaque", "false", RUNTIME)]
        return [portset, status, *opaque, _long("com.vmware.common.host.uplinkPorts", ", ".join(self.proxy.uplinks))]

    def _uplink(self, plug: Plug, number: int) -> list[Property | _Status | _Passthrough]:
        cookie = drawn(f"{self.proxy.id}/{plug.key}", 1, 2**31 - 1)
        trunk = ("Guest VLAN tagging", "ranges = 0-4094")
        return [
            *self._common(self._uplink_names()[number - 1], cookie, plug.group, active=""),
            _valued("com.vmware.etherswitch.port.vlan", *trunk),
            Property("com.vmware.etherswitch.port.txUplink", "normal"),
            *self._shares(),
            _valued("com.vmware.common.port.volatile.vlan", "VLAN 0", trunk[1], kind=CONFIG if self.old else VOLATILE),
            *self._running(plug, "inUse linkUp" if plug.in_use else "linkDown", 0),
        ]

    def _port(self, plug: Plug, port: HostPort) -> list[Property | _Status | _Passthrough]:
        group = self.host.world.switches[SwitchId(self.proxy.id)].groups.get(port.group)
        vlan = f"VLAN {group.vlan if group else 0}"
        persist = [Property("com.vmware.common.port.volatile.persist", port.persist)] if port.persist else []
        packets = int((self.host.now() - self.host.release.epoch.value).total_seconds()) if port.linked else 0
        status = "inUse linkUp" if port.linked else "linkDown" if port.valid else "invalid"
        return [
            *self._common("", port.cookie, port.group, active="".join(f"{name};" for name in self._uplink_names()[:1])),
            _valued("com.vmware.etherswitch.port.vlan", vlan),
            Property("com.vmware.etherswitch.port.txUplink", "normal"),
            *persist,
            _valued("com.vmware.common.port.volatile.vlan", vlan, kind=VOLATILE),
            *self._running(plug, status, packets),
        ]

    def _common(self, alias: str, cookie: int, group: str, active: str) -> list[Property]:
        mac_change = "allow" if self.old else "deny"
        filters = [] if self.old else [_valued("com.vmware.common.port.dvfilter", "filters (num = 0):")]
        selection = "link state up; link speed>=10Mbps;" if self.old else "link state up;"
        reverse = "reverse filter; " if self.old else ""
        return [
            Property("com.vmware.common.port.alias", alias),
            Property("com.vmware.common.port.connectid", str(cookie)),
            Property("com.vmware.common.port.portgroupid", group),
            Property("com.vmware.common.port.block", "false"),
            *filters,
            _valued("com.vmware.common.port.ptAllowed", "0x 0. 0. 0. 0"),
            _long(
                "com.vmware.etherswitch.port.teaming", "load balancing = source virtual port id", f"link selection = {selection}",
                f"link behavior = notify switch; {reverse}best effort on failure; shotgun on failure;",
                f"active = {active}".rstrip(), "standby =",
            ),
            _valued(
                "com.vmware.etherswitch.port.security", f"deny promiscuous; {mac_change} mac change; allow forged frames"
            ),
        ]  # fmt: skip

    def _shares(self) -> list[Property]:
        if not self.old:
            return []
        rows = (f"netsched.pools.persist.{pool}:{100 if pool == 'vm' else 50}:-1:0" for pool in _POOLS_5_0)
        return [_long("com.vmware.common.port.respools.cfg", *rows)]

    def _running(self, plug: Plug, status: str, packets: int) -> list[Property | _Status | _Passthrough]:
        counted = {"pktsInUnicast": packets, "bytesInUnicast": packets * 60}
        rows = [f"{name} = {counted.get(name, 0)}" for name in _COUNTERS]
        number = plug.number if plug.in_use else 0
        allowed = [] if self.old else [_valued("com.vmware.common.port.ptAllowedRT", "0x 0. 0. 0. 0", kind=RUNTIME)]
        return [
            *allowed,
            _long("com.vmware.common.port.statistics", *rows, kind=RUNTIME),
            _Status(f"{status} portID={number}"),
            _Passthrough("32" if self.old else "4"),
        ]
