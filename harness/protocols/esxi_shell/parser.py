"""From a shell text to its tree."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Literal as OneOf
from typing import NoReturn

from harness.protocols.esxi_shell.lexer import Lexer, Token
from harness.protocols.esxi_shell.syntax import (
    Assignment,
    Case,
    Chain,
    Command,
    Compound,
    For,
    Group,
    If,
    IncompleteInput,
    Literal,
    Loop,
    Pipeline,
    Redirection,
    Script,
    ShellSyntaxError,
    SimpleCommand,
    Word,
)
from harness.protocols.esxi_shell.words import check_depth

_OPENING = frozenset({"if", "for", "while", "until", "case", "{", "("})
_CLOSING = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}", ")", ";;"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS: dict[str, OneOf["<", ">", ">>", "<&", ">&", "<<"]] = {
    "<": "<", ">": ">", ">|": ">", ">>": ">>", "<&": "<&", ">&": ">&", "<<": "<<", "<<-": "<<",
}  # fmt: skip


@lru_cache(512)
def parse(text: str) -> Script:
    """The tree of ``text``. Raises ShellSyntaxError, and IncompleteInput where more text could complete it.

    What clients ask of one host they ask of others, and again.
    """
    parser = _Parser(Lexer(text, _parse_nested))
    script = parser.script()
    if parser.token.kind != "end":
        parser.refuse()
    return script


def _parse_nested(text: str, position: int, depth: int) -> tuple[Script, int]:
    lexer = Lexer(text, _parse_nested, position, depth)
    parser = _Parser(lexer, depth)
    script = parser.script()
    if parser.token.text != ")" or parser.token.kind != "operator":
        parser.refuse(")")
    return script, lexer.position


class _Parser:
    """One token of look-ahead; ``token`` is the one not yet taken."""

    def __init__(self, lexer: Lexer, depth: int = 0) -> None:
        self._lexer, self._depth = lexer, depth
        self.token = lexer.next()

    def refuse(self, expected: str = "") -> NoReturn:
        """Say that the current token cannot stand here."""
        wanted = f' (expecting "{expected}")' if expected else ""
        if self.token.kind == "end":
            raise IncompleteInput(f"unexpected end of file{wanted}")
        plain = self.token.kind != "word" or self._reserved() in _OPENING | _CLOSING
        shown = "newline" if self.token.kind == "newline" else f'"{self.token.text}"' if plain else "word"
        raise ShellSyntaxError(f"unexpected {shown}{wanted}")

    def script(self) -> Script:
        """Chains up to a token that can only close something, which is left to the caller."""
        chains: list[Chain] = []
        self._skip_newlines()
        while self.token.kind != "end" and self._reserved() not in _CLOSING:
            chains.append(self._chain())
            self._separator()
        return Script(tuple(chains))

    def _separator(self) -> None:
        """What stands between two chains, or a bracket that closes."""
        if self._at_operator("&"):
            raise ShellSyntaxError('unexpected "&": jobs in the background are not part of this simulation')
        if self._at_operator(";"):
            self._take()
        elif self.token.kind not in {"newline", "end"} and not self._at_operator(")", ";;"):
            self.refuse()
        self._skip_newlines()

    def _take(self) -> Token:
        token, self.token = self.token, self._lexer.next()
        return token

    def _reserved(self) -> str:
        """The token's text as far as it could be a reserved word or a bracket."""
        if self.token.kind == "operator":
            return self.token.text
        return (self.token.word.plain or "") if self.token.kind == "word" else ""

    def _at_operator(self, *operators: str) -> bool:
        return self.token.kind == "operator" and self.token.text in operators

    def _skip_newlines(self) -> None:
        while self.token.kind == "newline":
            self._take()

    def _expect(self, word: str) -> None:
        if self._reserved() != word:
            self.refuse(word)
        self._take()

    def _chain(self) -> Chain:
        first = self._pipeline()
        rest: list[tuple[OneOf["&&", "||"], Pipeline]] = []
        while self._at_operator("&&", "||"):
            operator: OneOf["&&", "||"] = "&&" if self._take().text == "&&" else "||"
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        return Chain(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        negated = timed = False
        while self._reserved() in {"!", "time"} and self.token.kind == "word":
            timed = timed or self._reserved() == "time"
            negated = negated != (self._take().word.plain == "!")
        if timed and self.token.kind in {"newline", "end"}:
            return Pipeline((SimpleCommand((), (), ()),), negated, timed)
        commands = [self._command()]
        while self._at_operator("|"):
            self._take()
            self._skip_newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), negated, timed)

    def _command(self) -> Command:
        opening = self._reserved()
        if opening not in _OPENING:
            return self._simple()
        self._depth += 1
        check_depth(self._depth)
        self._take()
        compound = self._compound(opening)
        self._depth -= 1
        redirections: list[Redirection] = []
        while self.token.kind == "redirection":
            redirections.append(self._redirection())
        return replace(compound, redirections=tuple(redirections))

    def _compound(self, opening: str) -> Compound:
        if opening in {"{", "("}:
            body = self._body()
            self._expect("}" if opening == "{" else ")")
            return Group(body, subshell=opening == "(")
        if opening == "if":
            return self._if()
        if opening == "for":
            return self._for()
        if opening == "case":
            return self._case()
        condition = self._body()
        return Loop(condition, self._do_group(), inverted=opening == "until")

    def _body(self) -> Script:
        """A script that may not be empty."""
        script = self.script()
        if not script.chains:
            self.refuse()
        return script

    def _do_group(self) -> Script:
        self._expect("do")
        body = self._body()
        self._expect("done")
        return body

    def _if(self) -> If:
        branches: list[tuple[Script, Script]] = []
        otherwise = None
        while True:
            condition = self._body()
            self._expect("then")
            branches.append((condition, self._body()))
            if self._reserved() != "elif":
                break
            self._take()
        if self._reserved() == "else":
            self._take()
            otherwise = self._body()
        self._expect("fi")
        return If(tuple(branches), otherwise)

    def _for(self) -> For:
        name = self._reserved()
        if self.token.kind != "word" or not _NAME.fullmatch(name):
            self.refuse()
        self._take()
        self._skip_newlines()
        words: tuple[Word, ...] | None = None
        if self._reserved() == "in":
            self._take()
            words = self._words()
        if self._at_operator(";"):
            self._take()
        self._skip_newlines()
        return For(name, words, self._do_group())

    def _words(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while self.token.kind == "word":
            words.append(self._take().word)
        return tuple(words)

    def _case(self) -> Case:
        if self.token.kind != "word":
            self.refuse()
        subject = self._take().word
        self._skip_newlines()
        self._expect("in")
        self._skip_newlines()
        branches: list[tuple[tuple[Word, ...], Script]] = []
        while self._reserved() != "esac":
            branches.append(self._case_branch())
        self._take()
        return Case(subject, tuple(branches))

    def _case_branch(self) -> tuple[tuple[Word, ...], Script]:
        if self._at_operator("("):
            self._take()
        patterns: list[Word] = []
        while True:
            if self.token.kind != "word":
                self.refuse()
            patterns.append(self._take().word)
            if not self._at_operator("|"):
                break
            self._take()
        self._expect(")")
        body = self.script()
        if self._at_operator(";;"):
            self._take()
            self._skip_newlines()
        elif self._reserved() != "esac":
            self.refuse("esac")
        return tuple(patterns), body

    def _simple(self) -> SimpleCommand:
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while self.token.kind in {"word", "redirection"}:
            if self.token.kind == "redirection":
                redirections.append(self._redirection())
            elif not words and (assignment := _as_assignment(self.token.word)):
                assignments.append(assignment)
                self._take()
            else:
                words.append(self._take().word)
        if not (assignments or words or redirections):
            self.refuse()
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirections))

    def _redirection(self) -> Redirection:
        token = self._take()
        operator = _OPERATORS[token.text]
        descriptor = token.descriptor if token.descriptor >= 0 else int(operator.startswith(">"))
        if self.token.kind != "word":
            self.refuse()
        target = self.token.word
        if operator == "<<":
            target = self._lexer.here_document(target, strip_tabs=token.text == "<<-")
        self._take()
        return Redirection(descriptor, operator, target)


def _as_assignment(word: Word) -> Assignment | None:
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Literal) or first.quoted or not (match := _ASSIGNMENT.match(first.text)):
        return None
    rest = first.text[match.end() :]
    return Assignment(match[1], Word(((Literal(rest),) if rest else ()) + word.parts[1:]))
