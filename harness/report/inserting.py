"""What templates insert: text made visible and escaped, once for each text and not once more by Jinja."""

from __future__ import annotations

from functools import lru_cache

from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape

from harness.report.plain_text import visible


def insert(value: object) -> str:
    """What a template inserts for ``value``; an apostrophe is none in the double quotes of its attributes."""
    if isinstance(value, Markup):
        return value
    return _escaped(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=10_000)
def _escaped(text: str) -> str:
    return str(escape(visible(text))).replace("&#39;", "'")


class Inserting(CodeGenerator):
    """Has what is inserted as `insert` gives it: Jinja would look each time whether there is something to escape in it."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(finalize.src or "(")

    def _output_child_post(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(")")
