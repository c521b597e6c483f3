"""
Text from outside, made safe: what is typed, what is printed, and the JSON between programs.

    readable   what no UTF-8 holds becomes U+FFFD, one for one, so that spans still fit
    shown      what a terminal would obey becomes an escape that it shows
    text_of    the argument, or standard input for "-"
    TextCommand  takes "-10 SPY 450C 12/18" for an order, not for options
"""

import json
import re
import sys
from typing import Any, Final

import click

MAX_INPUT: Final = 1_000_000
"""Characters of standard input that are read as one text; far more than any command has."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_TEXT_AND_NO_OPTION = re.compile(r"-\d|-[^=]*\s")


def readable(text: str) -> str:
    """*text* as it can be stored and sent: lone surrogates, from bytes that are no UTF-8, become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def shown(text: str) -> str:
    """*text* on one line, without anything that a terminal would obey: escapes are shown, not carried out."""
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def json_line(value: Any) -> str:
    """*value* as JSON on one line, in ASCII: it survives every terminal and pipe."""
    return json.dumps(value)


def text_of(argument: str) -> str:
    """The text that was meant by an argument: itself, or standard input for ``-``."""
    if argument != "-":
        return readable(argument)
    typed = sys.stdin.buffer.read(MAX_INPUT) if sys.stdin else b""
    return decoded(typed).strip("\r\n")


def decoded(line: bytes) -> str:
    """UTF-8 as far as it is any, without the mark that some editors put in front."""
    return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


class TextCommand(click.Command):
    """A command whose argument is a chat line, which may begin with a minus."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" not in args:
            texts = [arg for arg in args if _TEXT_AND_NO_OPTION.match(arg)]
            args = [arg for arg in args if arg not in texts] + (["--", *texts] if texts else [])
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            is_one_text = any(parameter.name == "text" for parameter in self.params)
            if not is_one_text or "unexpected extra argument" not in wrong.message:
                raise
            raise click.UsageError(f'Put the text in quotes: tastyflow {self.name} "…"', ctx) from None
