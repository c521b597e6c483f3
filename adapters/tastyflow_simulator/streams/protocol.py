"""
One DXLink session as a state machine: what is answered to which message, and which data is wanted. No socket, no clock.

    SETUP ─▶ SETUP, AUTH_STATE UNAUTHORIZED        AUTH ─▶ AUTH_STATE AUTHORIZED, or ERROR
    CHANNEL_REQUEST n ─▶ CHANNEL_OPENED n          FEED_SETUP n ─▶ FEED_CONFIG n
    FEED_SUBSCRIPTION n ─▶ data, some time         CHANNEL_CANCEL n ─▶ CHANNEL_CLOSED n
    KEEPALIVE ─▶ nothing; ours come by the clock   anything else ─▶ ERROR

Channel 0 is the session itself; an ERROR there ends the SDK's streamer.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tastyflow_simulator.streams.channels import Channel, Limits, Refusal, seconds, set_up, subscribe
from tastyflow_simulator.streams.line import Unreadable

VERSION: Final = "1.0-tastyflow-simulator"
CONTRACTS: Final = frozenset({"AUTO", "TICKER", "HISTORY", "STREAM"})
KEEPALIVE_S: Final = 60
CHANNELS_LIMIT: Final = 100


class Session:
    """
    Args:
        is_good: Whether a quote token is good.
        admit: Whether one more session may be authorised now.
    """

    def __init__(self, is_good: Callable[[str], bool], *, limits: Limits, admit: Callable[[], bool]) -> None:
        self._is_good = is_good
        self._limits = limits
        self._admit = admit
        self._is_set_up = False
        self.is_authorized = False
        self.is_turned_away = False
        self.hears_within_s: float = KEEPALIVE_S
        self.speaks_within_s: float = KEEPALIVE_S
        self.channels: dict[int, Channel] = {}

    def answer(self, message: Mapping[str, Any] | Unreadable) -> list[dict[str, Any]]:
        """The answers to *message*, in order."""
        if isinstance(message, Unreadable):
            return [error(0, "INVALID_MESSAGE", message.why)]
        number = message.get("channel")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
            return [error(0, "INVALID_MESSAGE", "A message names its channel")]
        try:
            return list(self._about_session(message) if number == 0 else self._about_channel(number, message))
        except Refusal as refusal:
            return [error(number, refusal.error, str(refusal))]

    def _about_session(self, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        match message.get("type"):
            case "SETUP":
                yield from self._set_up(message)
            case _ if not self._is_set_up:
                raise Refusal("UNSUPPORTED_PROTOCOL", "A session begins with SETUP")
            case "AUTH":
                yield from self._authorize(message.get("token"))
            case "KEEPALIVE" | "ERROR":
                pass
            case other:
                raise Refusal("INVALID_MESSAGE", f"Not understood on channel 0: {other!s:.40}")

    def _set_up(self, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        self.hears_within_s = seconds(message.get("keepaliveTimeout"), KEEPALIVE_S)
        self.speaks_within_s = seconds(message.get("acceptKeepaliveTimeout"), KEEPALIVE_S)
        yield {
            "type": "SETUP",
            "channel": 0,
            "keepaliveTimeout": self.speaks_within_s,
            "acceptKeepaliveTimeout": self.hears_within_s,
            "version": VERSION,
        }
        if not self._is_set_up:
            self._is_set_up = True
            yield {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}

    def _authorize(self, token: object) -> Iterator[dict[str, Any]]:
        self.is_turned_away = not self.is_authorized  # until the end of this
        if not isinstance(token, str) or not self._is_good(token):
            raise Refusal("UNAUTHORIZED", "The token is not known, or has lapsed")
        if not self.is_authorized and not self._admit():
            raise Refusal("BAD_ACTION", f"No more than {self._limits.sessions} sessions at once")
        self.is_authorized, self.is_turned_away = True, False
        yield {"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED", "userId": "simulated"}

    def _about_channel(self, number: int, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if not self.is_authorized:
            raise Refusal("UNAUTHORIZED", "Channels are for authorized sessions")
        kind = message.get("type")
        if kind == "CHANNEL_REQUEST":
            yield self._open(number, message)
            return
        if kind == "ERROR":
            return
        channel = self.channels.get(number)
        if channel is None:
            raise Refusal("BAD_ACTION", "There is no such channel")
        match kind:
            case "CHANNEL_CANCEL":
                del self.channels[number]
                yield {"type": "CHANNEL_CLOSED", "channel": number}
            case "FEED_SETUP":
                yield set_up(channel, message)
            case "FEED_SUBSCRIPTION":
                beside = [each for each in self.channels.values() if each is not channel]
                subscribe(channel, message, beside=beside, limits=self._limits)
            case other:
                raise Refusal("INVALID_MESSAGE", f"Not understood on a feed: {other!s:.40}")

    def _open(self, number: int, message: Mapping[str, Any]) -> dict[str, Any]:
        if number in self.channels:
            raise Refusal("BAD_ACTION", "This channel is open")
        if message.get("service") != "FEED":
            raise Refusal("BAD_ACTION", "The only service here is FEED")
        if len(self.channels) >= CHANNELS_LIMIT:
            raise Refusal("BAD_ACTION", f"No more than {CHANNELS_LIMIT} channels at once")
        parameters = message.get("parameters")
        contract = parameters.get("contract", "AUTO") if isinstance(parameters, dict) else "AUTO"
        if not isinstance(contract, str) or contract not in CONTRACTS:
            raise Refusal("INVALID_MESSAGE", "A contract is AUTO, TICKER, HISTORY or STREAM")
        self.channels[number] = Channel(number, contract)
        opened = {"contract": contract, "subFormat": "LIST"}
        return {"type": "CHANNEL_OPENED", "channel": number, "service": "FEED", "parameters": opened}


def error(channel: int, word: str, why: str) -> dict[str, Any]:
    """An ERROR on *channel*."""
    return {"type": "ERROR", "channel": channel, "error": word, "message": why}
