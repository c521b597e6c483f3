"""
The table ``[gex]`` of the settings: how gamma exposure is worked out where a command does not say otherwise.

    [gex]
    sign_model = "naive"
    dte = "0-45"             0 for today's options alone, all for every one
"""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tastyflow_adapters.config.gex_choices import STANDARD, GexChoices, SignModelName, days_in_words, days_of

MOST_STEPS: Final = 2_000
"""Spots at which one search for the flip may reprice a chain."""


def _days(value: object) -> object:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return days_in_words(days_of(text))


class GexSettings(BaseModel):
    """What `GexChoices` says, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sign_model: SignModelName = STANDARD.sign_model
    dte: Annotated[str, BeforeValidator(_days)] = days_in_words(STANDARD.dte)
    range_percent: Annotated[float, Field(gt=0, lt=100, allow_inf_nan=False)] = STANDARD.range_percent
    step_percent: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = STANDARD.step_percent
    rate_percent: Annotated[float, Field(ge=-5, le=50, allow_inf_nan=False)] = STANDARD.rate_percent
    dividend_percent: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)] = STANDARD.dividend_percent

    @property
    def chosen(self) -> GexChoices:
        """The same, as the rest of the program reads it."""
        return GexChoices(**self.model_dump(exclude={"dte"}), dte=days_of(self.dte))


def contradictions(settings: GexSettings) -> Iterator[str]:
    """What is chosen and cannot be done, as sentences."""
    if settings.step_percent > settings.range_percent:
        yield "gex.step_percent is longer than gex.range_percent: no spot but the market's own would be looked at."
    elif 2 * settings.range_percent / settings.step_percent > MOST_STEPS:
        yield f"gex.range_percent in steps of gex.step_percent is more than {MOST_STEPS:,} spots: take longer steps."
