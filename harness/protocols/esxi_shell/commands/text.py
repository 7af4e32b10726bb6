"""Commands that pass text on: whole, in part, counted, sorted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import FileError
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.streams import encoded, lines_of

_SOME = "[FILE...]"


def inputs(call: Call, failures: list[int]) -> Iterator[tuple[str, str]]:
    """Name and text of each file named, or of standard input; what cannot be read is said and counted in ``failures``."""
    for written in call.parsed.positionals or ("-",):
        try:
            text = call.read(written)
        except FileError as error:
            failures.append(call.fail(texts.QUOTED_PROBLEM, name=call.name, act="open", path=written, problem=error.words))
            continue
        yield written, text


def all_text(call: Call) -> tuple[str, int]:
    """All inputs as one text, and the status so far."""
    failures: list[int] = []
    return "".join(text for _, text in inputs(call, failures)), len(failures) and 1


@command("cat", Grammar((option("-n", help="number the lines"),), _SOME, 0, None))
def concatenate(call: Call) -> int:
    """Pass files on."""
    text, status = all_text(call)
    if call.parsed.has("n"):
        text = "".join(f"{number:6}  {line}\n" for number, line in enumerate(lines_of(text), start=1))
    call.out.write(text)
    return status


@command("more", Grammar(positionals=_SOME, most=None))
def page(call: Call) -> int:
    """Pass files on whole: nothing waits for a key."""
    text, status = all_text(call)
    call.out.write(text)
    return status


less = replace(page, name="less")


@command("tee", Grammar((option("-a", help="append"),), _SOME, 0, None))
def tee(call: Call) -> int:
    """Pass standard input on, and into files."""
    text, status = call.stdin.read(), 0
    call.out.write(text)
    for written in call.parsed.positionals:
        path = call.path(written)
        try:
            if path != "/dev/null":
                call.host.files.write(path, encoded(text), append=call.parsed.has("a"))
        except FileError as error:
            status = call.fail_on_file(written, error)
    return status


_PART = (option("-n", value="lines"), option("-c", value="bytes"), option("-q"))
_HEAD = Grammar(_PART, _SOME, 0, None, number_option="n")
_TAIL = Grammar((*_PART, option("-f", help="shows what is there and ends")), _SOME, 0, None, number_option="n")


@command("head", _HEAD)
def head(call: Call) -> int:
    """The first lines, or characters with ``-c``."""
    return _part(call, _first)


@command("tail", _TAIL)
def tail(call: Call) -> int:
    """The last lines, or from line N on with ``-n +N``; ``-f`` shows what is there and ends."""
    return _part(call, _last)


def _part(call: Call, choose: Callable[[list[str], str], list[str]]) -> int:
    failures: list[int] = []
    several = len(call.parsed.positionals) > 1 and not call.parsed.has("q")
    by_characters = call.parsed.has("c")
    amount = call.parsed.value("c" if by_characters else "n", "10")
    if not re.fullmatch(r"[-+]?[0-9]{1,12}", amount):
        raise UsageError(f"invalid number '{amount}'")
    for index, (name, text) in enumerate(inputs(call, failures)):
        if several:
            call.out.write(("\n" if index else "") + f"==> {name} <==\n")
        pieces = list(text) if by_characters else _kept_lines(text)
        call.out.write("".join(choose(pieces, amount)))
    return 1 if failures else 0


def _kept_lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _first(pieces: list[str], amount: str) -> list[str]:
    return pieces[: int(amount)] if not amount.startswith("-") or amount == "-0" else pieces[: -int(amount[1:])]


def _last(pieces: list[str], amount: str) -> list[str]:
    if amount.startswith("+"):
        return pieces[max(0, int(amount) - 1) :]
    count = abs(int(amount))
    return pieces[-count:] if count else []


@command("wc", Grammar((option("-l"), option("-w"), option("-c"), option("-m")), _SOME, 0, None))
def count(call: Call) -> int:
    """Lines, words and bytes."""
    failures: list[int] = []
    wanted = [key for key in ("l", "w", "c", "m") if call.parsed.has(key)] or ["l", "w", "c"]
    totals = [0] * len(wanted)
    rows = 0
    single = len(wanted) == 1
    for name, text in inputs(call, failures):
        sizes = {"l": text.count("\n"), "w": len(text.split()), "c": len(encoded(text)), "m": len(text)}
        numbers = [sizes[key] for key in wanted]
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        _show_counts(call, numbers, name if call.parsed.positionals else "", single)
        rows += 1
    if rows > 1:
        _show_counts(call, totals, "total", single)
    return 1 if failures else 0


def _show_counts(call: Call, numbers: list[int], name: str, single: bool) -> None:
    shown = str(numbers[0]) if single else " ".join(f"{number:9}" for number in numbers)
    call.out.write(f"{shown} {name}".rstrip() + "\n")


def ranges(written: str) -> list[tuple[int, int]]:
    """``1,3-5,7-`` as pairs, both ends included. Raises UsageError."""
    found: list[tuple[int, int]] = []
    for piece in written.split(","):
        match = re.fullmatch(r"([0-9]{0,9})(-?)([0-9]{0,9})", piece)
        if not match or not (match[1] or match[3]):
            raise UsageError(f"invalid list '{written}'")
        start = int(match[1] or 1)
        end = int(match[3] or 10**9) if match[2] else start
        found.append((start, end))
    return found


_CUT = Grammar(
    (option("-f", value="fields"), option("-c", value="characters"), option("-b", value="bytes"), option("-d", value="delimiter"),
     option("-s", help="only lines with the delimiter")), _SOME, 0, None)  # fmt: skip


@command("cut", _CUT)
def cut(call: Call) -> int:
    """Fields or characters of each line."""
    key = next((key for key in ("f", "c", "b") if call.parsed.has(key)), "")
    if not key:
        raise UsageError("expected a list of bytes, characters, or fields")
    wanted = ranges(call.parsed.value(key))
    delimiter = call.parsed.value("d", "\t")[:1] or "\t"
    text, status = all_text(call)
    for line in lines_of(text):
        if key == "f" and delimiter not in line:
            call.out.write("" if call.parsed.has("s") else line + "\n")
            continue
        pieces = line.split(delimiter) if key == "f" else list(line)
        chosen = [piece for number, piece in enumerate(pieces, start=1) if any(a <= number <= b for a, b in wanted)]
        call.out.write((delimiter if key == "f" else "").join(chosen) + "\n")
    return status


_SORT = Grammar(
    (option("-n", help="by number"), option("-r", help="the other way round"), option("-u", help="each once"),
     option("-k", value="field"), option("-t", value="separator"), option("-f"), option("-b"), option("-h")),
    _SOME, 0, None)  # fmt: skip


@command("sort", _SORT)
def sort(call: Call) -> int:
    """Sort lines."""
    text, status = all_text(call)
    lines = list(lines_of(text))
    key = _sort_key(call)
    lines.sort(key=lambda line: (key(line), line) if not call.parsed.has("u") else (key(line), ""))
    if call.parsed.has("u"):
        lines = [line for index, line in enumerate(lines) if not index or key(line) != key(lines[index - 1])]
    if call.parsed.has("r"):
        lines.reverse()
    call.out.write("".join(f"{line}\n" for line in lines))
    return status


def _sort_key(call: Call) -> Callable[[str], tuple[float, str]]:
    written = call.parsed.value("k")
    match = re.fullmatch(r"([0-9]{1,6})(?:\.[0-9]+)?([bnrf]*)(?:,([0-9]{1,6})(?:\.[0-9]+)?([bnrf]*))?", written or "1")
    if not match or int(match[1]) == 0:
        raise UsageError(f"bad -k field '{written}'")
    first, last = int(match[1]), int(match[3] or 0)
    flags = match[2] + (match[4] or "")
    separator = call.parsed.value("t")[:1] or None
    numeric = call.parsed.has("n") or call.parsed.has("h") or "n" in flags

    def key(line: str) -> tuple[float, str]:
        fields = line.split(separator)
        text = (separator or " ").join(fields[first - 1 : last or None]) if written else line
        text = text.lower() if call.parsed.has("f") or "f" in flags else text
        return (_leading_number(text), "") if numeric else (0.0, text)

    return key


def _leading_number(text: str) -> float:
    match = re.match(r"\s*(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)([kKMGT]?)", text)
    if not match:
        return 0.0
    return float(match[1]) * 1024.0 ** " KMGT".index(match[2].upper() or " ")


@command("uniq", Grammar((option("-c", help="count"), option("-d", help="only repeated"), option("-u", help="only single"),
                          option("-i")), "[FILE]", 0, 1))  # fmt: skip
def unique(call: Call) -> int:
    """Drop repeated lines that follow each other."""
    text, status = all_text(call)
    groups: list[list[str]] = []
    for line in lines_of(text):
        same = groups and (groups[-1][0] == line or (call.parsed.has("i") and groups[-1][0].lower() == line.lower()))
        if same:
            groups[-1].append(line)
        else:
            groups.append([line])
    for group in groups:
        if (call.parsed.has("d") and len(group) == 1) or (call.parsed.has("u") and len(group) > 1):
            continue
        call.out.write((f"{len(group):7} " if call.parsed.has("c") else "") + group[0] + "\n")
    return status


_TR = Grammar((option("-d", help="delete"), option("-s", help="squeeze"), option("-c", help="all others")), "SET1 [SET2]", 1, 2,
              free_text=True)  # fmt: skip


@command("tr", _TR)
def translate(call: Call) -> int:
    """Replace, squeeze or delete characters."""
    first = character_set(call.parsed.positionals[0])
    second = character_set(call.parsed.positionals[1]) if len(call.parsed.positionals) > 1 else ""
    text = call.stdin.read()
    if call.parsed.has("c"):
        first = "".join(sorted(set(text) - set(first)))
    if call.parsed.has("d"):
        text = text.translate({ord(character): None for character in first})
        squeezed = second
    elif second:
        padded = second + second[-1] * max(0, len(first) - len(second))
        text = text.translate(dict(zip(map(ord, first), padded, strict=False)))
        squeezed = second
    else:
        squeezed = first
    if call.parsed.has("s") and squeezed:
        text = re.sub(r"(?s)(.)\1+", lambda match: match[1] if match[1] in squeezed else match[0], text)
    call.out.write(text)
    return 0


def character_set(written: str) -> str:
    """``a-z``, ``[:upper:]`` and escapes as the characters that they stand for."""
    classes = {"upper": "A-Z", "lower": "a-z", "digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "space": " \t\n\r\f\v",
               "blank": " \t", "punct": "!-/:-@[-`{-~"}  # fmt: skip
    expanded = re.sub(r"\[:([a-z]+):\]", lambda match: classes.get(match[1], match[0]), written)
    expanded = re.sub(r"\\([ntr\\])", lambda match: {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[match[1]], expanded)
    return re.sub(
        r"(?s)(.)-(.)",
        lambda match: "".join(map(chr, range(ord(match[1]), min(ord(match[2]), ord(match[1]) + 0x300) + 1))) or match[0],
        expanded,
    )
