"""
The words that decide whether a line is a command, and the words for which it is refused.

Two kinds of words are never taken for a ticker just because they are short. Some change the order in a way that is not
offered (MOO, trailing, half ...); the others are common English. A trader who means the ticker of that name writes a
dollar sign (``$MORE``); right after the number the grammar takes it for the ticker (``buy 5 IT 450c``).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIONS: Final = _words("BUY SELL BTO STO BTC STC LONG SHORT CLOSE EXIT OPEN")


class Request(NamedTuple):
    """
    A word that asks for something else than an order.

    Attributes:
        usage: The answer to a line that begins with it and cannot be read.
        is_order: Whether it changes something: ``if SPY drops, cancel all`` is refused, ``if SPY drops, help`` is chat.
        has_remark: Whether free text may follow.
        is_guessed: Whether a misspelt first word may have meant it; with free text behind it, too many lines would.
        is_chat: Whether it is a common word besides: a line that begins with it is only answered where it reads as a
            command, or names something with figures. "chain reaction" is chat.
    """

    usage: str
    is_order: bool = False
    has_remark: bool = False
    is_guessed: bool = True
    is_chat: bool = False


_WHICH: Final = "Which order? Write '{0} 7f3a', '{0} #12' or '{0} last'."
_ALONE: Final = "'{0}' stands alone."
REQUESTS: Final[Mapping[str, Request]] = {
    "FLATTEN": Request(
        "Write 'flatten SPY' or 'flatten half SPY' for every leg on it, or 'flatten all' for all that is held.",
        is_order=True,
        is_guessed=False,
    ),
    "CANCEL": Request(_WHICH.format("cancel"), is_order=True),
    "CXL": Request(_WHICH.format("cxl"), is_order=True, is_guessed=False),
    "REPLACE": Request(
        "A replacement names the order and what is new: 'replace 7f3a @ 2.40', 'replace last mid gtc'.", is_order=True
    ),
    "MODIFY": Request(
        "A replacement names the order and what is new: 'modify 7f3a to 2.40', 'modify last mid gtc'.",
        is_order=True,
        is_guessed=False,
        is_chat=True,
    ),
    "CHANGE": Request(
        "A replacement names the order and what is new: 'change 7f3a to 2.40', 'change last mid gtc'.",
        is_order=True,
        is_guessed=False,
        is_chat=True,
    ),
    "STATUS": Request(_WHICH.format("status")),
    "APPROVE": Request(_WHICH.format("approve"), is_order=True),
    "REJECT": Request(_WHICH.format("reject"), is_order=True, has_remark=True, is_guessed=False),
    "HALT": Request("Write 'halt', and why if you like.", is_order=True, has_remark=True, is_guessed=False),
    "RESUME": Request("Write 'resume', and why.", is_order=True, has_remark=True, is_guessed=False),
    "PREVIEW": Request(
        "What is to be previewed? Write an order behind it: 'preview buy 10 SPY 450C Dec 18'.",
        is_guessed=False,
        is_chat=True,
    ),
    "QUOTE": Request("Of what? Write 'quote SPY' or 'quote SPY 450C Dec 18'.", is_guessed=False, is_chat=True),
    "EXPIRATIONS": Request("Of what? Write 'expirations SPY'.", is_guessed=False, is_chat=True),
    "EXPS": Request("Of what? Write 'exps SPY'.", is_guessed=False, is_chat=True),
    "CHAIN": Request("Of what? Write 'chain SPY' or 'chain SPY Dec 18'.", is_guessed=False, is_chat=True),
    "APPROVALS": Request(_ALONE.format("approvals"), is_guessed=False, is_chat=True),
    "ORDERS": Request(_ALONE.format("orders")),
    "POSITIONS": Request(_ALONE.format("positions")),
    "BALANCE": Request(_ALONE.format("balance")),
    "HELP": Request(_ALONE.format("help"), is_guessed=False),
}
QUESTIONS: Final = frozenset(
    {
        "PREVIEW",
        "QUOTE",
        "EXPIRATIONS",
        "EXPS",
        "CHAIN",
        "STATUS",
        "ORDERS",
        "APPROVALS",
        "POSITIONS",
        "BALANCE",
        "HELP",
    }
)
"""The requests that want to see something, and change nothing however they are read."""
FREE_TEXT: Final = frozenset(word for word, request in REQUESTS.items() if request.has_remark)
"""What begins a line with a reason in free text."""
NOUNS: Final[Mapping[str, frozenset[str]]] = {
    "quote": _words("BOOK BOOKS POST RATE TWEET"),
    "chain": _words("BREAK GANG LINK LINKS MAIL RULE SAW SAWS SMOKE STORE"),
    "expirations": _words("SUCK MATH"),
}
"""What such a word makes another word with: ``quote tweet``. A ticker of that name has a dollar sign there."""

REPORTS: Final = _words("BOT BOUGHT SOLD")
"""What a report of a fill begins with, in a chat as on a broker's ticket: it asks for nothing."""
REFERRING: Final = _words(
    """
    AGAIN SAME ONCE ONE REPEAT DO THE MAKE CHANGE SET TRY INSTEAD DOUBLE TWICE TRIPLE HALF HALVE 2X CLOSE EXIT GET SELL
    BUY COVER ROLL CANCEL CXL PULL
    """
)
"""One of these is among the first words of a line that refers to the order before it, or is its last word."""

COINS: Final = _words("BTC ETH DOGE XRP")
UNOFFERED_OPENERS: Final = _words("ROLL EXERCISE ASSIGN TRAIL TRAILING")
THINGS: Final = _words("CALL CALLS PUT PUTS SHARE SHARES CONTRACT CONTRACTS MARKET MKT LIMIT")
CONDITIONS: Final = _words("IF WHEN ONCE UNLESS WHENEVER")

NOT_OFFERED: Final[Mapping[str, frozenset[str]]] = {
    "Orders for the opening or closing auction are not offered.": _words("MOO MOC LOO LOC OPG"),
    "Orders that wait for a condition are not offered: use a stop.": CONDITIONS,
    "Trailing stops are not offered.": _words("TRAIL TRAILING TRAILS TSL"),
    "Brackets and linked orders are not offered: send each order by itself.": _words(
        "BRACKET OCO OTO OTOCO TARGET TARGETS TP SL PT PROFIT PROFITS LOSS"
    ),
    "Fill-or-kill and all-or-none are not offered: use ioc.": _words("FOK AON FILL-OR-KILL ALL-OR-NONE"),
    "This desk trades at tastytrade only.": _words(
        """
        ROBINHOOD IBKR SCHWAB FIDELITY ETRADE WEBULL TOS THINKORSWIM TASTYTRADE TASTYWORKS TDA TRADIER MOOMOO
        TRADESTATION
        """
    ),
    "Write how many contracts or shares.": _words(
        """
        HALF THIRD QUARTER EVERYTHING ALL REST REMAINING POSITION POSITIONS WORTH DOLLARS BUCKS PERCENT COUPLE FEW SOME
        """
    ),
    "Rolling is not offered: close one and open the other.": _words("ROLL ROLLING ROLLED"),
    "Crypto is not offered.": _words("BITCOIN ETHEREUM DOGECOIN CRYPTO SOLANA LITECOIN RIPPLE"),
    "Futures and forex are not offered.": _words("FUTURE FUTURES FOREX FX"),
    "Exercise and assignment are not offered here.": _words("EXERCISE ASSIGN"),
    "Pegged and scaled orders are not offered.": _words("VWAP TWAP ICEBERG PEGGED"),
    **{
        f"By its name {name} is not offered: write its legs one by one.": _words(words)
        for name, words in {
            "a covered call": "COVERED",
            "a diagonal": "DIAGONAL DIAGONALS",
            "a condor": "CONDOR CONDORS",
            "a collar": "COLLAR COLLARS",
            "a risk reversal": "REVERSAL REVERSALS COMBO",
            "a ratio spread": "RATIO RATIOS BACKSPREAD BACKSPREADS BACKRATIO",
            "a jade lizard": "JADE LIZARD LIZARDS",
            "a broken wing butterfly": "BROKEN BWB",
            "a guts": "GUTS",
            "a poor man's covered call": "PMCC",
            "a synthetic": "SYNTHETIC SYNTHETICS",
            "a reverse": "REVERSE",
        }.items()
    },
    "Strikes by delta are not offered: write the strike.": _words("DELTA DELTAS"),
    "A strike at, in or out of the money is not offered: write the strike.": _words("ATM OTM ITM MONEY"),
    "Only contracts of 100 shares are offered.": _words("MULTIPLIER"),
    "Write which expiration.": _words("QUARTERLY QUARTERLIES"),
}
"""The message of the refusal, and the words that it answers."""

REASONS: Final[Mapping[str, str]] = {word: reason for reason, words in NOT_OFFERED.items() for word in words}

ENGLISH: Final = _words(
    """
    NOW FAST QUICK SOON CHEAP I ME MY MINE WE US OUR YOU YOUR HE SHE HIS HER HIM THEY THEM THEIR ITS IT THE THIS
    THAT THESE THOSE THERE HERE WHAT WHO WHY HOW WHERE WHICH IS WAS ARE BE BEEN DO DOES DID DONE DONT NOT NO NEVER
    WONT CANT YES YEP YEAH NOPE CAN COULD WOULD SHOULD SHALL MAY MIGHT MUST WILL WANT WANTS NEED LETS LET GO GOING
    GET GETS GOT GIVE HAVE HAS HAD AND OR BUT SO THEN THAN TOO VERY JUST ONLY ALSO STILL AGAIN BACK ABOUT FROM WITH
    INTO TO BY AS UP DOWN OFF OVER UNDER ABOVE BELOW NEAR AFTER UNTIL TILL BEFORE NEXT LAST FIRST MORE LESS MOST
    MUCH MANY ANY EACH EVERY BOTH OTHER SAME NEW OLD BIG GOOD GREAT BAD BEST LOL LMAO GN HI HEY HELLO BOT GUYS
    BRO MAN DUDE OK OKAY SURE SAID SAYS SAY THINK SOLD BOUGHT HOLD HELD MAYBE DIP DIPS MOON PUMP DUMP LOOKS LOOK
    TODAY NOON EOD AH PREMARKET ORDER ORDERS PRICE LIMIT ASAP BID ASK MARK OPENING CLOSING SIDE
    LEG LEGS CENTS TICK TICKS TIMES PER WEEK WEEKS MONTH MONTHS YEAR YEARS DAYS NIGHT END HIGH SHARE LOT LOTS LEFT
    OUT DOZEN HUNDRED QTY
    """
)
