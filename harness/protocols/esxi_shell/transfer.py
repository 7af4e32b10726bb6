"""Files over sftp and scp: the host's virtual ones, and no others.

Every operation of asyncssh's server is replaced here: its own ones work on the machine's disk.
"""

from __future__ import annotations

import posixpath
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

import asyncssh
from asyncssh import SFTPAttrs, SFTPName, SFTPVFSAttrs
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_EXCL, FXF_TRUNC, FXF_WRITE

from harness.protocols.esxi_shell import host_view
from harness.protocols.esxi_shell.host_view import Entry, FileError, FileMissing, HostView
from harness.protocols.esxi_shell.listing import long_line
from harness.protocols.esxi_shell.streams import decoded, encoded
from harness.protocols.esxi_shell.workers import Workers

_T = TypeVar("_T")
_FORMATS = {"file": stat.S_IFREG, "directory": stat.S_IFDIR, "link": stat.S_IFLNK}
_TYPES = {"file": 1, "directory": 2, "link": 3}


@dataclass
class OpenFile:
    """A file that a client has open; what it writes reaches the host when it closes the file."""

    path: str
    content: bytearray
    changed: bool = False
    append: bool = False


class HostFiles(asyncssh.SFTPServer):
    """One client's view of a host's files, from the root directory on."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], host: HostView, workers: Workers) -> None:
        super().__init__(channel)
        self._host, self._files, self._workers = host, host.files, workers

    def format_user(self, uid: int | None) -> str:
        """Everything on a host belongs to root."""
        return "root"

    def format_group(self, gid: int | None) -> str:
        """Everything on a host belongs to root."""
        return "root"

    def format_longname(self, name: SFTPName) -> None:
        """Names carry their line already."""
        if not name.longname:
            name.longname = name.filename

    def map_path(self, path: bytes) -> bytes:
        """There is nothing to map to."""
        raise asyncssh.SFTPOpUnsupported("not a path of this machine")

    def reverse_map_path(self, path: bytes) -> bytes:
        """There is nothing to map from."""
        raise asyncssh.SFTPOpUnsupported("not a path of this machine")

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        """Open a file; one that is to be created exists from now on."""
        name = _path(path)

        def work() -> OpenFile:
            try:
                content = bytearray(self._files.read(name))
                existed = True
            except FileMissing:
                content, existed = bytearray(), False
                if not pflags & FXF_CREAT:
                    raise
            if existed and pflags & FXF_EXCL:
                raise host_view.NameTaken(name)
            if pflags & FXF_TRUNC:
                content = bytearray()
            if pflags & FXF_WRITE and (not existed or pflags & FXF_TRUNC):
                self._files.write(name, b"")
            elif pflags & FXF_WRITE:
                self._files.write(name, b"", append=True)
            return OpenFile(name, content, append=bool(pflags & FXF_APPEND))

        return await self._do(work)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> object:
        """Belongs to versions of the protocol that are not offered."""
        raise asyncssh.SFTPOpUnsupported("protocol version 3 is offered")

    async def close(self, file_obj: object) -> None:
        """Write what changed."""
        file = _opened(file_obj)
        if file.changed:
            await self._do(lambda: self._files.write(file.path, bytes(file.content)))

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """A piece of the file as it was when it was opened."""
        return bytes(_opened(file_obj).content[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Keep a piece until the file is closed."""
        file = _opened(file_obj)
        start = len(file.content) if file.append else offset
        if start > len(file.content):
            file.content.extend(bytes(start - len(file.content)))
        file.content[start : start + len(data)] = data
        file.changed = True
        return len(data)

    async def stat(self, path: bytes) -> SFTPAttrs:
        """What the path leads to."""
        return _attributes(await self._do(lambda: self._files.stat(_path(path))))

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """The entry itself."""
        return _attributes(await self._do(lambda: self._files.stat(_path(path), follow=False)))

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        """The entry of an open file, with the size that it has for this client."""
        file = _opened(file_obj)
        attributes = _attributes(await self._do(lambda: self._files.stat(file.path)))
        attributes.size = len(file.content)
        return attributes

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Change the mode; owner and times are left as they are."""
        mode = attrs.permissions
        if mode is not None:
            await self._do(lambda: self._files.change_mode(_path(path), mode & 0o7777))

    async def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """The same."""
        await self.setstat(path, attrs)

    async def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Change size or mode of an open file."""
        file = _opened(file_obj)
        if attrs.size is not None:
            file.content[attrs.size :] = bytes(max(0, attrs.size - len(file.content)))
            file.changed = True
        await self.setstat(encoded(file.path), attrs)

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """The entries of a directory, as ``ls -l`` shows them."""
        entries = await self._do(lambda: self._files.entries(_path(path)))
        now = self._host.now()
        for entry in entries:
            line = encoded(long_line(entry, now, str(entry.size)))
            yield SFTPName(encoded(entry.name), line, _attributes(entry))

    async def remove(self, path: bytes) -> None:
        """Remove a file or a link."""

        def work() -> None:
            if self._files.stat(_path(path), follow=False).kind == "directory":
                raise host_view.DirectoryGiven(_path(path))
            self._files.remove(_path(path))

        await self._do(work)

    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Make a directory."""
        await self._do(lambda: self._files.make_directory(_path(path)))

    async def rmdir(self, path: bytes) -> None:
        """Remove an empty directory."""

        def work() -> None:
            if self._files.stat(_path(path), follow=False).kind != "directory":
                raise host_view.DirectoryExpected(_path(path))
            self._files.remove(_path(path))

        await self._do(work)

    async def realpath(self, path: bytes) -> bytes:
        """The path with its links followed, or as written where nothing is there."""

        def work() -> str:
            try:
                return self._files.resolve(_path(path))
            except FileMissing:
                return _path(path)

        return encoded(await self._do(work))

    async def readlink(self, path: bytes) -> bytes:
        """What a link points to."""
        entry = await self._do(lambda: self._files.stat(_path(path), follow=False))
        if entry.kind != "link":
            raise asyncssh.SFTPFailure("not a symbolic link")
        return encoded(entry.target)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Move, where nothing has the new name."""

        def work() -> None:
            try:
                self._files.stat(_path(newpath), follow=False)
            except FileMissing:
                return self._files.rename(_path(oldpath), _path(newpath))
            raise host_view.NameTaken(_path(newpath))

        await self._do(work)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Move, over a file that has the new name."""
        await self._do(lambda: self._files.rename(_path(oldpath), _path(newpath)))

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Clients make no links here."""
        raise asyncssh.SFTPOpUnsupported("links are not part of this simulation")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        """Clients make no links here."""
        raise asyncssh.SFTPOpUnsupported("links are not part of this simulation")

    def lock(self, file_obj: object, offset: int, length: int, flags: int) -> None:
        """Not offered."""
        raise asyncssh.SFTPOpUnsupported("no byte range locks")

    def unlock(self, file_obj: object, offset: int, length: int) -> None:
        """Not offered."""
        raise asyncssh.SFTPOpUnsupported("no byte range locks")

    def statvfs(self, path: bytes) -> SFTPVFSAttrs:
        """Not offered: ``df`` on the host says how full a volume is."""
        raise asyncssh.SFTPOpUnsupported("not part of this simulation")

    def fstatvfs(self, file_obj: object) -> SFTPVFSAttrs:
        """Not offered."""
        raise asyncssh.SFTPOpUnsupported("not part of this simulation")

    async def fsync(self, file_obj: object) -> None:
        """Write what changed so far."""
        await self.close(file_obj)

    def exit(self) -> None:
        """The client is done: status 0, without which scp reports a failure."""
        if not self.channel.is_closing():
            self.channel.exit(0)

    async def _do(self, work: Callable[[], _T]) -> _T:
        try:
            return await self._workers.run("file transfer", work)
        except FileError as error:
            raise _answer(error) from None


def _answer(error: FileError) -> asyncssh.SFTPError:
    if isinstance(error, FileMissing):
        return asyncssh.SFTPNoSuchFile(error.words)
    if isinstance(error, host_view.AccessDenied):
        return asyncssh.SFTPPermissionDenied(error.words)
    return asyncssh.SFTPFailure(error.words)


def _path(path: bytes) -> str:
    normal = posixpath.normpath(posixpath.join("/", decoded(path)))
    return "/" + normal.lstrip("/")


def _opened(file_obj: object) -> OpenFile:
    if not isinstance(file_obj, OpenFile):
        raise asyncssh.SFTPInvalidHandle("not an open file")
    return file_obj


def _attributes(entry: Entry) -> SFTPAttrs:
    moment = int(entry.modified.timestamp())
    return SFTPAttrs(
        type=_TYPES[entry.kind],
        size=entry.size,
        uid=0,
        gid=0,
        permissions=_FORMATS[entry.kind] | entry.mode,
        atime=moment,
        mtime=moment,
        nlink=entry.links,
    )
