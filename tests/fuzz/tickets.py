"""
A line off a phone or off a broker's ticket, as a keyboard would have typed it: before `reading` looks at words.

    SELL −1 IRON CONDOR SPX 100 (Weeklys) 18 DEC 26 6500/6525/6400/6375 CALL/PUT @3.20 LMT [TO OPEN]
    SELL -1 IRON CONDOR SPX               18 DEC 26 6500/6525/6400/6375 CALL PUT @3.20 LMT  TO OPEN
"""

import re

DASHES = "−–—"
_SYMBOL = r"\.?[A-Z]{1,5}[0-9]? *[0-9]{6}[CP][0-9]"
_MINUS = re.compile(rf"[{DASHES}](?=[$.]?\.?[0-9])|(?<!\S)[{DASHES}](?=\s|$|{_SYMBOL})", re.IGNORECASE)
_TIMES = re.compile(r"(?<=[0-9])×(?![^\W\d_])|×(?=[$.]?\.?[0-9])")
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_ONE_WORD = r"NEXT|THIS|WEEKL(?!YS\) +\d)|EO[WMY]|MONTHL|OPEX|TODAY|TOMORROW|(?:MON|TUES|WEDNES|THURS|FRI)DAY"
_BRACKETED_DAY = re.compile(
    rf"\( *((?:EXP\w*\.? +)?(?:\d+[/-][\d/-]*\d|\d+\.\d+\.\d+"
    rf"|(?=[^()]*(?:{_MONTHS}|{_ONE_WORD}))[\w',. ]+?)) *\)(?=[\s,]|$)"
)
_DOLLAR_BEHIND = re.compile(r"(?<![\w$.,/-])(\d[\d,]*(?:\.\d+)?|\.\d+)\$(?![\w.])")
_DAY = rf"\d\d? +(?:{_MONTHS}) +\d\d"
_TICKET = re.compile(rf"(?:(?:BUY|SELL) +)?[+-]\d.*? {_DAY}.* (?:CALL|PUT)")
_SHARES = re.compile(r"(?:(?:BUY|SELL) +)?[+-]\d[\d,]* +\S+ *@")


def signs(text: str) -> str:
    """The text with the dashes and the sign for times that stand beside figures."""
    return _TIMES.sub("x", _MINUS.sub("-", text))


def unquoted(body: str) -> str:
    """A body without the quotes around the whole of it."""
    pair = len(body) > 2 and body[0] == body[-1] and body[0] in "\"'" and body.count(body[0]) == 2
    return body[1:-1] if pair else body


def typed_anew(body: str) -> str:
    """A body without the marks of tickets and phones that carry nothing, and a ticket in words that can be counted."""
    body = _BRACKETED_DAY.sub(r" \1 ", body)
    body = _DOLLAR_BEHIND.sub(r"$\1", body)
    body = re.sub(r"\b(?=[A-Z]{1,5}[0-9]? +[0-9]{6}[CP][0-9])([A-Z]+[0-9]?) +", r"\1", body)  # EOM is no day there
    if not (_TICKET.match(body) or _SHARES.match(body)):
        return body
    body = re.sub(rf"(?<= )\$?(?=[A-Z./]+ +(?:100 +)?(?:\(WEEKLYS\) +)?{_DAY})", "$", body)  # today is a symbol there
    body = re.sub(rf"(?<= )100(?= +(?:\(WEEKLYS\) +)?{_DAY}(?: */ *{_DAY})? +[0-9])", " ", body)
    body = re.sub(rf"\(WEEKLYS\)(?= +{_DAY})", " ", body)
    body = re.sub(rf"({_DAY}) */ *(?={_DAY})", r"\1 / ", body)
    body = re.sub(r"\b(CALL|PUT)/(CALL|PUT)\b", r"\1 \2", body)
    body = re.sub(r"\[?(TO +(?:OPEN|CLOSE))(?:/\1)*\]?", r" \1 ", body)
    body = re.sub(r"@ *(\S+) +STP\b", r" STOP \1", body)
    if re.search(r" (\d[\d.]*)/[\d.]+/\1/", body):  # a condor with one body is a butterfly
        body = body.replace("CONDOR", "BUTTERFLY")
    return body
