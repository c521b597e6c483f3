"""
From bytes to a text and a moment: what the fuzzer's mutations mean.

    byte      0            1  2     3       4 …
              how          day      hour    what
              0–1 text                      UTF-8; a broken byte becomes a lone surrogate
              2   soup                      every two bytes a token of the language
              3–6 mistyped                  a seed line, then (change, place, token) by fours
              255 repeated                  the text again and again, up to the limit and beyond

The first byte counts by sevens, but for its last value: what is read for long is not read often.

Coverage finds the way through letters; the tokens and the seeds take it to places that letters would not reach.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from tastyflow.domain.expirations import NEW_YORK

HERE = Path(__file__).parent
FIRST_DAY = datetime.fromisoformat("2001-01-02").replace(tzinfo=NEW_YORK)
DAYS = 34_300  # to the end of 2094
SEEN_AS_OF = datetime.fromisoformat("2026-10-14T11:00").replace(tzinfo=NEW_YORK)
TEXT, SOUP, MISTYPED, REPEATED = 0, 2, 3, 255
MOST, TOO_LONG = 45, 2_050  # tokens, characters

GLUE = "~"
TOKENS = f"""
{GLUE} {GLUE} {GLUE} buy sell BTO STO BTC STC to open close long short + - +2 -3 me please thanks lotto my the order
1 2 3 5 10 10x x10 ten a an twenty-five dozen 100 1,000 100,000 100,001 0 00 -1 1.5 .85 $.85 2.50 $2.50
450 $450 282.5 1000000 SPY $SPY spy BRK.B BRK/B SPX SPXW ETH /ES ON ALL C F IT DAY MAR MID DTE A
contracts shares of on for at @ strike price 450C c450 p430 call calls put puts c p
SPY261218C00450000 .SPY261218C450 SPY7 440/435 400/410 430/435/465/470 440/450/460 430p/470c
exp expiring in Dec December 18 18th 12/18 12/18/26 1/15 2026-12-18 18DEC26 Dec18 Mar27 Jan '27 2027 26 Feb 29 2/29
next this month week monthly weekly eow eom today tomorrow 0dte 1dte 45dte 30 days out weeks friday monday end
limit lmt market mid nat natural stop debit credit db cr day gtc gtd good till til cancelled until
ext ioc immediate or cancel FOK MOO trailing iron condor butterfly fly straddle strangle vertical spread calendar
diagonal covered bull bear roll half all last 1/2 1/3 1/4 25% everything exit get my flatten everyone
/ , and & ; . ? ! : # ' " ** ` | % ( <@12> @here :rocket: 🚀 ❤️
replace status approve reject halt resume orders positions balance help 7f3a #12 should I don't if is can not
hey he said bought \u200b \u202e \u0410 \uff15 \u2460 \ufe0f \x00 \u00a0 “ ’ … −
preview quote chain exps approvals reducing
lots cars ct cons qty x 1k more couple few hundred thousand third quarter grab purchase write cover add trim short
modify change pos open working buying power show what's 1.000 CARS GRAB
PCS CCS CDS PDS IC IB CSP cs ps cash secured CALL/PUT 450-460 430-435-465-470 450 460 1x2 delta ATM +1 -2 roll
""".split(" ")
TOKENS = [token for row in TOKENS for token in row.split("\n") if token]


def moment(data: bytes) -> datetime:
    """A moment of the years that the language knows, on New York's clock or on Greenwich's."""
    days, hours = int.from_bytes(data[:2]) % DAYS, data[2] if len(data) > 2 else 0
    at = FIRST_DAY + timedelta(days, hours=hours % 24)
    return at if hours < 128 else at.replace(tzinfo=UTC)


def decode(data: bytes) -> tuple[str, datetime]:
    """The text and the as-of of an input."""
    first, as_of, rest = (data[0] if data else TEXT), moment(data[1:4]), data[4:]
    how = first if first == REPEATED else first % 7
    if how < SOUP:
        return rest.decode("utf-8", "surrogateescape"), as_of
    if how < MISTYPED:
        return soup(rest), as_of
    if how != REPEATED:
        return mistyped(rest), as_of
    unit = rest[1:].decode("utf-8", "surrogateescape") or " "
    begun = "" if rest[:1] < b"\x80" else "buy 3 KO 70c 11/20 "
    return (begun + unit * (TOO_LONG // len(unit) + 1))[: TOO_LONG - (rest[0] & 127 if rest else 0)], as_of


def encode(text: str, as_of: datetime = SEEN_AS_OF) -> bytes:
    """The input that `decode` makes a text of: for the seeds. Of the moment, the day and the hour are kept."""
    at = as_of.astimezone(NEW_YORK)
    days = (at.date() - FIRST_DAY.date()).days % DAYS
    return bytes((TEXT, *days.to_bytes(2), at.hour)) + text.encode("utf-8", "surrogateescape")


def mutable_seeds() -> Iterator[bytes]:
    """Each line of seeds.txt as an input that mutations mistype: without a change, and with one."""
    header = encode("")[1:]
    yield from (bytes((MISTYPED, *header, *at.to_bytes(2))) for at in range(len(seeds())))
    yield from (bytes((MISTYPED, *header, *at.to_bytes(2), 0, 0, 0, 0)) for at in range(len(seeds())))


def soup(data: bytes) -> str:
    """Tokens with blanks between them, or none at a glue."""
    words = " ".join(_token(data[at : at + 2]) for at in range(0, min(len(data), 2 * MOST), 2))
    return words.replace(f" {GLUE} ", "").replace(f"{GLUE} ", "").replace(GLUE, "")


def _token(two: bytes) -> str:
    """Of two bytes: there are more tokens than one can tell."""
    return TOKENS[int.from_bytes(two) % len(TOKENS)]


def mistyped(data: bytes) -> str:
    """A seed with words replaced, inserted, left out, said twice, moved, cut or joined."""
    lines = seeds()
    words = lines[int.from_bytes(data[:2]) % len(lines)].split(" ")
    changes = data[2 : 2 + MOST]
    for change, place, high, low in zip(*(changes[at::4] for at in range(4))):  # noqa: B905 - a rest means nothing
        at, token, what = place % len(words), _token(bytes((high, low))).replace(GLUE, ""), low
        word = words[at]
        words[at : at + 1] = [
            [token],
            [token, word],
            [],
            [word, word],
            [words[what % len(words)]],
            [word[: what % (len(word) + 1)], word[what % (len(word) + 1) :]],
            [word[: what % (len(word) + 1)] + token + word[what % (len(word) + 1) :]],
            [word + words.pop(at + 1)] if at + 1 < len(words) else [word],
        ][change % 8] or ([] if len(words) > 1 else [""])
    return " ".join(words)


@cache
def seeds() -> list[str]:
    """The lines of seeds.txt."""
    lines = (HERE / "seeds.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def corpus() -> Iterator[tuple[str, datetime]]:
    """Every seed, and every text of the grammar's corpus with the moment it is read at."""
    yield from ((line, SEEN_AS_OF) for line in seeds())
    for file in sorted((HERE.parent / "grammar").rglob("corpus/*.jsonl")):
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            at = datetime.fromisoformat(row["as_of"])
            yield row["text"], at if at.tzinfo else at.replace(tzinfo=NEW_YORK)
