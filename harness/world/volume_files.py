"""What happens to the files of a volume, as far as the world knows them: names, modes and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.records import replace
from harness.units import Instant
from harness.world.events import drop
from harness.world.storage import FILE_MODE, FOLDER_MODE, M, Medium, MediumEvent


@dataclass(frozen=True)
class FileWritten(MediumEvent):
    """A file was created or replaced. The engine puts ``content`` into the store; the world keeps the rest."""

    path: str
    content: bytes = field(repr=False)
    at: Instant
    mode: int = FILE_MODE
    routine = True

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        folders = dict.fromkeys(missing_folders(medium, self.path), (FOLDER_MODE, self.at))
        return medium.written({**folders, self.path: (self.mode, self.at)})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"wrote {self.path}"


@dataclass(frozen=True)
class FilesWritten(MediumEvent):
    """Files were created or replaced at once; see :class:`FileWritten`."""

    files: Mapping[str, bytes] = field(repr=False)
    at: Instant
    routine = True

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        folders = {folder: (FOLDER_MODE, self.at) for path in self.files for folder in missing_folders(medium, path)}
        return medium.written({**folders, **dict.fromkeys(self.files, (FILE_MODE, self.at))})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"wrote {', '.join(self.files)}"


@dataclass(frozen=True)
class FolderMade(MediumEvent):
    """A folder was created."""

    path: str
    at: Instant
    mode: int = FOLDER_MODE
    routine = True

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        return medium.written({self.path: (self.mode, self.at)})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"made folder {self.path}"


@dataclass(frozen=True)
class ModeChanged(MediumEvent):
    """The permission bits of a file or folder were set."""

    path: str
    mode: int
    at: Instant
    routine = True

    def change(self, medium: M) -> M:
        """What the volume had no time of was last written before now."""
        before = medium.facts.get(self.path)
        return medium.written({self.path: (self.mode, before.modified if before else self.at)})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"mode of {self.path} is {self.mode:o}"


@dataclass(frozen=True)
class FileRemoved(MediumEvent):
    """A file, or a folder with all that was in it, is gone."""

    path: str

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        below = [p for p in medium.facts if p.startswith(self.path + "/")]
        return replace(medium, facts=drop(medium.facts, self.path, *below))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"removed {self.path}"


@dataclass(frozen=True)
class FileMoved(MediumEvent):
    """A file or folder has another path on the same LUN."""

    path: str
    target: str

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        if self.path == self.target:
            return medium
        replaced = [p for p in medium.facts if p == self.target or p.startswith(self.target + "/")]
        return replace(medium, facts={self._moved(p): f for p, f in drop(medium.facts, *replaced).items()})

    def _moved(self, path: str) -> str:
        if path == self.path or path.startswith(self.path + "/"):
            return self.target + path[len(self.path) :]
        return path

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"moved {self.path} to {self.target}"


@dataclass(frozen=True)
class FilesNoticed(MediumEvent):
    """The volume learns what was written, made and removed there by somebody else than a host of the world: vcsim, say."""

    files: frozenset[str]
    folders: frozenset[str]
    gone: frozenset[str]
    at: Instant
    routine = True

    def change(self, medium: M) -> M:
        """See :class:`MediumEvent`."""
        folders = dict.fromkeys(self.folders, (FOLDER_MODE, self.at))
        files = {path: (medium.facts[path].mode if path in medium.facts else FILE_MODE, self.at) for path in self.files}
        return replace(medium, facts=drop(medium.facts, *self.gone)).written({**folders, **files})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{len(self.files)} file(s) written and {len(self.gone)} removed from outside"


def missing_folders(medium: Medium, path: str) -> list[str]:
    """The folders above ``path`` that the volume has no facts of, outermost first; above one that it knows it knows all."""
    missing: list[str] = []
    while (path := path.rpartition("/")[0]) and path not in medium.facts:
        missing.insert(0, path)
    return missing
