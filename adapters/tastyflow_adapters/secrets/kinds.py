"""
What a secret looks like, so that one in the wrong place is recognised before tastytrade counts a failed login.

    refresh token    a JWT whose header says typ rt+jwt; it names whom it was issued to, and by whom
    client secret    hexadecimal
    client id        a UUID; no secret, and often pasted for one

Tokens are read, never verified: only tastytrade can do that. No sentence repeats any of a secret.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from tastyflow_adapters.config.urls import TASTYTRADES
from tastyflow_adapters.config.venue_settings import OPERATORS

REHEARSAL_WORDS: Final = ("cert", "sandbox")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX: Final = re.compile(r"[0-9a-f]{32,128}", re.IGNORECASE)
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
