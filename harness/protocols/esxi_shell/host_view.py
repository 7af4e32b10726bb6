"""What the shell needs of the host it runs on: files, time, who may log in, and where to note what it showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, TypeAlias

from harness.errors import BlackstartError
from harness.protocols.esxi_shell.login import LoginStyle
from harness.units import Instant, Provenance, Span

Kind: TypeAlias = Literal["file", "directory", "link"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, directory or symbolic link, as ``stat`` without following links sees it.

    ``mode`` holds the permission bits alone (with the sticky bit, ``0o1755``); ``size`` is in bytes; ``modified`` is
    simulated time, aware, in UTC; ``target`` is what a link points to, as written in it.
    """

    name: str
    kind: Kind
    mode: int
    size: int
    modified: Instant
    target: str = ""
    owner: str = "root"
    group: str = "root"
    links: int = 1


@dataclass
class FileError(BlackstartError):
    """A file operation that the host refuses; ``words`` are those a POSIX system prints after the path."""

    path: str
    words: ClassVar[str] = "Input/output error"

    def __str__(self) -> str:
        return f"{self.path}: {self.words}"


class FileMissing(FileError):
    """Nothing has that name."""

    words = "No such file or directory"


class AccessDenied(FileError):
    """The file may not be read, written or removed by this user, or not at all."""

    words = "Permission denied"


class FileBusy(FileError):
    """Somebody holds the file open or locked: the files of a VM that is powered on."""

    words = "Device or resource busy"


class DirectoryGiven(FileError):
    """A file was meant and a directory is there."""

    words = "Is a directory"


class DirectoryExpected(FileError):
    """A directory was meant and a file is there."""

    words = "Not a directory"


class DirectoryFull(FileError):
    """A directory that still has entries cannot be removed."""

    words = "Directory not empty"


class NameTaken(FileError):
    """Something has that name already."""

    words = "File exists"


class SpaceExhausted(FileError):
    """The volume or the ramdisk is full."""

    words = "No space left on device"


class ReadOnlyVolume(FileError):
    """The volume takes no writes: a replica, or a volume mounted read-only."""

    words = "Read-only file system"


class DeviceLost(FileError):
    """The volume's device does not answer (all paths down)."""

    words = "Input/output error"


class Files(Protocol):
    """The host's own name space. All paths are absolute and normalised; links are followed except where said."""

    def read(self, path: str) -> bytes:
        """The bytes of a file."""

    def write(self, path: str, content: bytes, append: bool = False) -> None:
        """Make ``content`` the file's bytes, or add it at the end; the file is created where its directory exists."""

    def entries(self, path: str) -> list[Entry]:
        """What is in a directory, in any order, without ``.`` and ``..``."""

    def names(self, path: str) -> list[str]:
        """The names of what is in a directory, as :meth:`entries` has them, for those who ask nothing else."""

    def stat(self, path: str, follow: bool = True) -> Entry:
        """The entry at ``path``; with ``follow=False`` a link itself. ``/`` has a directory entry as well."""

    def remove(self, path: str) -> None:
        """Remove a file, a link (never what it points to) or an empty directory."""

    def make_directory(self, path: str) -> None:
        """Make one directory; its parent exists."""

    def rename(self, old: str, new: str) -> None:
        """Move a file or directory; a file at ``new`` is replaced."""

    def change_mode(self, path: str, mode: int) -> None:
        """Set the permission bits."""

    def resolve(self, path: str) -> str:
        """The same place with every link followed: ``/vmfs/volumes/<label>`` gives ``/vmfs/volumes/<uuid>``."""


class HostView(Protocol):
    """One ESXi host as its shell sees it. Every method may be called from any thread."""

    @property
    def name(self) -> str:
        """The host's name, unique in a lab; prompts show its first label."""

    @property
    def version(self) -> str:
        """The product's version, ``5.0.0``."""

    @property
    def login(self) -> LoginStyle:
        """How this release greets and prompts."""

    @property
    def files(self) -> Files:
        """The host's own files and the volumes that it has mounted."""

    def now(self) -> Instant:
        """Simulated time."""

    def sleep(self, span: Span) -> None:
        """Return when ``span`` of simulated time has passed."""

    def check_password(self, user: str, password: str) -> bool:
        """Whether ``user`` may log in with ``password``. It never waits."""

    def authorized_keys(self, user: str) -> str:
        """The user's public keys, in the format of ``authorized_keys``; empty where there are none. It never waits."""

    def service_running(self, service: str) -> bool:
        """Whether an agent (``hostd``, ``vpxa``) answers at this moment."""

    def note_text(self, name: str, provenance: Provenance, source: str) -> None:
        """A text of that name was shown to a client."""

    def log_shell_line(self, line: str) -> None:
        """Append one complete line, without its newline, to ``/var/log/shell.log``."""
