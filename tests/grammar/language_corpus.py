"""
The corpus: what each text must mean, in one format for all files of the folder.

`tastyflow parse --corpus` scores the same files with the same comparison.
"""

from pathlib import Path

from tastyflow_adapters.cli.corpus.rows import Row, rows_of

FILES = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))


def rows() -> list[Row]:
    """Every line of every file, in order."""
    return [row for file in FILES for row in rows_of(file)]


def titled(row: Row) -> str:
    """What pytest calls a line: where to find it, and the text."""
    return f"{Path(row.file).stem} {row.id}: {row.text[:70]}"
