"""A site as its operator describes it: a TOML file, checked by ``site.schema.json``. Passwords are not in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness import releases
from harness.errors import InputError
from harness.probes.limits import Limits, limits_of
from harness.probes.trust import ANYBODY, KNOWN
from harness.procedures.model import Part
from harness.releases.files import check_document, find_line, read_document
from harness.units import Address, HostName, Instant, Span

SCHEMA = Path(__file__).with_name("site.schema.json")
HTTPS, SSH, DNS = 443, 22, 53
KIND_OF: Mapping[Part, str] = {
    "vcenters": "vcenter",
    "hosts": "host",
    "arrays": "array",
    "srm": "srm",
    "vcloud": "vcloud",
    "view": "view",
    "nameservers": "nameserver",
}
"""The tables that describe each part."""
KINDS = tuple(KIND_OF.values())


@dataclass(frozen=True)
class ServiceEntry:
    """A management API or DNS server: ``kind`` is one of ``KINDS``, ``role`` ``protected``, ``recovery`` or empty."""

    kind: str
    name: str
    url: str
    identity: str
    login: str
    role: str = ""

    @property
    def address(self) -> Address:
        """Where it listens."""
        parts = urlsplit(self.url)
        return Address(str(parts.hostname), parts.port or (DNS if parts.scheme == "dns" else HTTPS))


@dataclass(frozen=True)
class HostEntry:
    """An ESXi host with its SSH service; ``datastores`` are those it must have mounted, None where the file does not say."""

    name: HostName
    address: Address
    vcenter: str
    identity: str
    login: str
    role: str = ""
    datastores: tuple[str, ...] | None = None


@dataclass(frozen=True)
class NasEntry:
    """NFS datastores of tenants, which hosts mount from ``alias``: a name that leads to the NAS of one site or of the other.

    ``shares`` gives the share of each datastore, ``groups`` are the consistency groups of these shares.
    """

    alias: str
    protected: str
    recovery: str
    groups: tuple[str, ...]
    shares: Mapping[str, str]


@dataclass(frozen=True)
class RecoveryEntry:
    """What is recovered: management VMs by a recovery plan, and tenants by consistency groups, to the hosts of one cluster.

    ``management_groups`` are the consistency groups of the management VMs, empty where no array replicates them; ``nas`` is there
    where tenants have NFS datastores.
    """

    plan: str
    management: tuple[str, ...]
    groups: tuple[str, ...]
    cluster: str
    vcenter: str
    management_groups: tuple[str, ...] = ()
    nas: NasEntry | None = None


@dataclass(frozen=True)
class Clock:
    """A lab's time: it was ``lab`` at the moment ``wall``, and has run at ``pace`` since."""

    pace: float
    lab: Instant
    wall: Instant


@dataclass(frozen=True)
class SiteFile:
    """A site; its names are unique and its references resolved. ``digest`` is the SHA-256 of the file."""

    path: Path
    digest: str
    name: str
    release: str
    limits: Limits
    services: tuple[ServiceEntry, ...]
    hosts: tuple[HostEntry, ...]
    recovery: RecoveryEntry | None
    branches: Mapping[str, str]
    credentials: Path | None
    clock: Clock | None

    def of_kind(self, kind: str) -> tuple[ServiceEntry, ...]:
        """The services of one kind."""
        return tuple(service for service in self.services if service.kind == kind)

    def host_names(self, role: str = "") -> list[str]:
        """The hosts, all or those with a role."""
        return [host.name for host in self.hosts if role in {"", host.role}]

    def host(self, name: str) -> HostEntry:
        """The host of that name."""
        return next(host for host in self.hosts if host.name == name)

    def wait(self, name: str) -> Span:
        """The wait of that name: from the file, or else from the release's own timings."""
        limit: Span = getattr(self.limits, name)
        return limit

    def line(self, *place: str) -> int:
        """Where an entry of the file is."""
        return find_line(self.path.read_text(encoding="utf-8"), place)

    def require(self, parts: Sequence[Part], procedure: str) -> None:
        """Raise ``InputError`` for a part that the file does not describe."""
        for part in parts:
            if not self._has(part):
                table = "[recovery]" if part == "recovery" else f"[[{KIND_OF[part]}]]"
                raise InputError(table, f"the procedure {procedure} needs it", "Describe it in the site file.", self.path)

    def _has(self, part: Part) -> bool:
        if part == "recovery":
            return self.recovery is not None
        return bool(self.hosts if part == "hosts" else self.of_kind(KIND_OF[part]))


def load_site(path: Path) -> SiteFile:
    """The site in a file.

    Raises ``InputError`` with file and line for broken TOML, what the schema does not allow, a name given twice, or a
    reference to something that the file does not describe.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        digest = ""  # who reads it as a document says why
    return _loaded(path, digest)


@lru_cache(maxsize=10)  # a run that is stopped after each step loads it as often
def _loaded(path: Path, digest: str) -> SiteFile:
    document = read_document(path)
    check_document(document, path, SCHEMA)
    payload: dict[str, Any] = dict(document)
    _check(payload, path)
    return SiteFile(
        path=path,
        digest=digest,
        name=payload["name"],
        release=payload["release"],
        limits=_limits(payload, path),
        services=tuple(_service(kind, entry) for kind in KINDS if kind != "host" for entry in payload.get(kind, [])),
        hosts=tuple(_host(entry, payload.get("vcenter", [])) for entry in payload.get("host", [])),
        recovery=_recovery(payload["recovery"]) if "recovery" in payload else None,
        branches=payload.get("branches", {}),
        credentials=path.parent / payload["credentials"] if "credentials" in payload else None,
        clock=_clock(payload["clock"], path) if "clock" in payload else None,
    )


def _service(kind: str, entry: Mapping[str, Any]) -> ServiceEntry:
    identity = _identity(entry, "thumbprint")
    return ServiceEntry(kind, entry["name"], entry["url"], identity, entry.get("login", kind), entry.get("role", ""))


def _host(entry: Mapping[str, Any], vcenters: Sequence[Mapping[str, Any]]) -> HostEntry:
    return HostEntry(
        HostName(entry["name"]),
        Address(entry.get("address", entry["name"]), entry.get("port", SSH)),
        entry.get("vcenter") or (vcenters[0]["name"] if vcenters else ""),
        _identity(entry, "host-key"),
        entry.get("login", "host"),
        entry.get("role", ""),
        tuple(entry["datastores"]) if "datastores" in entry else None,
    )


def _identity(entry: Mapping[str, Any], key: str) -> str:
    return str(entry[key]) if key in entry else ANYBODY if entry.get("insecure") else KNOWN


def _recovery(entry: Mapping[str, Any]) -> RecoveryEntry:
    return RecoveryEntry(
        entry["plan"],
        tuple(entry["management"]),
        tuple(entry["consistency-groups"]),
        entry["cluster"],
        entry["vcenter"],
        tuple(entry.get("management-groups", ())),
        _nas(entry["nas"]) if "nas" in entry else None,
    )


def _nas(entry: Mapping[str, Any]) -> NasEntry:
    groups = tuple(entry["consistency-groups"])
    return NasEntry(entry["alias"], entry["protected"], entry["recovery"], groups, entry["datastores"])


def _clock(entry: Mapping[str, Any], path: Path) -> Clock:
    for key in ("lab", "wall"):
        if not isinstance(entry[key], datetime) or entry[key].tzinfo is None:
            raise _error(
                path, ["clock", key], f"clock.{key}", "not a date with time and zone", "Write it as 2012-02-09T09:00:00Z."
            )
    return Clock(**entry)


def _limits(payload: Mapping[str, Any], path: Path) -> Limits:
    """The release's own limits, but where the file gives others."""
    try:
        usual = limits_of(releases.load(payload["release"]))
    except InputError as error:
        raise _error(path, ["release"], error.subject, error.problem, error.remedy) from error
    given = {name: timedelta(seconds=count) for name, count in payload.get("waits", {}).items()}
    return replace(usual, **{field.name: given[field.name] for field in fields(Limits) if field.name in given})


def _check(payload: Mapping[str, Any], path: Path) -> None:
    for kind in KINDS:
        seen: set[str] = set()
        for index, entry in enumerate(payload.get(kind, [])):
            place = [kind, str(index)]
            if entry["name"] in seen:
                raise _error(path, [*place, "name"], f"{kind} {entry['name']!r}", "is described twice")
            seen.add(entry["name"])
            if entry.get("insecure") and entry.keys() & {"thumbprint", "host-key"}:
                problem = "insecure believes anybody; a fingerprint believes one"
                raise _error(path, [*place, "insecure"], f"{kind} {entry['name']!r}", problem, "Give one of them.")
            _check_vcenter(payload, path, [*place, "vcenter"], entry)
    _check_recovery(payload, path, payload.get("recovery", {}))


def _check_recovery(payload: Mapping[str, Any], path: Path, recovery: Mapping[str, Any]) -> None:
    _check_vcenter(payload, path, ["recovery", "vcenter"], recovery)
    known = recovery.get("consistency-groups", ())
    for group in recovery.get("nas", {}).get("consistency-groups", ()):
        if group not in known:
            place, subject = ["recovery", "nas", "consistency-groups"], "recovery.nas.consistency-groups"
            raise _error(path, place, subject, f"{group!r} is none of recovery.consistency-groups", f"Known: {', '.join(known)}")


def _check_vcenter(payload: Mapping[str, Any], path: Path, place: Sequence[str], entry: Mapping[str, Any]) -> None:
    known = [center["name"] for center in payload.get("vcenter", [])]
    if place[0] == "host" and "vcenter" not in entry and len(known) > 1:
        subject = f"host {entry['name']!r}"
        raise _error(path, place[:-1], subject, "does not say which vcenter manages it", f"Known: {', '.join(known)}")
    if "vcenter" in entry and entry["vcenter"] not in known:
        problem = f"no vcenter named {entry['vcenter']!r}"
        raise _error(path, place, f"{place[0]}.vcenter", problem, f"Known: {', '.join(known) or 'none'}")


def _error(path: Path, place: Sequence[str], subject: str, problem: str, remedy: str = "") -> InputError:
    return InputError(subject, problem, remedy, path, find_line(path.read_text(encoding="utf-8"), place))
