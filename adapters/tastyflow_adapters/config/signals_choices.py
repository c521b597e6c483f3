"""What the operator chose for signals, as the rest of the program reads it; `config.signals_settings` reads it."""

from typing import Final

from attrs import frozen

HERE: Final = "127.0.0.1"


@frozen(kw_only=True)
class SignalsChoices:
    """
    Attributes:
        webhook_port: Where alerts of others are taken (``POST /signals/NAME``); 0 for nowhere.
        webhook_host: The address that is listened at; another than this machine's own wants a *trusted proxy*.
        webhook_trusted_proxy: The address of the one proxy whose ``X-Forwarded-For`` is believed; empty for none.
        webhook_oldest_s: How old an alert may be, by the time that it is signed with.
        webhook_ahead_s: How far that time may lie ahead of this machine's clock.
        webhook_body_bytes: How long the body of an alert may be.
        webhook_read_s: How long one connection may take from its first byte to its answer's last.
        webhook_alerts_a_minute: How many alerts of one source are looked at within a minute.
    """

    webhook_port: int = 0
    webhook_host: str = HERE
    webhook_trusted_proxy: str = ""
    webhook_oldest_s: float = 60.0
    webhook_ahead_s: float = 5.0
    webhook_body_bytes: int = 8_192
    webhook_read_s: float = 10.0
    webhook_alerts_a_minute: int = 30


STANDARD: Final = SignalsChoices()
