"""
Where a simulator serves, known from its port alone: nothing needs to run to say it.

    port N      admin API
    port N+1    sandbox       REST http://…  account streamer ws://…/streamer  quotes ws://…/realtime
    port N+2    production    the same
"""

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from tastyflow_simulator.credentials import login_of
from tastyflow_simulator.options import Side

LAST_PORT: Final = 65_535
OFFSETS: Final[Mapping[Side, int]] = {Side.SANDBOX: 1, Side.PRODUCTION: 2}


@frozen
class Addresses:
    """The addresses of one site."""

    host: str
    port: int

    @property
    def api_url(self) -> str:
        return f"http://{self.authority}"

    @property
    def streamer_url(self) -> str:
        return f"ws://{self.authority}/streamer"

    @property
    def dxlink_url(self) -> str:
        return f"ws://{self.authority}/realtime"

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class Place:
    """The three addresses of one simulator, and how a program gets in."""

    host: str
    admin_port: int
    ports: Mapping[Side, int]

    @classmethod
    def from_port(cls, host: str, port: int) -> "Place":
        """Of a simulator whose admin API is at *port*."""
        return cls(host, port, {side: port + offset for side, offset in OFFSETS.items()})

    @property
    def admin_url(self) -> str:
        return Addresses(self.host, self.admin_port).api_url

    def describe(self) -> dict[str, object]:
        """Everything that a program needs to use the simulator, as one JSON object."""
        return {"admin": self.admin_url} | {side.value: self._described(side) for side in Side}

    def environment(self) -> Iterator[tuple[str, str]]:
        """The settings that point tastyflow here. No value needs quoting in a shell."""
        yield "TASTYFLOW_SIMULATED", "true"
        for side in Side:
            for name, value in self._described(side).items():
                yield f"TASTYFLOW_{side.name}__{name.upper()}", value

    def _described(self, side: Side) -> dict[str, str]:
        at, login = Addresses(self.host, self.ports[side]), login_of(side)
        return {
            "api_url": at.api_url,
            "streamer_url": at.streamer_url,
            "client_secret": login.client_secret,
            "refresh_token": login.refresh_token,
            "account": login.account,
        }
