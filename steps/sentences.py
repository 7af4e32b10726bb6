"""How a step's sentence is written down: what varies stands in double quotes, and holds no quote itself."""

from __future__ import annotations

import re

from pytest_bdd import parsers

BLANK = re.compile(r'"\\\{(\w+)\\\}"')


def sentence(text: str) -> parsers.re:
    """A parser for exactly ``text``, in which each ``"{name}"`` is an argument of that name."""
    return parsers.re(BLANK.sub(r'"(?P<\1>[^"]*)"', re.escape(text).replace("\\ ", " ")))


def switch_state(word: str) -> bool:
    """What "on" and "off" mean; KeyError for another word."""
    return {"on": True, "off": False}[word]


def hit(word: str) -> bool:
    """What "hits" and "spares" mean; KeyError for another word."""
    return {"hits": True, "spares": False}[word]
