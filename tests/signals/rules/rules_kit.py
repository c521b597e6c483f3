"""A rule file to begin with, and its parts to change."""

from datetime import datetime
from pathlib import Path

from tastyflow.domain.expirations import NEW_YORK
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import read_rule

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "rules"
NOW = datetime(2026, 11, 30, 10, 0, tzinfo=NEW_YORK)

RULE = """\
name = "flip"
version = 1
about = "What it is for."
symbol = "SPX"
trader = "ann"

[scope]
dte = "0-45"
sign_model = "naive"

[trigger]
all = [
  { figure = "spot", crosses = "flip", direction = "down", for_min = 1, counts_min = 5 },
  { time = "10:00..15:30" },
]

[limits]
cool_down_min = 60
most_a_day = 1

[action]
line = "sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural"
"""

ALERT = """\
name = "chart"
version = 1
symbol = "SPY"
trader = "ann"
source = "webhook"
brings = ["level", "contracts"]

[action]
line = "buy {contracts at most 2} {symbol} {level} call {expiration 0..7 dte} @ mid"
"""


def read(text, *, now=NOW, language=None, file="flip.toml"):
    """The rule in *text*, and the sentences of what is wrong."""
    rule, complaints = read_rule(text, file=file, language=language or Grammar(), now=now)
    return rule, [each.sentence for each in complaints]


def rule_of(text=RULE, **changed):
    """The rule in *text*, which has nothing wrong."""
    rule, wrong = read(text, **changed)
    assert wrong == []
    return rule


def with_line(line, *, text=RULE):
    """*text* with another action."""
    kept = text.partition("[action]")[0]
    return f"{kept}[action]\nline = '{line}'\n"


def with_trigger(condition, *, text=RULE, more=""):
    """*text* with one condition as its trigger."""
    before, _, after = text.partition("[trigger]")
    return f"{before}[trigger]\nall = [\n  {condition},\n]\n{more}\n[limits]{after.partition('[limits]')[2]}"
