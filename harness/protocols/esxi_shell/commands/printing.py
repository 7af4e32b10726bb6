"""Commands that print their arguments."""

from __future__ import annotations

import re

from harness.protocols.esxi_shell.grammar import Grammar, UsageError
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.session import LimitReached

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "e": "\x1b"}
_ESCAPE = re.compile(r"\\(0[0-7]{0,3}|[1-7][0-7]{0,2}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_MOST_NUMBERS = 1_000_000
_DIRECTIVE = re.compile(r"%(?:%|([-+ 0#]*)(\d{0,4})(?:\.(\d{0,4}))?([a-zA-Z]))")


def unescaped(text: str) -> str:
    """``text`` with its backslash sequences replaced."""

    def replaced(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, match[0])

    return _ESCAPE.sub(replaced, text)


@command("echo", Grammar(raw=True))
def echo(call: Call) -> int:
    """Print the arguments; ``-n`` leaves out the newline, ``-e`` replaces escapes."""
    words = list(call.argv)
    newline, escapes = "\n", False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags = words.pop(0)
        newline = "" if "n" in flags else newline
        escapes = (escapes or "e" in flags) and "E" not in flags
    text = " ".join(words)
    if escapes:
        text, stop, _ = text.partition("\\c")
        text, newline = unescaped(text), "" if stop else newline
    call.out.write(text + newline)
    return 0


@command("printf", Grammar(raw=True))
def printf(call: Call) -> int:
    """Print by a format; it is used again as long as arguments are left."""
    if not call.argv:
        return 1
    form, rest = call.argv[0], list(call.argv[1:])
    while True:
        before = len(rest)
        call.out.write(_filled(form, rest))
        if not rest or len(rest) == before:
            return 0


def _filled(form: str, rest: list[str]) -> str:
    """The format with its directives filled from ``rest``, which shrinks."""

    def directive(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        flags, width, precision, kind = match[1], match[2], match[3], match[4]
        argument = rest.pop(0) if rest else ""
        bounded = f"%{flags}{width}" + (f".{precision}" if precision is not None else "")
        if kind in "diuxXo":
            return f"{bounded}{'d' if kind in 'iu' else kind}" % _number(argument)
        if kind in "feEgG":
            return f"{bounded}{kind}" % float(_number(argument))
        if kind == "c":
            return f"{bounded}s" % argument[:1]
        text = unescaped(argument) if kind == "b" else argument
        return f"{bounded}s" % text if kind in "sb" else match[0]

    pieces: list[str] = []
    position = 0
    for match in _DIRECTIVE.finditer(form):
        pieces += [unescaped(form[position : match.start()]), directive(match)]
        position = match.end()
    return "".join([*pieces, unescaped(form[position:])])


def _number(text: str) -> int:
    match = re.fullmatch(r"\s*([-+]?)(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,18})(?:\.\d*)?\s*", text, re.ASCII)
    if not match:
        return 0
    digits = match[2]
    value = int(digits, 16) if digits[1:2] in {"x", "X"} else int(digits)
    return -value if match[1] == "-" else value


@command("seq", Grammar(raw=True, positionals="[FIRST [STEP]] LAST"))
def sequence(call: Call) -> int:
    """Count."""
    if not 1 <= len(call.argv) <= 3 or not all(re.fullmatch("-?[0-9]{1,9}", written) for written in call.argv):
        raise UsageError("one to three whole numbers are needed")
    numbers = [int(written) for written in call.argv]
    first, last = (numbers[0], numbers[-1]) if len(numbers) > 1 else (1, numbers[0])
    step = numbers[1] if len(numbers) == 3 else 1
    if step == 0:
        return 1
    values = range(first, last + (1 if step > 0 else -1), step)
    if len(values) > _MOST_NUMBERS:
        raise LimitReached(f"seq would print more than {_MOST_NUMBERS} numbers")
    for value in values:
        call.session.interrupt.check()
        call.out.write(f"{value}\n")
    return 0
