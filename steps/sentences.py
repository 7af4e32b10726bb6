"""How a step's sentence is written down: what varies stands in double quotes, and holds no quote itself."""

from __future__ import annotations

import re

from pytest_bdd import parsers

from harness.errors import InputError

_of_events: list[parsers.re] = []
BLANK = re.compile(r'"\\\{(\w+)\\\}"')


def sentence(text: str) -> parsers.re:
    """A parser for exactly ``text``, in which each ``"{name}"`` is an argument of that name."""
    return parsers.re(BLANK.sub(r'"(?P<\1>[^"]*)"', re.escape(text).replace("\\ ", " ")))


def sentence_of_events(text: str) -> parsers.re:
    """The same for an outcome about events since the act began: what there was before it has to be noted."""
    parser = sentence(text)
    _of_events.append(parser)
    return parser


def looks_at_events(said: str) -> bool:
    """Whether a step says one of these."""
    return any(parser.is_matching(said) for parser in _of_events)


def switch_state(word: str) -> bool:
    """What "on" and "off" mean; raises ``InputError`` for another word."""
    return _meaning(word, "on", "off")


def hit(word: str) -> bool:
    """What "hits" and "spares" mean; raises ``InputError`` for another word."""
    return _meaning(word, "hits", "spares")


def _meaning(word: str, yes: str, no: str) -> bool:
    if word not in {yes, no}:
        raise InputError(f'"{word}"', "means nothing here", f'Known: "{yes}", "{no}"')
    return word == yes
