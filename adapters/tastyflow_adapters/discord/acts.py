"""
What each button, menu and form does: one row an act, with the sign that Discord gets at once, and who answers it.

    sign         what is sent within three seconds                                  then
    FORM         the form itself: the answer comes without asking any venue          what is filled in is a request anew
    CLAIM        the page without its buttons, and what is done now (`ActRow.claim`) the answer takes its place
    SAME         nothing to see                                                      the answer takes the page's place
    PRIVATE      "thinking", for the eyes of the person alone                        the answer is a page of its own

A page that is private never takes the place of one that others see: it is shown beside it, to the person alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.answers import approving, doing, incidents
from tastyflow_adapters.discord.answers.looking import orders, story, turning
from tastyflow_adapters.discord.answers.ordering import deciding, placing, replacing
from tastyflow_adapters.discord.commands import Answers
from tastyflow_adapters.discord.page import Act


class Sign(StrEnum):
    """How a press is acknowledged."""

    FORM = "form"
    CLAIM = "claim"
    SAME = "same"
    PRIVATE = "private"


@frozen
class ActRow:
    """
    Attributes:
        sign: The acknowledgement of a press.
        claim: What stands in the place of the buttons meanwhile, where the sign is `CLAIM`.
        filled: Who answers the form once it is filled in; None where the act shows none.
        filled_sign: The acknowledgement of a form that is filled in: `SAME` puts its answer in the place of the page.
    """

    answer: Answers
    sign: Sign = Sign.PRIVATE
    claim: str = "Under way …"
    filled: Answers | None = None
    filled_sign: Sign = Sign.PRIVATE


ACTS: Final[Mapping[Act, ActRow]] = {
    Act.CONFIRM: ActRow(deciding.confirm, Sign.CLAIM, claim="Submitting …"),
    Act.CHANGE: ActRow(deciding.change, Sign.FORM, filled=deciding.changed, filled_sign=Sign.SAME),
    Act.DISMISS: ActRow(deciding.dismiss, Sign.SAME),
    Act.SUGGESTION: ActRow(placing.suggestion),
    Act.SHOW_CARD: ActRow(placing.show_card),
    Act.CANCEL: ActRow(placing.cancel),
    Act.REPLACE: ActRow(replacing.form, Sign.FORM, filled=replacing.filled),
    Act.DO: ActRow(doing.do, Sign.CLAIM),
    Act.STATUS: ActRow(orders.status),
    Act.WHY: ActRow(story.why),
    Act.TURN: ActRow(turning.turn, Sign.SAME),
    Act.APPROVE: ActRow(approving.look),
    Act.APPROVE_SEEN: ActRow(approving.approve, Sign.CLAIM, claim="Approving …"),
    Act.REJECT: ActRow(approving.ask_why_not, Sign.FORM, filled=approving.reject),
    Act.INCIDENT: ActRow(incidents.incidents),
    Act.ACKNOWLEDGE: ActRow(incidents.acknowledge),
    Act.CLOSE: ActRow(incidents.ask_how, Sign.FORM, filled=incidents.close),
    Act.RESUBMIT: ActRow(incidents.ask_to_resubmit, Sign.FORM, filled=incidents.resubmit),
    Act.ABANDON: ActRow(incidents.ask_to_abandon, Sign.FORM, filled=incidents.abandon),
    Act.ADOPT: ActRow(incidents.ask_number, Sign.FORM, filled=incidents.adopt),
}
"""Every act that a button can name."""
