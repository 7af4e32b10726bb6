"""Commands on files and directories."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import (
    DirectoryExpected,
    DirectoryGiven,
    FileBusy,
    FileError,
    FileMissing,
    NameTaken,
)
from harness.protocols.esxi_shell.registry import Call, command

_BITS = {"r": 4, "w": 2, "x": 1}
_SHIFTS = {"u": 6, "g": 3, "o": 0}


@command("cd", Grammar(positionals="[DIR]", most=1), home="")
def change_directory(call: Call) -> int:
    """Go to a directory; links on the way are followed, so that a volume's label becomes its id."""
    session = call.session
    written = call.parsed.positionals[0] if call.parsed.positionals else session.variables.get("HOME", "/")
    back = written == "-"
    target = session.variables.get("OLDPWD", session.cwd) if back else written
    try:
        path = call.host.files.resolve(call.path(target))
        if call.host.files.stat(path).kind != "directory":
            raise DirectoryExpected(target)
    except FileError:
        return call.fail(texts.CANNOT_CD, 2, path=target)
    session.variables["OLDPWD"], session.cwd = session.cwd, path
    session.variables["PWD"] = path
    if back:
        call.out.write(f"{path}\n")
    return 0


@command("pwd", Grammar(), home="")
def print_directory(call: Call) -> int:
    """Where the session is."""
    call.out.write(f"{call.session.cwd}\n")
    return 0


@command("mkdir", Grammar((option("-p", help="make parents, no error if it is there"), option("-m", value="mode")),
                          "DIRECTORY...", 1, None))  # fmt: skip
def make_directories(call: Call) -> int:
    """Make directories."""
    return _each(call, lambda written: _make_directory(call, written))


def _make_directory(call: Call, written: str) -> int:
    path = call.path(written)
    try:
        if call.parsed.has("p"):
            _make_parents(call, path)
        else:
            call.host.files.make_directory(path)
    except FileError as error:
        return call.fail(texts.QUOTED_PROBLEM, name="mkdir", act="create directory", path=written, problem=error.words)
    return 0


def _make_parents(call: Call, path: str) -> None:
    made = "/"
    for piece in path.strip("/").split("/"):
        made = posixpath.join(made, piece)
        try:
            if call.host.files.stat(made).kind != "directory":
                raise NameTaken(made)
        except FileMissing:
            call.host.files.make_directory(made)


@command("rmdir", Grammar(positionals="DIRECTORY...", least=1, most=None))
def remove_directories(call: Call) -> int:
    """Remove empty directories."""

    def remove(written: str) -> int:
        path = call.path(written)
        try:
            if call.host.files.stat(path, follow=False).kind != "directory":
                raise DirectoryExpected(path)
            call.host.files.remove(path)
        except FileError as error:
            return call.fail(texts.FILE_PROBLEM_ASSUMED, name="rmdir", path=f"'{written}'", problem=error.words)
        return 0

    return _each(call, remove)


_RM_OPTIONS = (option("-r", "-R", help="directories with their content"), option("-f", help="missing files are no error"))


@command("rm", Grammar(_RM_OPTIONS, "FILE...", 0, None))
def remove(call: Call) -> int:
    """Remove files, and with ``-r`` directories."""
    if not call.parsed.positionals and not call.parsed.has("f"):
        raise UsageError("missing argument: FILE...")

    def one(written: str) -> int:
        try:
            _remove_tree(call, call.path(written))
        except FileMissing as error:
            return 0 if call.parsed.has("f") else _cannot(call, "remove", written, error)
        except FileError as error:
            return _cannot(call, "remove", written, error)
        return 0

    return _each(call, one)


def _cannot(call: Call, act: str, written: str, error: FileError) -> int:
    return call.fail(texts.QUOTED_PROBLEM, name=call.name, act=act, path=written, problem=error.words)


def _remove_tree(call: Call, path: str) -> None:
    call.session.interrupt.check()
    files = call.host.files
    if files.stat(path, follow=False).kind == "directory":
        if not call.parsed.has("r"):
            raise DirectoryGiven(path)
        for entry in files.entries(path):
            _remove_tree(call, posixpath.join(path, entry.name))
    files.remove(path)


@command("touch", Grammar((option("-c", help="create nothing"),), "FILE...", 1, None))
def touch(call: Call) -> int:
    """Create files, or renew their time."""

    def one(written: str) -> int:
        path = call.path(written)
        try:
            if not (call.parsed.has("c") and _kind(call, path) is None):
                call.host.files.write(path, b"", append=True)
        except FileError as error:
            return call.fail(texts.FILE_PROBLEM, name="touch", path=written, problem=error.words)
        return 0

    return _each(call, one)


def _kind(call: Call, path: str) -> str | None:
    try:
        return call.host.files.stat(path).kind
    except FileMissing:
        return None


@command("cp", Grammar((option("-r", "-R", "-a"), option("-p"), option("-f")), "SOURCE... DEST", 2, None))
def copy(call: Call) -> int:
    """Copy files, and with ``-r`` directories."""
    return _to_target(call, lambda written, source, target: _copy(call, written, source, target))


def _copy(call: Call, written: str, source: str, target: str) -> int:
    call.session.interrupt.check()
    files = call.host.files
    try:
        entry = files.stat(source)
        if entry.kind == "directory":
            return _copy_directory(call, written, source, target)
        content = files.read(source)
    except FileError as error:
        if isinstance(error, FileBusy):
            return call.fail(texts.CP_PROBLEM, path=written, problem=error.words)
        return _cannot(call, "stat" if isinstance(error, FileMissing) else "open", written, error)
    try:
        files.write(target, content)
        if entry.mode & 0o111:
            files.change_mode(target, entry.mode)
    except FileError as error:
        return _cannot(call, "create", target, error)
    return 0


def _copy_directory(call: Call, written: str, source: str, target: str) -> int:
    if not call.parsed.has("r"):
        return call.fail(texts.OMITTED_DIRECTORY, path=written)
    if target == source or target.startswith(source.rstrip("/") + "/"):
        return call.fail(texts.INTO_ITSELF, path=written)
    if _kind(call, target) is None:
        call.host.files.make_directory(target)
    names = call.host.files.names(source)
    pairs = [(posixpath.join(written, name), posixpath.join(source, name), posixpath.join(target, name)) for name in names]
    return max([_copy(call, *pair) for pair in pairs], default=0)


@command("mv", Grammar((option("-f"),), "SOURCE... DEST", 2, None))
def move(call: Call) -> int:
    """Move or rename files and directories."""

    def one(written: str, source: str, target: str) -> int:
        try:
            call.host.files.rename(source, target)
        except FileError as error:
            return _cannot(call, "rename", written, error)
        return 0

    return _to_target(call, one)


@command("chmod", Grammar(positionals="MODE FILE...", least=2, most=None, free_text=True))
def change_mode(call: Call) -> int:
    """Set permission bits: octal, or ``[ugoa](+|-|=)[rwxt]``."""
    written, *names = call.parsed.positionals

    def one(name: str) -> int:
        path = call.path(name)
        try:
            call.host.files.change_mode(path, new_mode(written, call.host.files.stat(path).mode))
        except FileError as error:
            return call.fail_on_file(name, error)
        return 0

    return max(one(name) for name in names)


def new_mode(written: str, mode: int) -> int:
    """The permission bits after ``written`` was applied to ``mode``. Raises UsageError."""
    if re.fullmatch(r"[0-7]{1,4}", written):
        return int(written, 8)
    for clause in written.split(","):
        match = re.fullmatch(r"([ugoa]*)([-+=])([rwxt]*)", clause)
        if not match:
            raise UsageError(f"invalid mode '{written}'")
        who, act, what = match[1].replace("a", "ugo") or "ugo", match[2], match[3]
        bits = sum(_BITS[letter] << _SHIFTS[group] for letter in set(what) & set("rwx") for group in set(who))
        bits |= 0o1000 if "t" in what else 0
        cleared = sum(7 << _SHIFTS[group] for group in set(who)) if act == "=" else bits if act == "-" else 0
        mode = mode & ~cleared | (0 if act == "-" else bits)
    return mode


def _each(call: Call, one: Callable[[str], int]) -> int:
    """Do it for every positional; the worst status counts."""
    return max([one(written) for written in call.parsed.positionals], default=0)


def _to_target(call: Call, one: Callable[[str, str, str], int]) -> int:
    """Run ``one(written, source, target)`` for each source of ``cp`` and ``mv``."""
    *sources, last = call.parsed.positionals
    target = call.path(last)
    inside = _kind(call, target) == "directory"
    if len(sources) > 1 and not inside:
        return call.fail_on_file(last, DirectoryExpected(last))
    worst = 0
    for written in sources:
        source = call.path(written)
        goal = posixpath.join(target, posixpath.basename(source)) if inside else target
        worst = max(worst, one(written, source, goal))
    return worst
