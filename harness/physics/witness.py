"""A look at what an operation asks of the volumes' bytes, and does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.units import DeviceId
from harness.world.storage import VolumePath
from harness.world.store import Found, Lying, Store, Tree


@dataclass(frozen=True)
class Trace:
    """What decided an operation's answers, and what it left: ``found`` and ``read`` before it, the rest after it.

    An empty file is not ``read``: what was found says that it is empty. LUNs of which no file is as it was are ``filled``.
    """

    found: Mapping[DeviceId, Mapping[str, Lying]]
    read: Mapping[VolumePath, bytes]
    filled: Mapping[DeviceId, Tree]
    folders: tuple[VolumePath, ...]
    files: Mapping[VolumePath, bytes]
    surveyed: frozenset[DeviceId]

    def fits(self, store: Store) -> bool:
        """Whether the operation would get the same answers from ``store``."""
        listings = (store.listing(device) == listing for device, listing in self.found.items())
        return all(listings) and all(store.read(path) == content for path, content in self.read.items())

    def lay(self, store: Store) -> None:
        """Leave the same in ``store``, which fits."""
        for device, tree in self.filled.items():
            store.fill(device, tree)
        for folder in self.folders:
            store.make_folder(folder)
        for path, content in self.files.items():
            store.write(path, content)
        for device in self.surveyed:
            store.survey(device)

    def note(self, store: Store) -> None:
        """Tell ``store``, in which it was found, how it was left."""
        for device, tree in self.filled.items():
            store.filled(device, tree)


class Witness:
    """A store that notes what decides the answers it gives, and what it is told to write.

    It is no longer ``clear`` what decides an answer once files have been moved or removed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[DeviceId, Mapping[str, Lying]] = {}  # before anything was asked of a LUN or done to it
        self._read: dict[VolumePath, bytes] = {}  # before anything was written there
        self._written: dict[DeviceId, dict[str, bytes]] = {}  # whoever looked afterwards found what was written last
        self._surveyed: set[DeviceId] = set()
        self.clear = True

    def trace(self) -> Trace:
        """What there is to say of all that went through it."""
        after = {device: self._after(device) for device in self._found}
        filled = {device: tree for device, tree in after.items() if self._anew(device)}
        rest = {VolumePath(device, path): now for device in after.keys() - filled.keys() for path, now in after[device].items()}
        folders = [path for path, content in rest.items() if content is None and path.path not in self._found[path.device]]
        files = {path: content for path, content in rest.items() if content is not None}
        surveyed = frozenset(self._surveyed.difference(filled))
        return Trace(self._found, self._read, filled, tuple(folders), files, surveyed)

    def _after(self, device: DeviceId) -> Tree:
        """All folders that there are on a LUN now, and the files that were written there."""
        lying = self._store.listing(device)
        folders = dict.fromkeys(path for path, now in lying.items() if now.what == "folder")
        return folders | self._written.get(device, {})

    def _anew(self, device: DeviceId) -> bool:
        """Whether something was written to a LUN, and each file again that was there before."""
        written = self._written.get(device, {})
        files = {path for path, lying in self._found[device].items() if lying.what != "folder"}
        return bool(written) and files <= written.keys()

    def _at(self, device: DeviceId) -> Store:
        if device not in self._found:
            self._found[device] = self._store.listing(device)
        return self._store

    def read(self, path: VolumePath) -> bytes:
        """See :class:`Store`, as for all that follows."""
        content = self._at(path.device).read(path)
        if content and path.path not in self._written.get(path.device, ()):
            self._read[path] = content
        return content

    def size(self, path: VolumePath) -> int:
        """See :class:`Store`."""
        return self._at(path.device).size(path)

    def is_folder(self, path: VolumePath) -> bool:
        """See :class:`Store`."""
        return self._at(path.device).is_folder(path)

    def entries(self, path: VolumePath) -> list[str]:
        """See :class:`Store`."""
        return self._at(path.device).entries(path)

    def write(self, path: VolumePath, content: bytes) -> None:
        """See :class:`Store`."""
        self._at(path.device).write(path, content)
        self._written.setdefault(path.device, {})[path.path] = content

    def fill(self, device: DeviceId, tree: Tree) -> None:
        """See :class:`Store`."""
        self.clear = False
        self._store.fill(device, tree)

    def filled(self, device: DeviceId, tree: Tree) -> None:
        """See :class:`Store`."""
        self._store.filled(device, tree)

    def make_folder(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        self._at(path.device).make_folder(path)

    def remove(self, path: VolumePath) -> None:
        """See :class:`Store`."""
        self.clear = False
        self._store.remove(path)

    def move(self, path: VolumePath, target: VolumePath) -> None:
        """See :class:`Store`."""
        self.clear = False
        self._store.move(path, target)

    def used(self, device: DeviceId) -> int:
        """See :class:`Store`."""
        return self._at(device).used(device)

    def survey(self, device: DeviceId) -> Mapping[str, Found]:
        """See :class:`Store`."""
        self._surveyed.add(device)
        return self._at(device).survey(device)

    def listing(self, device: DeviceId) -> Mapping[str, Lying]:
        """See :class:`Store`."""
        return self._at(device).listing(device)
