"""The pattern languages of the shell and its tools, put into Python's."""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
    "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip
_CLASS = re.compile(r"\[:([a-z]+):\]")


def glob_expression(pattern: str) -> str:
    """A regular expression, to be matched in full, for a shell pattern in which ``\\`` takes a character literally."""
    out: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            out.append(".*")
        elif character == "?":
            out.append(".")
        elif character == "[" and (end := bracket_end(pattern, position)) > 0:
            out.append(bracket(pattern[position : end - 1], "!^"))
            position = end
        else:
            if character == "\\" and position < len(pattern):
                character = pattern[position]
                position += 1
            out.append(re.escape(character))
    return "(?s:" + "".join(out) + ")"


def is_pattern(text: str) -> bool:
    """Whether an escaped text (see :func:`glob_expression`) has anything to match in it."""
    return any(character in "*?[" for character in re.sub(r"\\.", "", text, flags=re.DOTALL))


def glob_matches(pattern: str, text: str) -> bool:
    """Whether ``text`` as a whole fits the shell pattern; a pattern that makes no sense fits nothing."""
    try:
        return re.fullmatch(glob_expression(pattern), text) is not None
    except re.error:
        return False


def bracket_end(pattern: str, start: int) -> int:
    """Just behind the ``]`` that closes a bracket expression whose inside begins at ``start``; 0 where none does."""
    position = start + (pattern[start : start + 1] in {"!", "^"})
    position += pattern[position : position + 1] == "]"
    while position < len(pattern):
        if match := _CLASS.match(pattern, position):
            position = match.end()
        elif pattern[position] == "]":
            return position + 1
        else:
            position += 1
    return 0


def bracket(inside: str, negations: str = "^") -> str:
    """A bracket expression from what stands inside it, with POSIX classes; a backslash in it is a character."""
    negated = inside[:1] != "" and inside[0] in negations
    body = inside[1:] if negated else inside
    pieces = re.split(r"\[:([a-z]+):\]", body)
    out = [_CLASSES.get(piece, "") if index % 2 else _escaped_in_bracket(piece) for index, piece in enumerate(pieces)]
    return "[" + ("^" if negated else "") + "".join(out) + "]"


def _escaped_in_bracket(text: str) -> str:
    return re.sub(r"([\\\[\]^&~|])", r"\\\1", text)


@lru_cache(maxsize=500)
def posix_expression(pattern: str, extended: bool) -> str:
    """A POSIX regular expression (basic, or ``extended``) in Python's syntax. May raise ``re.error`` when compiled."""
    out: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "[" and (end := bracket_end(pattern, position)) > 0:
            out.append(bracket(pattern[position : end - 1]))
            position = end
        elif character == "\\" and position < len(pattern):
            out.append(_escaped(pattern[position], extended))
            position += 1
        elif character in "+?{}()|" and not extended:
            out.append("\\" + character)
        elif character == "*" and (not out or out[-1] in {"(", "|"}):
            out.append(r"\*")
        elif character in "^$":
            out.append(_anchor(character, pattern, position, extended))
        else:
            out.append("\\\\" if character == "\\" else character)
    return "".join(out)


def _escaped(character: str, extended: bool) -> str:
    if character in "+?{}()|":
        return "\\" + character if extended else character
    if character in "<>":
        return r"\b"
    if character.isdigit() or character in "wWsSbB":
        return "\\" + character
    return "\n" if character == "n" else re.escape(character)


def _anchor(character: str, pattern: str, position: int, extended: bool) -> str:
    if extended:
        return character
    if character == "^":
        return character if position == 1 or pattern[: position - 1].endswith((r"\(", r"\|")) else r"\^"
    return character if position == len(pattern) or pattern[position:].startswith((r"\)", r"\|")) else r"\$"
