"""``sed`` as far as procedures use it: ``s``, ``d``, ``p`` and ``q``, with line numbers, ranges and patterns before them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.commands.text import inputs
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.host_view import FileError
from harness.protocols.esxi_shell.patterns import posix_expression
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.streams import encoded, lines_of

_SED = Grammar(
    (option("-n", help="print only what p prints"), option("-e", value="script"), option("-i", help="change the files"),
     option("-r", "-E", help="extended expressions")), "[SCRIPT] [FILE...]", 0, None, free_text=True)  # fmt: skip
_ADDRESS = re.compile(r"\s*(?:(\d{1,9})|(\$)|/((?:[^/\\]|\\.)*)/)")


@dataclass(frozen=True, slots=True)
class Address:
    """A line by number (0 is the last one) or by what it matches."""

    number: int = -1
    expression: re.Pattern[str] | None = None

    def matches(self, line: str, number: int, last: bool) -> bool:
        """Whether this line is meant."""
        if self.expression:
            return self.expression.search(line) is not None
        return last if self.number == 0 else number == self.number


@dataclass
class Action:
    """One command of a script; ``inside`` remembers that a range has begun."""

    addresses: tuple[Address, ...]
    negated: bool
    letter: str
    expression: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    inside: bool = field(default=False)

    def applies(self, line: str, number: int, last: bool) -> bool:
        """Whether the line is chosen."""
        return self._chosen(line, number, last) != self.negated

    def _chosen(self, line: str, number: int, last: bool) -> bool:
        if len(self.addresses) < 2:
            return not self.addresses or self.addresses[0].matches(line, number, last)
        start, end = self.addresses
        if self.inside:
            self.inside = not (end.matches(line, number, last) or 0 < end.number <= number)
            return True
        if start.matches(line, number, last):
            self.inside = not 0 < end.number <= number
            return True
        return False

    def substituted(self, line: str) -> tuple[str, int]:
        """The line after ``s``, and how often it matched."""
        if self.expression is None:
            return line, 0
        nth = int(match[0]) if (match := re.search(r"\d+", self.flags)) else 1
        seen = 0

        def replace(found: re.Match[str]) -> str:
            nonlocal seen
            seen += 1
            wanted = seen >= nth if "g" in self.flags else seen == nth
            return _filled(self.replacement, found) if wanted else found[0]

        changed = self.expression.sub(replace, line)
        return changed, int(seen >= nth)


def _filled(replacement: str, found: re.Match[str]) -> str:
    def piece(match: re.Match[str]) -> str:
        code = match[0]
        if code == "&":
            return found[0]
        if code[1].isdigit():
            return (found[int(code[1])] or "") if int(code[1]) <= len(found.groups()) else ""
        return {"n": "\n", "t": "\t"}.get(code[1], code[1])

    return re.sub(r"\\.|&", piece, replacement, flags=re.DOTALL)


@command("sed", _SED)
def sed(call: Call) -> int:
    """Change text line by line."""
    names = list(call.parsed.positionals)
    scripts = list(call.parsed.values("e")) or ([names.pop(0)] if names else [])
    if not scripts:
        raise UsageError("missing argument: SCRIPT")
    extended = call.parsed.has("r")
    if call.parsed.has("i"):
        return _in_place(call, names, scripts, extended)
    inner = call.on_positionals(names)
    failures: list[int] = []
    try:
        actions = _actions(scripts, extended)
        text = "".join(text if text.endswith("\n") or not text else f"{text}\n" for _, text in inputs(inner, failures))
    except (UsageError, re.error) as error:
        return call.fail(texts.NOT_SIMULATED, 1, name="sed", problem=str(error))
    call.out.write(edited(text, actions, quiet=call.parsed.has("n")))
    return 1 if failures else 0


def _in_place(call: Call, names: list[str], scripts: list[str], extended: bool) -> int:
    status = 0
    for name in names:
        try:
            changed = edited(call.read(name), _actions(scripts, extended), quiet=call.parsed.has("n"))
            call.host.files.write(call.path(name), encoded(changed))
        except FileError as error:
            status = call.fail_on_file(name, error)
        except (UsageError, re.error) as error:
            return call.fail(texts.NOT_SIMULATED, 1, name="sed", problem=str(error))
    return status


def edited(text: str, actions: list[Action], quiet: bool) -> str:
    """The text after the actions."""
    lines = list(lines_of(text))
    out: list[str] = []
    for number, line in enumerate(lines, start=1):
        kept, ended = _edit_line(line, number, number == len(lines), actions, out)
        if kept is not None and not quiet:
            out.append(kept)
        if ended:
            break
    return "".join(f"{line}\n" for line in out)


def _edit_line(line: str, number: int, last: bool, actions: list[Action], out: list[str]) -> tuple[str | None, bool]:
    """The line that is left, None where it was deleted, and whether this was the end."""
    for action in actions:
        if not action.applies(line, number, last):
            continue
        if action.letter == "d":
            return None, False
        if action.letter == "q":
            return line, True
        if action.letter == "s":
            line, count = action.substituted(line)
            if count and "p" in action.flags:
                out.append(line)
        else:
            out.append(line)
    return line, False


def _actions(scripts: list[str], extended: bool) -> list[Action]:
    actions: list[Action] = []
    for script in scripts:
        rest = script.lstrip(" \t\n;")
        while rest:
            action, rest = _action(rest, extended)
            actions.append(action)
            rest = rest.lstrip(" \t")
            if rest and rest[0] not in ";\n":
                raise UsageError(f"command from '{rest[:30]}'")
            rest = rest.lstrip(" \t\n;")
    return actions


def _action(text: str, extended: bool) -> tuple[Action, str]:
    addresses: list[Address] = []
    while len(addresses) < 2 and (match := _ADDRESS.match(text)):
        addresses.append(_address(match, extended))
        text = text[match.end() :]
        if not text.startswith(",") or len(addresses) == 2:
            break
        text = text[1:]
    text = text.lstrip(" \t")
    negated = text.startswith("!")
    text = text[negated:].lstrip(" \t")
    letter = text[:1]
    if letter in {"d", "p", "q"}:
        return Action(tuple(addresses), negated, letter), text[1:]
    if letter != "s" or len(text) < 4:
        raise UsageError(f"command '{text[:30]}'")
    return _substitution(text, tuple(addresses), negated, extended)


def _substitution(text: str, addresses: tuple[Address, ...], negated: bool, extended: bool) -> tuple[Action, str]:
    mark = re.escape(text[1])
    match = re.match(rf"s{mark}((?:\\.|(?!{mark}).)*){mark}((?:\\.|(?!{mark}).)*){mark}([gpiI0-9]{{0,6}})", text, re.DOTALL)
    if not match:
        raise UsageError(f"unterminated '{text[:30]}'")
    pattern, replacement = (piece.replace(f"\\{text[1]}", text[1]) for piece in (match[1], match[2]))
    flags = re.IGNORECASE if set(match[3]) & {"i", "I"} else 0
    expression = re.compile(posix_expression(pattern, extended), flags)
    return Action(addresses, negated, "s", expression, replacement, match[3]), text[match.end() :]


def _address(match: re.Match[str], extended: bool) -> Address:
    if match[1]:
        return Address(int(match[1]))
    if match[2]:
        return Address(0)
    return Address(expression=re.compile(posix_expression(match[3].replace("\\/", "/"), extended)))
