"""A small host in memory: a file tree, a clock and users. It behaves; it does not know what a test expects."""

from __future__ import annotations

import posixpath
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harness.protocols.esxi_shell.host_view import (
    AccessDenied,
    DirectoryExpected,
    DirectoryFull,
    DirectoryGiven,
    Entry,
    FileBusy,
    FileMissing,
    NameTaken,
)
from harness.protocols.esxi_shell.login import LoginStyle
from harness.units import Instant, Provenance, Span
from tests.esxi_shell.login_styles import LOGIN_STYLES

START = datetime(2012, 2, 9, 9, 5, tzinfo=UTC)
VOLUME = "502e8a75-d04a58db-431a-000c29d33d34"


@dataclass
class Node:
    """What one path holds."""

    kind: str
    mode: int
    modified: Instant
    content: bytes = b""
    target: str = ""


class MemoryFiles:
    """A file tree by absolute path. ``busy`` files refuse to be read, ``denied`` directories refuse changes."""

    def __init__(self, clock: MemoryHost) -> None:
        self._clock = clock
        self.nodes: dict[str, Node] = {"/": Node("directory", 0o755, START)}
        self.busy: set[str] = set()
        self.denied: set[str] = set()

    def place(self, path: str, content: bytes = b"", mode: int = 0o644, modified: Instant = START) -> None:
        """Put a file there, with its parents."""
        self.place_directory(posixpath.dirname(path))
        self.nodes[path] = Node("file", mode, modified, content)

    def place_directory(self, path: str, mode: int = 0o755, modified: Instant = START) -> None:
        """Put a directory there, with its parents."""
        while path != "/" and path not in self.nodes:
            self.nodes[path] = Node("directory", mode, modified)
            path = posixpath.dirname(path)

    def place_link(self, path: str, target: str) -> None:
        """Put a link there."""
        self.nodes[path] = Node("link", 0o755, START, target=target)

    def resolve(self, path: str) -> str:
        found = self._place(path)
        if found not in self.nodes:
            raise FileMissing(path)
        return found

    def _place(self, path: str, hops: int = 0) -> str:
        """Follow the links on the way; the last component need not be there."""
        if hops > 20:
            raise FileMissing(path)
        place = "/"
        for piece in [piece for piece in path.split("/") if piece]:
            node = self.nodes.get(place)
            if node is None:
                raise FileMissing(path)
            if node.kind != "directory":
                raise DirectoryExpected(path)
            place = posixpath.join(place, piece)
            found = self.nodes.get(place)
            if found and found.kind == "link":
                place = self._place(posixpath.normpath(posixpath.join(posixpath.dirname(place), found.target)), hops + 1)
        return place

    def _own(self, path: str) -> str:
        """The entry itself, links on the way followed but not the last one."""
        if path == "/":
            return path
        place = posixpath.join(self._place(posixpath.dirname(path)), posixpath.basename(path))
        if place not in self.nodes:
            raise FileMissing(path)
        return place

    def read(self, path: str) -> bytes:
        place = self.resolve(path)
        if place in self.busy:
            raise FileBusy(path)
        if self.nodes[place].kind == "directory":
            raise DirectoryGiven(path)
        return self.nodes[place].content

    def write(self, path: str, content: bytes, append: bool = False) -> None:
        place = self._place(path)
        node = self.nodes.get(place)
        if node and node.kind == "directory":
            raise DirectoryGiven(path)
        self._may_change(place)
        before = node.content if node and append else b""
        self.nodes[place] = Node("file", node.mode if node else 0o644, self._clock.now(), before + content)

    def _may_change(self, place: str) -> None:
        parent = posixpath.dirname(place)
        if parent not in self.nodes:
            raise FileMissing(place)
        if parent in self.denied:
            raise AccessDenied(place)

    def entries(self, path: str) -> list[Entry]:
        place = self.resolve(path)
        if self.nodes[place].kind != "directory":
            raise DirectoryExpected(path)
        return [self._entry(name) for name in self.nodes if name != "/" and posixpath.dirname(name) == place]

    def names(self, path: str) -> list[str]:
        return [entry.name for entry in self.entries(path)]

    def _entry(self, place: str) -> Entry:
        node = self.nodes[place]
        size = len(node.target) if node.kind == "link" else len(node.content) if node.kind == "file" else 420
        kind = node.kind
        assert kind in {"file", "directory", "link"}
        return Entry(posixpath.basename(place) or "/", kind, node.mode, size, node.modified, node.target)  # type: ignore[arg-type]

    def stat(self, path: str, follow: bool = True) -> Entry:
        return self._entry(self.resolve(path) if follow else self._own(path))

    def remove(self, path: str) -> None:
        place = self._own(path)
        self._may_change(place)
        if self.nodes[place].kind == "directory" and any(posixpath.dirname(name) == place for name in self.nodes if name != "/"):
            raise DirectoryFull(path)
        del self.nodes[place]

    def make_directory(self, path: str) -> None:
        place = self._place(path)
        if place in self.nodes:
            raise NameTaken(path)
        self._may_change(place)
        self.nodes[place] = Node("directory", 0o755, self._clock.now())

    def rename(self, old: str, new: str) -> None:
        source, target = self._own(old), self._place(new)
        self._may_change(source)
        self._may_change(target)
        moved = {name: node for name, node in self.nodes.items() if name == source or name.startswith(source + "/")}
        for name in moved:
            del self.nodes[name]
        self.nodes.update({target + name[len(source) :]: node for name, node in moved.items()})

    def change_mode(self, path: str, mode: int) -> None:
        self.nodes[self.resolve(path)].mode = mode


@dataclass
class MemoryHost:
    """A host with one VMFS volume, one user and a clock that ``sleep`` moves; ``pause`` is what that takes in wall seconds."""

    name: str = "esx01"
    login: LoginStyle = LOGIN_STYLES["5.0"]
    version: str = "5.0.0"
    passwords: dict[str, str] = field(default_factory=lambda: {"root": "VMware1!"})
    keys: dict[str, str] = field(default_factory=dict)
    services: set[str] = field(default_factory=lambda: {"hostd", "vpxa"})
    texts: list[tuple[str, str]] = field(default_factory=list)
    shell_log: list[str] = field(default_factory=list)
    pause: float = 0.0

    def __post_init__(self) -> None:
        self.time = START
        self.files = MemoryFiles(self)
        for path in ("/etc/vmware", "/tmp", "/var/log", f"/vmfs/volumes/{VOLUME}"):
            self.files.place_directory(path)
        self.files.place("/etc/vmware/esx.conf", b"/system/uuid = 1\n/vmkernel/x = true\n")
        self.files.place_link("/vmfs/volumes/datastore1", VOLUME)

    def now(self) -> Instant:
        return self.time

    def sleep(self, span: Span) -> None:
        self.time += span
        time.sleep(self.pause)

    def check_password(self, user: str, password: str) -> bool:
        return self.passwords.get(user) == password

    def authorized_keys(self, user: str) -> str:
        return self.keys.get(user, "")

    def service_running(self, service: str) -> bool:
        return service in self.services

    def note_text(self, name: str, provenance: Provenance, source: str) -> None:
        self.texts.append((name, provenance))

    def log_shell_line(self, line: str) -> None:
        self.shell_log.append(line)
