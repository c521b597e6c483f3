"""
The token of the bot: found where secrets are, held against what it must look like, and then hidden in every log.
"""

from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.discord_choices import TOKEN
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.secrets import RingTrouble, Secrets
from tastyflow_adapters.secrets.kinds import opinion

STORE_IT: Final = "Store it: tastyflow secrets set discord_token"


def token_of(choices: Choices) -> SecretStr:
    """
    The token. A keyring may take its time (`secrets.ring.PATIENCE_S`): not for the event loop.

    Raises:
        Misconfigured: code ``no_discord_token``: it is nowhere; ``wrong_secret``: it is no bot's; or a place where
            secrets are kept cannot be read.
    """
    try:
        found = Secrets.of(choices).find(TOKEN)
    except RingTrouble as trouble:
        raise Misconfigured(
            f"The token of the bot in Discord cannot be read: {trouble}.", code="no_discord_token", hint=STORE_IT
        ) from None
    if found is None:
        raise Misconfigured(
            f"Discord is switched on, and the token of the bot is not set ({TOKEN}).",
            code="no_discord_token",
            hint=STORE_IT,
        )
    REDACTOR.know((found.value,))
    about = opinion(TOKEN, found.value.get_secret_value(), now=datetime.now(UTC))
    if about.wrong:
        raise Misconfigured(
            f"{TOKEN}, from the {found.source}, cannot be right: {about.seen}.",
            code="wrong_secret",
            hint=f"{about.do} {STORE_IT}",
        )
    return found.value
