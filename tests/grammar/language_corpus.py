"""The corpus: a text and its answer in the contract's JSON per line; `at_fault` is what the span must cover."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

_FILE = Path(__file__).with_name("corpus.jsonl")


@frozen
class Row:
    as_of: datetime
    text: str
    answer: dict[str, Any]
    at_fault: str | None = None

    @property
    def understood(self) -> bool:
        return self.answer["status"] == "ok"


def rows() -> list[Row]:
    """Every line of the corpus, in order."""
    said = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
    return [Row(datetime.fromisoformat(row.pop("as_of")), **row) for row in said]
