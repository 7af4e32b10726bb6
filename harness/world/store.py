"""What the world asks of the bytes of its volumes. Names, modes and times live in the world; the bytes live in a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from harness.units import DeviceId
from harness.world.storage import VolumePath

Found: TypeAlias = Literal["folder", "file", "foreign"]
"""What lies at a path; a ``foreign`` file was written by somebody else than the store since the LUN was last surveyed."""


class Lying(NamedTuple):
    """What lies at a path, and how many bytes it has, which a folder has none of."""

    what: Found
    size: int = 0


Tree: TypeAlias = Mapping[str, bytes | None]
"""What lies on a LUN, by path, each folder before what is in it: the bytes of files, None for folders."""


class Store(Protocol):
    """Bytes by LUN and path. Reading or listing what is not there raises FileNotFoundError."""

    def read(self, path: VolumePath) -> bytes:
        """The bytes of a file."""

    def size(self, path: VolumePath) -> int:
        """The length of a file in bytes; 0 for a folder."""

    def is_folder(self, path: VolumePath) -> bool:
        """Whether the path is a folder; False where nothing is."""

    def entries(self, path: VolumePath) -> list[str]:
        """The names in a folder, sorted."""

    def write(self, path: VolumePath, content: bytes) -> None:
        """Create or replace a file, with the folders above it."""

    def fill(self, device: DeviceId, tree: Tree) -> None:
        """Have all that is in ``tree`` on a LUN that has nothing else."""

    def filled(self, device: DeviceId, tree: Tree) -> None:
        """Learn that there is on a LUN what would be there if it had been filled so."""

    def make_folder(self, path: VolumePath) -> None:
        """Create a folder, with those above it; nothing happens where it exists."""

    def remove(self, path: VolumePath) -> None:
        """Remove a file, or a folder with all that is in it; nothing happens where nothing is."""

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """Give a file or folder another path on the same LUN."""

    def used(self, device: DeviceId) -> int:
        """The bytes of all files on a LUN."""

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """Everything on a LUN, by path."""

    def listing(self, device: DeviceId) -> Mapping[str, Lying]:
        """Everything on a LUN, by path; unlike after a survey, what is foreign stays so."""
