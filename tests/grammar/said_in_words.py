"""
What a text says, by its figures and letters alone: the second opinion on what a suggestion may hold.

    "bto ten SPY four fifty calls @ 85c" ─▶ figures {10, 450, 4.5, 0.85 …}   symbols {SPY, BTO …}   sides {buy}

It knows no grammar, and takes in too much rather than too little: a suggestion is judged by what is *not* here.
"""

import re
from decimal import Decimal
from difflib import SequenceMatcher

_FIGURE = re.compile(r"\d[\d,]*\.?\d*|\.\d+")
_OCC = re.compile(r"\d{6}[CP](\d{8})\b")
_UNITS = """
    ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN SIXTEEN SEVENTEEN
    EIGHTEEN NINETEEN
"""
_TENS = """
    TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY
"""
_OTHERS = {"A": 1, "AN": 1, "BUCK": 1, "BUCKS": 1, "COUPLE": 2, "PAIR": 2, "DOZEN": 12, "HUNDRED": 100, "HALF": 2}
NUMBERS = {word: at for at, word in enumerate(_UNITS.split())}
NUMBERS |= {word: 10 * at for at, word in enumerate(_TENS.split(), 2)} | _OTHERS

_PARTS = {r"1/2|\bHALF\b": Decimal("0.5"), r"1/4|\bQUARTER\b": Decimal("0.25"), r"3/4": Decimal("0.75")}

_SIDES = {
    "buy": """
        BUY BOT BOUGHT BTO BTC LONG GET GRAB PURCHASE COVER ADD BULL BEAR DEBIT BUYING SHORT CLOSE IRON CONDOR CDS PDS +
    """,
    "sell": """
        SELL SOLD STO STC SHORT WRITE TRIM BULL BEAR CREDIT SELLING LONG CLOSE IRON CONDOR CCS PCS CSP IC IB -
    """,
    "close": "CLOSE EXIT COVER TRIM OUT FLATTEN STC BTC CLOSING",
}
"""The words that say a side, or that a strategy has legs on that side."""


def figures_said(text: str) -> set[Decimal]:
    """Every number that the text writes or spells, alone or as up to four words together; cents as dollars, too."""
    plain = text.upper()
    said = {Decimal(each.replace(",", "").rstrip(".") or "0") for each in _FIGURE.findall(plain)}
    said |= {Decimal(each.replace(",", ".")) for each in re.findall(r"\b\d+,\d{1,2}\b", plain)}  # 2,50
    said |= {Decimal(digits) / 1000 for digits in _OCC.findall(plain.replace(" ", ""))}
    said |= {figure * 1000 for figure in said}  # 1k, 1.000
    spelt = [Decimal(NUMBERS[word]) for word in re.findall(r"[A-Z]+", plain) if word in NUMBERS]
    together: set[Decimal] = set()
    for at, first in enumerate(spelt):
        values = {first}
        for number in spelt[at + 1 : at + 4]:
            values = {said for value in values for said in _together(value, number)}
            together |= values
    said |= set(spelt) | together
    for words, part in _PARTS.items():  # 3 1/2, three and a half
        if re.search(words, plain):
            said |= {figure + part for figure in said}
    return said | {figure / 100 for figure in said}


def _together(before: Decimal, number: Decimal) -> set[Decimal]:
    """What a number can be with the one before it: 4 and 50 are 450, 4.50, 54 and 200."""
    return {before * 100 + number, before + number / 100, before + number, before * number}


def symbols_said(text: str) -> set[str]:
    """Every run of letters that can be a symbol, also where figures are glued to it."""
    runs = re.findall(r"[A-Z]+(?:[./][A-Z])?", text.upper())
    return {run.replace("/", ".") for run in runs} | {run.partition(".")[0].partition("/")[0] for run in runs}


def sides_said(text: str) -> set[str]:
    """The sides that a word of the text says, or is a misspelling of."""
    words = set(re.findall(r"[A-Z]+|[+-](?=\d)", re.sub("[\u2212\u2013\u2014]", "-", text.upper())))
    return {
        side
        for side, own in _SIDES.items()
        if any(SequenceMatcher(None, word, each).ratio() >= 0.7 for each in own.split() for word in words)
    }
