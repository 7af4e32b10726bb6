"""``awk`` as far as procedures use it: patterns that choose lines, ``print`` of fields and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.protocols.esxi_shell import texts
from harness.protocols.esxi_shell.commands.printing import unescaped
from harness.protocols.esxi_shell.commands.text import inputs
from harness.protocols.esxi_shell.grammar import Grammar, UsageError, option
from harness.protocols.esxi_shell.patterns import posix_expression
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.streams import lines_of

_AWK = Grammar((option("-F", value="separator"), option("-v", value="name=value")), "PROGRAM [FILE...]", 1, None,
               free_text=True, options_first=True)  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)|(?P<field>\$(?:\d+|[A-Za-z_]\w*))|(?P<name>[A-Za-z_]\w*)
    |(?P<operator>==|!=|<=|>=|&&|\|\||!~|[~<>!{},;()]))""",
    re.VERBOSE | re.ASCII,
)
_REGEX = re.compile(r"\s*/((?:[^/\\]|\\.)*)/")


@dataclass(frozen=True, slots=True)
class Line:
    """What a rule sees: the line, its fields, its number, and the variables of ``-v``."""

    text: str
    fields: Sequence[str]
    number: int
    variables: dict[str, str]

    def field(self, number: int) -> str:
        """``$0``, ``$1`` ...; empty beyond the last."""
        if number == 0:
            return self.text
        return self.fields[number - 1] if number <= len(self.fields) else ""


Value: TypeAlias = Callable[[Line], str]
Test: TypeAlias = Callable[[Line], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """``test { print values }``; BEGIN and END rules run once."""

    when: str
    test: Test
    prints: tuple[tuple[Value, ...], ...]


@command("awk", _AWK)
def awk(call: Call) -> int:
    """Choose lines and print parts of them."""
    program, *files = call.parsed.positionals
    variables = {"OFS": " ", "ORS": "\n", "FS": " "}
    for written in call.parsed.values("v"):
        name, _, value = written.partition("=")
        variables[name] = unescaped(value)
    variables["FS"] = unescaped(call.parsed.value("F", variables["FS"]))
    try:
        rules = Reader(program).rules()
        split = _splitter(variables["FS"])
    except (UsageError, re.error) as error:
        return call.fail(texts.NOT_SIMULATED, 2, name="awk", problem=str(error))
    return _run(call.on_positionals(files), rules, variables, split)


def _run(call: Call, rules: Sequence[Rule], variables: dict[str, str], split: Callable[[str], list[str]]) -> int:
    failures: list[int] = []
    line = Line("", (), 0, variables)
    _apply(call, [rule for rule in rules if rule.when == "BEGIN"], line)
    rest = [rule for rule in rules if rule.when != "BEGIN"]
    if rest:
        for _, text in inputs(call, failures):
            for row in lines_of(text):
                line = Line(row, split(row), line.number + 1, variables)
                _apply(call, [rule for rule in rest if not rule.when], line)
    _apply(call, [rule for rule in rest if rule.when == "END"], line)
    return 2 if failures else 0


def _apply(call: Call, rules: Sequence[Rule], line: Line) -> None:
    for rule in rules:
        if rule.test(line):
            for values in rule.prints:
                call.out.write(line.variables["OFS"].join(value(line) for value in values) + line.variables["ORS"])


def _splitter(separator: str) -> Callable[[str], list[str]]:
    if separator == " ":
        return str.split
    if len(separator) == 1:
        return lambda row: row.split(separator) if row else []
    expression = re.compile(posix_expression(separator, extended=True))
    return lambda row: expression.split(row) if row else []


class Reader:
    """Reads a program. Everything that it does not know is a UsageError that names it."""

    def __init__(self, program: str) -> None:
        self._text, self._position, self._depth = program, 0, 0

    def rules(self) -> list[Rule]:
        """All rules."""
        found: list[Rule] = []
        while self._skip(" \t\n;"):
            found.append(self._rule())
        if not found:
            raise UsageError("an empty program")
        return found

    def _skip(self, characters: str) -> bool:
        while self._text[self._position : self._position + 1] and self._text[self._position] in characters:
            self._position += 1
        return self._position < len(self._text)

    def _peek(self) -> str:
        match = _TOKEN.match(self._text, self._position)
        return match[0].strip() if match else ""

    def _take(self, wanted: str = "") -> re.Match[str]:
        match = _TOKEN.match(self._text, self._position)
        if not match or (wanted and match[0].strip() != wanted):
            raise UsageError(f"program from '{self._text[self._position :][:30]}'")
        self._position = match.end()
        return match

    def _rule(self) -> Rule:
        when = self._peek() if self._peek() in {"BEGIN", "END"} else ""
        if when:
            self._take()
        test: Test = (lambda line: True) if when or self._peek() == "{" else self._either()
        self._skip(" \t")
        if self._peek() != "{" or self._text[self._position : self._position + 1] == "\n":
            return Rule(when, test, ((lambda line: line.text,),))
        self._take("{")
        prints: list[tuple[Value, ...]] = []
        while self._skip(" \t\n;") and self._peek() != "}":
            prints.append(self._print())
        self._take("}")
        return Rule(when, test, tuple(prints))

    def _print(self) -> tuple[Value, ...]:
        self._take("print")
        if self._peek() in {"}", ";"} or not self._peek():
            return (lambda line: line.text,)
        values = [self._joined()]
        while self._peek() == ",":
            self._take(",")
            values.append(self._joined())
        return tuple(values)

    def _joined(self) -> Value:
        """Values written side by side."""
        values = [self._value()]
        while (token := self._peek()) and (token[0] in '"$' or token[0].isalnum()):
            values.append(self._value())
        return lambda line: "".join(value(line) for value in values)

    def _value(self) -> Value:
        match = self._take()
        if match["string"]:
            text = unescaped(match["string"][1:-1])
            return lambda line: text
        if match["number"]:
            return lambda line: match["number"]
        if match["field"]:
            name = match["field"][1:]
            return (lambda line: line.field(int(name[:6]))) if name.isdigit() else (lambda line: _named_field(line, name))
        if match["name"]:
            return lambda line: _variable(line, match["name"])
        raise UsageError(f"program from '{match[0].strip()}'")

    def _either(self) -> Test:
        left = self._both()
        while self._peek() == "||":
            self._take()
            left = _or(left, self._both())
        return left

    def _both(self) -> Test:
        left = self._single()
        while self._peek() == "&&":
            self._take()
            left = _and(left, self._single())
        return left

    def _single(self) -> Test:
        self._depth += 1
        if self._depth > 50:
            raise UsageError("nested too deeply")
        if match := _REGEX.match(self._text, self._position):
            self._position = match.end()
            expression = re.compile(posix_expression(match[1].replace("\\/", "/"), extended=True))
            return lambda line: expression.search(line.text) is not None
        if self._peek() == "!":
            self._take()
            test = self._single()
            return lambda line: not test(line)
        if self._peek() == "(":
            self._take()
            inner = self._either()
            self._take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        left = self._value()
        operator = self._peek()
        if operator in {"~", "!~"}:
            self._take()
            match = _REGEX.match(self._text, self._position)
            if not match:
                raise UsageError(f"program from '{self._text[self._position :][:30]}'")
            self._position = match.end()
            expression = re.compile(posix_expression(match[1].replace("\\/", "/"), extended=True))
            return lambda line: (expression.search(left(line)) is not None) == (operator == "~")
        if operator in {"==", "!=", "<", "<=", ">", ">="}:
            self._take()
            right = self._value()
            return lambda line: _compare(operator, left(line), right(line))
        return lambda line: left(line) not in {"", "0"}


def _or(left: Test, right: Test) -> Test:
    return lambda line: left(line) or right(line)


def _and(left: Test, right: Test) -> Test:
    return lambda line: left(line) and right(line)


def _variable(line: Line, name: str) -> str:
    known = {"NR": str(line.number), "NF": str(len(line.fields)), "FNR": str(line.number)}
    return known.get(name, line.variables.get(name, ""))


def _named_field(line: Line, name: str) -> str:
    number = _variable(line, name)
    return line.field(int(number)) if number.isdigit() else line.text


def _compare(operator: str, left: str, right: str) -> bool:
    """By number where both look like one, by text otherwise."""
    both = re.compile(r"\s*-?[0-9]{1,300}(\.[0-9]+)?\s*")
    numeric = both.fullmatch(left) and both.fullmatch(right)
    order = _sign(float(left), float(right)) if numeric else _sign(left, right)
    return {"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _sign(left: float | str, right: float | str) -> int:
    if isinstance(left, str) or isinstance(right, str):
        return (str(left) > str(right)) - (str(left) < str(right))
    return (left > right) - (left < right)
