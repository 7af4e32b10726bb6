"""``test`` and ``[``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.grammar import Grammar, UsageError
from harness.protocols.esxi_shell.host_view import Entry, FileError
from harness.protocols.esxi_shell.registry import Call, command

_RAW = Grammar(raw=True)
_STRINGS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}
_NUMBERS: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}
_FILES: Mapping[str, Callable[[Entry], bool]] = {
    "-e": lambda entry: True,
    "-f": lambda entry: entry.kind == "file",
    "-d": lambda entry: entry.kind == "directory",
    "-s": lambda entry: entry.size > 0,
    "-r": lambda entry: True,
    "-w": lambda entry: True,
    "-x": lambda entry: entry.mode & 0o111 != 0,
}
_DEEPEST = 20


@command("test", _RAW)
def test(call: Call) -> int:
    """0 where the condition holds, 1 where not, 2 where it makes no sense."""
    return _judge(call, call.argv)


@command("[", _RAW)
def bracket(call: Call) -> int:
    """``test`` with a closing bracket."""
    if not call.argv or call.argv[-1] != "]":
        return _refuse(call, "missing ]")
    return _judge(call, call.argv[:-1])


def _judge(call: Call, words: Sequence[str]) -> int:
    try:
        return 0 if Condition(call, words).holds() else 1
    except UsageError as error:
        return _refuse(call, error.problem)


def _refuse(call: Call, problem: str) -> int:
    return call.fail(texts.CONDITION, 2, name=call.name, problem=problem)


class Condition:
    """A condition read from its words: ``!``, ``-a``, ``-o``, brackets, files, strings, numbers."""

    def __init__(self, call: Call, words: Sequence[str]) -> None:
        self._call, self._words, self._depth = call, list(words), 0

    def holds(self) -> bool:
        """Whether it holds. Raises UsageError."""
        if not self._words:
            return False
        value = self._either()
        if self._words:
            raise UsageError(f"{self._words[0]}: unknown operand")
        return value

    def _next(self) -> str:
        if not self._words:
            raise UsageError("argument expected")
        return self._words.pop(0)

    def _either(self) -> bool:
        value = self._both()
        while self._words and self._words[0] == "-o":
            self._words.pop(0)
            value = self._both() or value
        return value

    def _both(self) -> bool:
        value = self._single()
        while self._words and self._words[0] == "-a":
            self._words.pop(0)
            value = self._single() and value
        return value

    def _single(self) -> bool:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UsageError("nested too deeply")
        value = self._primary()
        self._depth -= 1
        return value

    def _primary(self) -> bool:
        word = self._next()
        if self._words and (self._words[0] in _STRINGS or self._words[0] in _NUMBERS):
            return self._comparison(word)
        if word == "!" and self._words:
            return not self._single()
        if word == "(" and self._words:
            value = self._either()
            if self._next() != ")":
                raise UsageError("closing paren expected")
            return value
        if self._words and re.fullmatch(r"-[a-zA-Z]", word) and self._words[0] not in {"-a", "-o"}:
            return self._property(word, self._next())
        return word != ""

    def _comparison(self, left: str) -> bool:
        operator = self._next()
        right = self._next()
        if operator in _STRINGS:
            return _STRINGS[operator](left, right)
        return _NUMBERS[operator](_number(left), _number(right))

    def _property(self, operator: str, word: str) -> bool:
        if operator in {"-z", "-n"}:
            return (word == "") == (operator == "-z")
        if operator not in _FILES and operator not in {"-L", "-h"}:
            raise UsageError(f"{operator}: unknown operand")
        try:
            link = operator in {"-L", "-h"}
            entry = self._call.host.files.stat(self._call.path(word), follow=not link)
        except FileError:
            return False
        return entry.kind == "link" if link else _FILES[operator](entry)


def _number(word: str) -> int:
    if not re.fullmatch(r"\s*[-+]?[0-9]{1,18}\s*", word):
        raise UsageError(f"{word}: bad number")
    return int(word)
