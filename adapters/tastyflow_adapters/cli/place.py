"""
Where the orders, the positions and the money of a page are: the environment in words, and the account of several.

    Place.of(choices)              FAKE · PRODUCTION (simulator)
    Place.about(reply, choices)    PRODUCTION, account ira
"""

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from tastyflow.application.environment_words import environment_words
from tastyflow_adapters.config.choices import Choices

if TYPE_CHECKING:
    from tastyflow.application.answers import Reply


@frozen
class Place:
    """
    What stands above a page.

    Attributes:
        words: The environment; where the page is of one account of several, that account too.
        accounts: The names of all accounts that the settings name.
    """

    words: str = ""
    accounts: tuple[str, ...] = ()

    @classmethod
    def of(cls, choices: Choices) -> "Place":
        """The environment that *choices* name."""
        words = environment_words(choices.env.value, is_simulated=choices.is_simulated)
        return cls(words, choices.account_names)

    @classmethod
    def about(cls, reply: "Reply", choices: Choices) -> "Place":
        """The account that *reply* is about."""
        place = cls.of(choices)
        return evolve(place, words=reply.about.place_words) if reply.about else place
