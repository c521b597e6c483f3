"""The table ``[signals]`` of the settings: where alerts of others are taken, and what holds a stranger back."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tastyflow_adapters.config.signals_choices import STANDARD, SignalsChoices


def _address(value: object) -> str:
    try:
        return str(ip_address(value)) if isinstance(value, str) else _no_address()
    except ValueError:
        return _no_address()


def _address_or_none(value: object) -> str:
    return "" if value == "" else _address(value)


def _no_address() -> str:
    raise ValueError("write an address such as 127.0.0.1; names are not looked up")


class SignalsSettings(BaseModel):
    """What `SignalsChoices` says, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    webhook_port: Annotated[int, Field(ge=0, le=65_535)] = STANDARD.webhook_port
    webhook_host: Annotated[str, BeforeValidator(_address)] = STANDARD.webhook_host
    webhook_trusted_proxy: Annotated[str, BeforeValidator(_address_or_none)] = STANDARD.webhook_trusted_proxy
    webhook_oldest_s: Annotated[float, Field(ge=5, le=600, allow_inf_nan=False)] = STANDARD.webhook_oldest_s
    webhook_ahead_s: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = STANDARD.webhook_ahead_s
    webhook_body_bytes: Annotated[int, Field(ge=256, le=65_536)] = STANDARD.webhook_body_bytes
    webhook_read_s: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = STANDARD.webhook_read_s
    webhook_alerts_a_minute: Annotated[int, Field(ge=1, le=600)] = STANDARD.webhook_alerts_a_minute

    @property
    def chosen(self) -> SignalsChoices:
        """The same, as the rest of the program reads it."""
        return SignalsChoices(**self.model_dump())


def contradictions(settings: SignalsSettings) -> Iterator[str]:
    """What is chosen and would let strangers reach further than was meant, as sentences."""
    if not ip_address(settings.webhook_host).is_loopback and not settings.webhook_trusted_proxy:
        yield (
            "signals.webhook_host is no address of this machine alone, and signals.webhook_trusted_proxy is not set: "
            "alerts of other machines come through a proxy that speaks TLS."
        )
