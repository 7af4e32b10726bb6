"""The integer arithmetic of ``$((...))``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

from harness.protocols.esxi_shell.syntax import ShellSyntaxError

_TOKEN = re.compile(r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%()<>!&|^~?:])")
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}), frozenset({"&&"}), frozenset({"|"}), frozenset({"^"}), frozenset({"&"}), frozenset({"==", "!="}),
    frozenset({"<", ">", "<=", ">="}), frozenset({"<<", ">>"}), frozenset({"+", "-"}), frozenset({"*", "/", "%"}),
)  # fmt: skip
_BITS = 64
_DEEPEST = 12


def evaluate(expression: str, variables: Mapping[str, str]) -> int:
    """The value, a signed 64-bit integer; names stand for variables, unset ones for 0. Raises ShellSyntaxError."""
    if not expression.strip():
        return 0
    reader = _Reader(_tokens(expression), variables)
    value = reader.level(0)
    if reader.tokens:
        raise ShellSyntaxError("arithmetic syntax error")
    return value


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ShellSyntaxError("arithmetic syntax error")
        tokens.append(match[1])
        position = match.end()
    tokens.reverse()
    return tokens


def _wrapped(value: int) -> int:
    value &= (1 << _BITS) - 1
    return value - (1 << _BITS) if value >> (_BITS - 1) else value


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ShellSyntaxError("divide by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_BINARY: Mapping[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a or b)), "&&": lambda a, b: int(bool(a and b)),
    "|": operator.or_, "^": operator.xor, "&": operator.and_,
    "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b), ">": lambda a, b: int(a > b), "<=": lambda a, b: int(a <= b), ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b % _BITS), ">>": lambda a, b: a >> (b % _BITS),
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    "/": _divide, "%": lambda a, b: a - b * _divide(a, b),
}  # fmt: skip


class _Reader:
    """Tokens in reverse order, read by falling precedence."""

    def __init__(self, tokens: list[str], variables: Mapping[str, str]) -> None:
        self.tokens, self._variables, self._depth = tokens, variables, 0

    def level(self, index: int) -> int:
        if index == len(_LEVELS):
            return self._unary()
        value = self.level(index + 1)
        while self.tokens and self.tokens[-1] in _LEVELS[index]:
            name = self.tokens.pop()
            value = _wrapped(_BINARY[name](value, self.level(index + 1)))
        return value

    def _unary(self) -> int:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ShellSyntaxError("nested too deeply")
        value = self._operand()
        self._depth -= 1
        return value

    def _operand(self) -> int:
        symbol = self.tokens.pop() if self.tokens else ""
        if symbol in {"-", "+", "!", "~"}:
            value = self._unary()
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[symbol]
        if symbol == "(":
            value = self.level(0)
            if not self.tokens or self.tokens.pop() != ")":
                raise ShellSyntaxError("arithmetic syntax error")
            return value
        if re.fullmatch(r"[A-Za-z_]\w*", symbol):
            symbol = self._variables.get(symbol, "").strip() or "0"
        return self._number(symbol)

    @staticmethod
    def _number(written: str) -> int:
        sign, digits = (-1, written[1:]) if written.startswith("-") else (1, written)
        if len(digits) < 40 and re.fullmatch(r"0[xX][0-9a-fA-F]+|[0-9]+", digits):
            octal = digits.startswith("0") and re.fullmatch("[0-7]+", digits)
            return _wrapped(sign * int(digits, 8 if octal else 16 if digits[1:2] in {"x", "X"} else 10))
        raise ShellSyntaxError("arithmetic syntax error")
