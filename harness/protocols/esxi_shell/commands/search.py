"""``grep`` and its two short forms."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, Parsed, UsageError, option
from harness.protocols.esxi_shell.host_view import FileError
from harness.protocols.esxi_shell.patterns import posix_expression
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.streams import lines_of

_GREP = Grammar(
    (
        option("-i", help="either case"),
        option("-v", help="the other lines"),
        option("-c", help="count"),
        option("-q", help="status alone"),
        option("-E", help="extended expression"),
        option("-F", help="fixed text"),
        option("-w", help="whole words"),
        option("-x", help="whole lines"),
        option("-n", help="line numbers"),
        option("-o", help="the matching part alone"),
        option("-l", help="names of files that match"),
        option("-s", help="no messages on missing files"),
        option("-h", help="no file names"),
        option("-H", help="file names"),
        option("-r", "-R", help="all files below directories"),
        option("-e", value="pattern"),
        option("-m", value="count"),
        option("-A", value="lines"),
        option("-B", value="lines"),
        option("-C", value="lines"),
    ),
    "PATTERN [FILE...]",
    0,
    None,
    free_text=True,
)


@command("grep", _GREP)
def grep(call: Call) -> int:
    """Show the lines that match: 0 where there was one, 1 where not, 2 on an error."""
    return _search(call, call.parsed.has("E"), call.parsed.has("F"))


@command("egrep", _GREP)
def egrep(call: Call) -> int:
    """``grep -E``."""
    return _search(call, True, False)


@command("fgrep", _GREP)
def fgrep(call: Call) -> int:
    """``grep -F``."""
    return _search(call, False, True)


def _search(call: Call, extended: bool, fixed: bool) -> int:
    parsed = call.parsed
    names = list(parsed.positionals)
    patterns = list(parsed.values("e"))
    if not patterns:
        if not names:
            raise UsageError("missing argument: PATTERN")
        patterns = [names.pop(0)]
    try:
        expression = _expression(parsed, patterns, extended, fixed)
    except (re.error, OverflowError, RecursionError):
        return call.fail(texts.EXPRESSION, 2, name=call.name, problem=f"bad regex '{patterns[0]}'")
    names = list(_below(call, names or ["."])) if parsed.has("r") else names
    named = (len(names) > 1 or parsed.has("H") or parsed.has("r")) and not parsed.has("h")
    found, status = False, 1
    for name in names if names or parsed.has("r") else ["-"]:
        try:
            text = call.read(name)
        except FileError as error:
            status = 2 if parsed.has("s") else 1 + call.fail_on_file(name, error)
            continue
        prefix = ("(standard input)" if name == "-" else name) if named or parsed.has("l") else ""
        found = _Finder(call, expression, prefix).show(text) or found
    return 0 if found and (status == 1 or parsed.has("q")) else status


def _below(call: Call, names: Iterable[str]) -> Iterator[str]:
    """Each name, and in place of a directory all files below it."""
    for name in names:
        call.session.interrupt.check()
        try:
            inside = call.host.files.entries(call.path(name))
        except FileError:
            yield name
            continue
        files = sorted(entry.name for entry in inside if entry.kind != "link")
        yield from _below(call, (posixpath.join(name, below) for below in files))


def _expression(parsed: Parsed, patterns: list[str], extended: bool, fixed: bool) -> re.Pattern[str]:
    pieces = [line for pattern in patterns for line in pattern.split("\n")]
    sources = [re.escape(piece) if fixed else posix_expression(piece, extended) for piece in pieces]
    source = "|".join(f"(?:{piece})" for piece in sources)
    if parsed.has("w"):
        source = rf"(?<!\w)(?:{source})(?!\w)"
    if parsed.has("x"):
        source = f"^(?:{source})$"
    return re.compile(source, re.IGNORECASE if parsed.has("i") else 0)


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks through one file."""

    call: Call
    expression: re.Pattern[str]
    name: str

    def show(self, text: str) -> bool:
        """Print what the options ask for, and say whether a line matched."""
        parsed = self.call.parsed
        lines = list(lines_of(text))
        matching = [i for i, line in enumerate(lines) if (self.expression.search(line) is not None) != parsed.has("v")]
        matching = matching[: parsed.number("m", len(matching))]
        if parsed.has("q"):
            return bool(matching)
        if parsed.has("c"):
            self.call.out.write(f"{self.name + ':' if self.name else ''}{len(matching)}\n")
        elif parsed.has("l"):
            self.call.out.write(f"{self.name}\n" if matching else "")
        else:
            self.call.out.write("".join(f"{line}\n" for line in self._rows(lines, matching)))
        return bool(matching)

    def _rows(self, lines: list[str], matching: list[int]) -> Iterator[str]:
        parsed = self.call.parsed
        around = parsed.number("C", 0)
        before, after = parsed.number("B", around), parsed.number("A", around)
        last, hits = -1, set(matching)
        for index in matching:
            start = max(last + 1, index - before, 0)
            if last >= 0 and start > last + 1 and (before or after):
                yield "--"
            stop = min(index + after, len(lines) - 1)
            for row in range(start, stop + 1):
                yield from self._row(lines[row], row, row in hits)
            last = max(last, stop)

    def _row(self, line: str, row: int, matches: bool) -> Iterator[str]:
        sign = ":" if matches else "-"
        prefix = (self.name + sign if self.name else "") + (f"{row + 1}{sign}" if self.call.parsed.has("n") else "")
        if self.call.parsed.has("o") and matches:
            yield from (prefix + match[0] for match in self.expression.finditer(line) if match[0])
        elif not self.call.parsed.has("o"):
            yield prefix + line
