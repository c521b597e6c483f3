"""
What looks like a secret is not repeated to the person who typed it in the wrong place: a screen is seen, a log is kept.

    eyJhbGciOi…            a JWT, or the beginning of one that was cut
    c0ffee… (16 and more)  hexadecimal with letters and digits: a client secret
    MTA1….Gh.Xy…           the token of a bot in Discord: its id in base64, a time, a signature
    Ab3…    (24 and more)  letters of both cases and digits: a key of some other service

It is for messages about what was typed. Pages that show ids and digests of the log do without; what is known to be a
secret is taken out everywhere (`tastyflow_adapters.redaction`).
"""

import re
from typing import Final

from tastyflow.errors import Invalid

HIDDEN: Final = "[hidden]"

_SHAPES: Final = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
    r"|(?<![\w-])[MNO][\w-]{19,27}\.[\w-]{5,8}\.[\w-]{25,}"
    r"|(?<!\w)(?<!\w-)(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{16,}(?!\w)(?!-\w)"
    r"|(?<![\w/+])(?<!\w-)(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=[\w+-]*\d)[A-Za-z0-9_+]{24,}={0,2}(?!\w)(?!/\w)",
    re.ASCII,
)


def unechoed(text: str) -> str:
    """*text* without what looks like a secret."""
    return _SHAPES.sub(HIDDEN, text)


def require_no_secret(typed: str, what: str) -> None:
    """
    Nothing that looks like a secret becomes a name, or the text of an order: both are kept in the log and shown.

    Raises:
        Invalid: code ``looks_secret``.
    """
    if unechoed(typed) != typed:
        raise Invalid(
            f"What was typed as {what} looks like a secret, and was not kept.",
            code="looks_secret",
            hint="Store it by 'tastyflow secrets set NAME', which asks for the value. Make a new one if others saw it.",
        )
