"""
What a secret looks like, so that one in the wrong place is recognised before a venue counts a failed login.

    refresh token    a JWT whose header says typ rt+jwt; it names whom it was issued to, and by whom
    client secret    hexadecimal
    client id        a UUID; no secret, and often pasted for one
    a rule's         anything of 32 characters or more, made by a generator
    bot's token      three parts with dots between them; the first is the bot's id in base64

Tokens are read, never verified: only who made them can do that. No sentence repeats any of a secret.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from tastyflow_adapters.config.discord_choices import TOKEN
from tastyflow_adapters.config.secret_names import OPERATORS, SIGNALS
from tastyflow_adapters.config.urls import TASTYTRADES

REHEARSAL_WORDS: Final = ("cert", "sandbox")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX: Final = re.compile(r"[0-9a-f]{32,128}", re.IGNORECASE)
_BOT: Final = re.compile(r"([\w-]{20,36})\.([\w-]{5,8})\.([\w-]{25,60})", re.ASCII)
_DISCORD_SECRET: Final = re.compile(r"[\w-]{32}", re.ASCII)
SHORTEST_OF_RULE: Final = 32
FEWEST_OF_RULE: Final = 8
GENERATE: Final = "Make one: openssl rand -hex 32"
_UNDER_BOT: Final = "The token stands under 'Bot' of the application, and is shown once: 'Reset Token' makes a new one."
_ANEW: Final = "Open your OAuth application at tastytrade, and make a new"


@frozen
class Opinion:
    """What a value looks like: right, *doubtful*, or *wrong*; and what to do about it."""

    seen: str
    do: str = ""
    wrong: bool = False
    doubtful: bool = False


def opinion(name: str, value: str, *, now: datetime) -> Opinion:
    """Whether *value* can be the secret called *name*."""
    venue, _, kind = name.partition(".")
    if name == OPERATORS:
        return _of_addresses(value)
    if name == TOKEN:
        return _of_bot(value)
    if venue == SIGNALS:
        return _of_rule(value)
    if is_bots(value):
        return Opinion(
            "the token of a bot in Discord is where a secret of tastytrade belongs", _ANEW + " one.", wrong=True
        )
    token = claims_of(value)
    if kind == "client_secret":
        return _of_client_secret(value, is_token=token is not None)
    if token is None:
        return _of_no_token(value)
    return _of_token(*token, venue=venue, now=now)


def _of_addresses(value: str) -> Opinion:
    if any("://" not in each for each in value.split(",") if each):
        return Opinion("an address is missing its scheme", "Write each as SCHEME://…, with commas between.", wrong=True)
    return Opinion("it looks like addresses of apprise")


def _of_rule(value: str) -> Opinion:
    if is_bots(value) or claims_of(value) is not None:
        return Opinion("a token is where the secret of a rule belongs", GENERATE, wrong=True)
    if len(value) < SHORTEST_OF_RULE:
        return Opinion(f"it is shorter than {SHORTEST_OF_RULE} characters", GENERATE, wrong=True)
    if len(set(value)) < FEWEST_OF_RULE:
        return Opinion("it repeats few characters, and could be guessed", GENERATE, wrong=True)
    return Opinion("it is long enough")


def is_bots(value: str) -> bool:
    """Whether *value* is shaped like the token of a bot: its first part is an id of Discord in base64."""
    parts = _BOT.fullmatch(value)
    if parts is None:
        return False
    try:
        number = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (ValueError, binascii.Error):
        return False
    return number.isdigit() and 15 <= len(number) <= 21


def _of_bot(value: str) -> Opinion:
    if is_bots(value):
        return Opinion("it looks like a bot's token")
    if value.isdigit() and len(value) <= 21:
        return Opinion("an id is where the bot's token belongs", _UNDER_BOT, wrong=True)
    if re.fullmatch(r"[0-9a-f]{64}", value, re.IGNORECASE):
        return Opinion("the application's public key is where the bot's token belongs", _UNDER_BOT, wrong=True)
    if _DISCORD_SECRET.fullmatch(value):
        return Opinion("the application's client secret is where the bot's token belongs", _UNDER_BOT, wrong=True)
    if "://" in value:
        return Opinion("an address is where the bot's token belongs", _UNDER_BOT, wrong=True)
    if value.startswith("mfa."):
        return Opinion("the token of a person is where the bot's belongs", _UNDER_BOT, wrong=True)
    return Opinion("it does not look like a bot's token, which has three parts with dots between them", doubtful=True)


def claims_of(value: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Header and claims of a JWT, not verified; None where it is none."""
    parts = value.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    header, claims = (_object(part) for part in parts[:2])
    return None if header is None or claims is None else (header, claims)


def _object(part: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _of_client_secret(value: str, *, is_token: bool) -> Opinion:
    if is_token:
        return Opinion("a token is where the client secret belongs", "Are the two the wrong way round?", wrong=True)
    if _UUID.fullmatch(value):
        return Opinion("the client id is where the client secret belongs", _ANEW + " client secret.", wrong=True)
    if not _HEX.fullmatch(value):
        return Opinion("it does not look like a client secret, which is hexadecimal", doubtful=True)
    return Opinion("it looks like a client secret")


def _of_no_token(value: str) -> Opinion:
    if _HEX.fullmatch(value):
        return Opinion(
            "a client secret is where the refresh token belongs", "Are the two the wrong way round?", wrong=True
        )
    if _UUID.fullmatch(value):
        return Opinion("the client id is where the refresh token belongs", _ANEW + " grant.", wrong=True)
    return Opinion("it does not look like a refresh token, which is a JWT", doubtful=True)


def _of_token(header: Mapping[str, Any], claims: Mapping[str, Any], *, venue: str, now: datetime) -> Opinion:
    kind = str(header.get("typ", "")).lower()
    if kind == "at+jwt":
        return Opinion(
            "an access token, which is good for minutes, is where the refresh token belongs",
            _ANEW + " grant: what it shows is the refresh token.",
            wrong=True,
        )
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= now.timestamp():
        return Opinion("the refresh token has expired", _ANEW + " grant.", wrong=True)
    if kind != "rt+jwt":
        return Opinion("it is a token of another kind than a refresh token", doubtful=True)
    issuer = str(claims.get("iss", ""))
    of_tastytrade = any(known in issuer for known in TASTYTRADES)
    if of_tastytrade and any(word in issuer for word in REHEARSAL_WORDS) is not (venue == "sandbox"):
        return Opinion(
            f"the refresh token seems to be {'production' if venue == 'sandbox' else 'the sandbox'}'s, by its issuer",
            "Sandbox and production have an OAuth application each; their tokens are not interchangeable.",
            doubtful=True,
        )
    scopes = claims.get("scope")
    if isinstance(scopes, str) and scopes and "trade" not in re.split(r"[\s,]+", scopes):
        return Opinion("the grant does not include trading", _ANEW + " grant with the scope trade.", doubtful=True)
    return Opinion("it is a refresh token")
