"""The table [service] of the settings: how the long-running process is asked how it is, and how it ends."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tastyflow_adapters.config.choices import DRAIN_S


class ServiceSettings(BaseModel):
    """
    Attributes:
        health_port: Where the service tells its health on this machine; 0 for any port that is free.
        drain_s: How long a service that is asked to stop waits for the orders in hand.
    """

    model_config = ConfigDict(extra="forbid")

    health_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    drain_s: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = DRAIN_S
