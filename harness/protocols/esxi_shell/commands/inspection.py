"""Commands that look at files and directories."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import Entry, FileError
from harness.protocols.esxi_shell.listing import human_size, long_line, mode_text
from harness.protocols.esxi_shell.patterns import glob_matches
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.streams import encoded

_LS = Grammar(
    (
        option("-l", help="long listing"),
        option("-a", help="names that begin with a dot too"),
        option("-A", help="the same without . and .."),
        option("-h", help="sizes in units"),
        option("-1", help="one name a line, as always here"),
        option("-d", help="directories themselves, not what is in them"),
        option("-t", help="newest first"),
        option("-r", help="the other way round"),
        option("-R", help="directories below too"),
    ),
    "[FILE...]",
    0,
    None,
)  # fmt: skip


@command("ls", _LS)
def list_entries(call: Call) -> int:
    """List directories."""
    status = 0
    single: list[Entry] = []
    directories: list[str] = []
    for written in call.parsed.positionals or (".",):
        try:
            entry = _entry(call, written)
        except FileError as error:
            status = call.fail_on_file(written, error)
            continue
        if entry.kind == "directory" and not call.parsed.has("d"):
            directories.append(written)
        else:
            single.append(replace(entry, name=written))
    _show(call, _sorted(call, single))
    headed = len(call.parsed.positionals) > 1 or call.parsed.has("R")
    for index, written in enumerate(directories):
        if headed:
            call.out.write(f"\n{written}:\n" if single or index else f"{written}:\n")
        status = max(status, _show_directory(call, written))
    return status


def _entry(call: Call, written: str) -> Entry:
    """What ``ls`` shows for a name: with ``-l`` or ``-d`` a link itself, unless a slash follows it."""
    itself = (call.parsed.has("l") or call.parsed.has("d")) and not written.endswith("/")
    try:
        return call.host.files.stat(call.path(written), follow=not itself)
    except FileError:
        return call.host.files.stat(call.path(written), follow=False)


def _show_directory(call: Call, written: str) -> int:
    path = call.path(written)
    try:
        if not any(call.parsed.has(key) for key in "ltR"):
            return _show_names(call, call.host.files.names(path))
        entries = call.host.files.entries(path)
    except FileError as error:
        return call.fail_on_file(written, error)
    ordered = _sorted(call, [entry for entry in entries if _is_shown(call, entry.name)])
    if call.parsed.has("a"):
        here, above = call.host.files.stat(path), call.host.files.stat(posixpath.dirname(path))
        ordered = [replace(here, name="."), replace(above, name=".."), *ordered]
    if call.parsed.has("l") and call.host.login.totals:
        call.out.write(f"total {sum(-(-entry.size // 1024) for entry in ordered)}\n")
    _show(call, ordered)
    status = 0
    for entry in ordered if call.parsed.has("R") else []:
        if entry.kind == "directory" and entry.name not in {".", ".."}:
            call.session.interrupt.check()
            below = posixpath.join(written, entry.name)
            call.out.write(f"\n{below}:\n")
            status = max(status, _show_directory(call, below))
    return status


def _is_shown(call: Call, name: str) -> bool:
    return call.parsed.has("a") or call.parsed.has("A") or not name.startswith(".")


def _show_names(call: Call, names: list[str]) -> int:
    """What is in a directory, where nothing but its name decides whether it is shown, and where."""
    ordered = sorted((name for name in names if _is_shown(call, name)), reverse=call.parsed.has("r"))
    call.out.write("".join(f"{name}\n" for name in ([".", "..", *ordered] if call.parsed.has("a") else ordered)))
    return 0


def _sorted(call: Call, entries: list[Entry]) -> list[Entry]:
    ordered = sorted(entries, key=lambda entry: entry.name)
    if call.parsed.has("t"):
        ordered.sort(key=lambda entry: entry.modified, reverse=True)
    return ordered[::-1] if call.parsed.has("r") else ordered


def _show(call: Call, entries: list[Entry]) -> None:
    now, suffixes = call.host.now(), call.host.login.size_suffixes
    for entry in entries:
        if call.parsed.has("l"):
            size = human_size(entry.size, suffixes) if call.parsed.has("h") else str(entry.size)
            call.out.write(long_line(entry, now, size) + "\n")
        else:
            call.out.write(entry.name + "\n")


@command("find", Grammar(raw=True))
def find(call: Call) -> int:
    """Walk directories: ``-name``, ``-iname``, ``-type f|d|l``, ``-maxdepth``, ``-mindepth``."""
    split = next((index for index, word in enumerate(call.argv) if word.startswith("-")), len(call.argv))
    roots, rest = call.argv[:split] or (".",), call.argv[split:]
    wanted: dict[str, str] = {}
    position = 0
    while position < len(rest):
        if rest[position] == "-print":
            position += 1
            continue
        if rest[position] not in {"-name", "-iname", "-type", "-maxdepth", "-mindepth"} or position + 1 >= len(rest):
            raise UsageError(f"unrecognized: {rest[position]}")
        wanted[rest[position]] = rest[position + 1]
        position += 2
    least, most = _depth(wanted, "-mindepth", 0), _depth(wanted, "-maxdepth", 1 << 20)
    status = 0
    for root in roots:
        try:
            for depth, path, entry in _walk(call, root, call.host.files.stat(call.path(root), follow=False), most):
                if depth >= least and _fits(entry, path, wanted):
                    call.out.write(path + "\n")
        except FileError as error:
            status = call.fail_on_file(root, error)
    return status


def _depth(wanted: dict[str, str], name: str, default: int) -> int:
    text = wanted.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise UsageError(f"invalid number '{text}'")
    return int(text)


def _fits(entry: Entry, path: str, wanted: dict[str, str]) -> bool:
    name = posixpath.basename(path.rstrip("/")) or entry.name
    kind = {"f": "file", "d": "directory", "l": "link"}.get(wanted.get("-type", ""), "")
    fits = not wanted.get("-type") or entry.kind == kind
    fits = fits and ("-name" not in wanted or glob_matches(wanted["-name"], name))
    return fits and ("-iname" not in wanted or glob_matches(wanted["-iname"].lower(), name.lower()))


def _walk(call: Call, root: str, entry: Entry, most: int) -> Iterator[tuple[int, str, Entry]]:
    waiting: list[tuple[int, str, Entry]] = [(0, root, entry)]
    while waiting:
        call.session.interrupt.check()
        depth, path, found = waiting.pop()
        yield depth, path, found
        if found.kind == "directory" and depth < most:
            inside = sorted(call.host.files.entries(call.path(path)), key=lambda entry: entry.name, reverse=True)
            waiting += [(depth + 1, posixpath.join(path, below.name), below) for below in inside]


@command("stat", Grammar((option("-c", value="format"), option("-L")), "FILE...", 1, None))
def show_status(call: Call) -> int:
    """Show what is known of a file; ``-c`` knows ``%n %s %a %A %Y %F %U %G``."""
    status = 0
    for written in call.parsed.positionals:
        try:
            entry = call.host.files.stat(call.path(written), follow=call.parsed.has("L"))
        except FileError as error:
            problem = error.words
            status = call.fail(texts.QUOTED_PROBLEM, name="stat", act="stat", path=written, problem=problem)
            continue
        call.out.write(_status_text(call, written, entry))
    return status


def _status_text(call: Call, written: str, entry: Entry) -> str:
    kind = {"file": "regular file", "directory": "directory", "link": "symbolic link"}[entry.kind]
    fields = {
        "n": written, "s": str(entry.size), "a": f"{entry.mode:o}", "A": mode_text(entry), "F": kind, "U": entry.owner,
        "G": entry.group, "Y": str(int(entry.modified.timestamp())), "y": f"{entry.modified:%Y-%m-%d %H:%M:%S}.000000000",
        "%": "%",
    }  # fmt: skip
    form = call.parsed.value("c", "  File: %n\n  Size: %s\t%F\nAccess: (%a/%A)  Uid: %U  Gid: %G\nModify: %y")
    return re.sub(r"%(.)", lambda match: fields.get(match[1], match[0]), form) + "\n"


def _digests(call: Call, algorithm: str) -> int:
    status = 0
    for written in call.parsed.positionals or ("-",):
        try:
            content = call.read(written)
        except FileError as error:
            status = call.fail(texts.QUOTED_PROBLEM, name=call.name, act="open", path=written, problem=error.words)
            continue
        call.out.write(f"{hashlib.new(algorithm, encoded(content), usedforsecurity=False).hexdigest()}  {written}\n")
    return status


_SUMS = Grammar(positionals="[FILE...]", most=None)


@command("md5sum", _SUMS)
def md5(call: Call) -> int:
    """MD5 digests."""
    return _digests(call, "md5")


@command("sha1sum", _SUMS)
def sha1(call: Call) -> int:
    """SHA-1 digests."""
    return _digests(call, "sha1")


@command("sha256sum", _SUMS)
def sha256(call: Call) -> int:
    """SHA-256 digests."""
    return _digests(call, "sha256")


_HEXDUMP = Grammar((option("-C", help="offsets, hexadecimal bytes, characters"), option("-n", value="count")), "[FILE]", 0, 1)


@command("hexdump", _HEXDUMP)
def hexdump(call: Call) -> int:
    """Show bytes; only the ``-C`` form is simulated."""
    if not call.parsed.has("C"):
        raise UsageError("only the form with -C is part of this simulation")
    content = encoded(call.read(call.parsed.positionals[0] if call.parsed.positionals else "-"))
    content = content[: call.parsed.number("n", len(content))]
    for start in range(0, len(content), 16):
        row = content[start : start + 16]
        left, right = (" ".join(f"{byte:02x}" for byte in half) for half in (row[:8], row[8:]))
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        call.out.write(f"{start:08x}  {left:<23}  {right:<23}  |{shown}|\n")
    if content:
        call.out.write(f"{len(content):08x}\n")
    return 0


@command("strings", Grammar((option("-n", value="length"), option("-a")), "[FILE...]", 0, None, number_option="n"))
def strings(call: Call) -> int:
    """Show the runs of printable characters."""
    least = max(1, min(call.parsed.number("n", 4), 4096))
    for written in call.parsed.positionals or ("-",):
        for run in re.findall(rb"[\x20-\x7e\t]{%d,}" % least, encoded(call.read(written))):
            call.out.write(run.decode("ascii") + "\n")
    return 0


@command("basename", Grammar(positionals="PATH [SUFFIX]", least=1, most=2))
def base_name(call: Call) -> int:
    """The last component of a path."""
    name = posixpath.basename(call.parsed.positionals[0].rstrip("/")) or "/"
    suffix = call.parsed.positionals[1] if len(call.parsed.positionals) > 1 else ""
    call.out.write((name.removesuffix(suffix) or name) + "\n")
    return 0


@command("dirname", Grammar(positionals="PATH", least=1, most=1))
def directory_name(call: Call) -> int:
    """A path without its last component."""
    path = call.parsed.positionals[0].rstrip("/") or "/"
    call.out.write((posixpath.dirname(path) or ("/" if path.startswith("/") else ".")) + "\n")
    return 0


@command("readlink", Grammar((option("-f", help="follow every link"),), "FILE", 1, 1))
def read_link(call: Call) -> int:
    """What a link points to; silent where there is none."""
    path = call.path(call.parsed.positionals[0])
    try:
        entry = call.host.files.stat(path, follow=False)
        found = call.host.files.resolve(path) if call.parsed.has("f") else entry.target
    except FileError:
        return 1
    call.out.write(f"{found}\n" if found else "")
    return 0 if found else 1
