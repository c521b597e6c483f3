"""
The secrets that there are, and what each of them is made of: one word of ordinary characters, which no message repeats.

    sandbox.client_secret     the table [sandbox] of secrets.toml, and the variable TASTYFLOW_SANDBOX__CLIENT_SECRET
    sandbox_client_secret     the same, as systemd's credentials are called
    signals.NAME              the secret that alerts for the rule NAME are signed with, and the one to come beside it:
    signals.NAME_next         both are good; no variable sets them
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, SecretStr

from tastyflow.domain.signal_rule.rule import RULE_NAME
from tastyflow_adapters.config.discord_choices import TOKEN

VENUES: Final = ("sandbox", "production")
SECRETS: Final = ("client_secret", "refresh_token")
OPERATORS: Final = "operators.urls"
"""Where the operators are told of incidents: addresses, which hold secrets."""

SECRETS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(VENUES, SECRETS),
    "operators": ("urls",),
    "discord": (TOKEN.partition(".")[2],),
}
"""The secrets of each table of the settings that has any."""

SECRET_NAMES: Final = tuple(f"{table}.{kind}" for table, kinds in SECRETS_OF.items() for kind in kinds)
"""Every secret that there is, but those of rules."""

SIGNALS: Final = "signals"
"""The table of the secrets of rules."""
NEXT: Final = "_next"
"""Ends the name of a rule's next secret; no rule's own name has a ``_``."""
_RULES_KEY: Final = re.compile(rf"{RULE_NAME.pattern}(?:{NEXT})?", re.ASCII)
WITH_SECRETS: Final = (*SECRETS_OF, SIGNALS)
"""The tables of the settings and of secrets.toml in which a secret may stand, or have been pasted."""

MAX_SECRET: Final = 8_192
ONE_WORD: Final = re.compile(r"[!-~]+")
"""What a secret is made of."""


def underscored(name: str) -> str:
    """The *name* of a secret without its dot."""
    return name.replace(".", "_")


def is_secret(table: str, key: str) -> bool:
    """Whether there is such a secret."""
    return bool(_RULES_KEY.fullmatch(key)) if table == SIGNALS else key in SECRETS_OF.get(table, ())


def of_rule(name: str) -> tuple[str, str]:
    """The names of the secrets of the rule *name*: the one in use, and the next one."""
    return f"{SIGNALS}.{name}", f"{SIGNALS}.{name}{NEXT}"


def secret_name(typed: str) -> str | None:
    """The secret that is meant by its name, or by the same with ``_`` for the dot; None where none is."""
    key = typed[len(SIGNALS) + 1 :]
    if typed[: len(SIGNALS) + 1] in (f"{SIGNALS}.", f"{SIGNALS}_") and _RULES_KEY.fullmatch(key):
        return f"{SIGNALS}.{key}"
    return next((name for name in SECRET_NAMES if typed in (name, underscored(name))), None)


def _secret(value: object) -> object:
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    if not 0 < len(stripped) <= MAX_SECRET or not ONE_WORD.fullmatch(stripped):
        raise ValueError("a secret is one word of ordinary characters")
    return stripped


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
