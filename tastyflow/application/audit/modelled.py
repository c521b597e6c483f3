"""
The read models against a replay: each row that the log gives is in them, and nothing else is.

    events up to where the models are ─▶ rows ─▶ those that the models lack; then their number

What is wrong in them is no finding about the log: they are made anew from it (`application/ledger/rebuilding`).
"""

from functools import partial
from typing import Final

from attrs import frozen

from tastyflow.application.audit.log import Watch, end_of, steady, unwatched
from tastyflow.application.audit.replaying import Mismatch
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.read_models import MOST, ReadModels, rows_between

SUBJECT: Final = "read models"


@frozen
class Modelled:
    """
    What comparing came to.

    Attributes:
        until: The position up to which the read models are.
        rows: How many rows they are to have up to there.
    """

    until: int
    rows: int
    found: tuple[Mismatch, ...]


def compared_models(ledger: Ledger, *, watch: Watch = unwatched) -> Modelled:
    """
    Make the rows of the read models anew from the log, and compare.

    Raises:
        StoreFailure: The log cannot be read.
    """
    end, place = end_of(ledger), steady(ReadModels(ledger).place)
    if place > end:
        return Modelled(place, 0, (Mismatch(end, SUBJECT, f"They go on to row {place:,}, and the log does not."),))
    found: list[Mismatch] = []
    after = number = 0
    for page_from in watch(range(0, place, MOST), -(-place // MOST)):
        rows, after = steady(partial(rows_between, ledger.log, after=page_from, limit=min(MOST, place - page_from)))
        number += len(rows)
        lacked = steady(partial(ledger.log.models_lack, rows))
        found += (Mismatch(row.position, SUBJECT, f"They lack {row.model} {row.key[:40]!r}.") for row in lacked)
    if not found and (size := steady(partial(ledger.log.models_size, until=place))) != number:
        found.append(Mismatch(after, SUBJECT, f"They have {size:,} rows, and the log gives {number:,}."))
    return Modelled(place, number, tuple(found))
