"""
``tastyflow parse``: what a chat line means. Needs no network, no account, no store and no settings, and starts fast.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from tastyflow.domain.expirations import NEW_YORK
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_text import TextCommand, decoded, json_line, readable, shown
from tastyflow_adapters.unechoed import unechoed
from tastyflow_grammar import answer, render
from tastyflow_grammar import parse as understand

SHOWN: Final = 80
"""Characters of a faulty part that are repeated."""


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A date and time in ISO form; New York's where no offset is named."""

    name = "ISO-DATETIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date and time; write it as 2026-11-20T10:30.", param, ctx)


@click.command(cls=TextCommand)
@click.option("--as-of", type=Moment(), help="Read it as if it were then (New York's time unless it has an offset).")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object instead of words.")
@click.option(
    "--corpus",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Instead of a TEXT: score the lines of FILE against what they must mean (may be repeated).",
)
@click.argument("text", metavar="TEXT|-", required=False)
def parse(text: str | None, as_of: datetime | None, corpus: tuple[Path, ...], wants_json: bool) -> int:
    """
    Say what a chat line means, or why it is no command.

    With "-" it reads standard input, a command a line, and prints a JSON object for each, in order.

    With --corpus it reads lines of JSON, {"id", "family", "text", "as_of", "expect"}, where "expect" has the keys of
    the expected answer that matter, and prints every line that is read otherwise now: what would be sent by mistake
    first, marked DANGEROUS; a summary last. With --json each is an object. Exit code 1 when anything changed.

    \b
    Examples:
      tastyflow parse "BTO 10 SPY 450C 12/18"
      tastyflow parse --as-of 2026-11-20 --json "sell 1 AAPL 190p next friday @ mid"
      tastyflow parse - < lines.txt
      tastyflow parse --corpus lines.jsonl
      tastyflow parse --json --corpus ours.jsonl --corpus theirs.jsonl
    """
    if corpus:
        if text is not None or as_of is not None:
            _refuse("--corpus takes neither a TEXT nor --as-of: each line of the file has its own.")
        return _score(corpus, wants_json)
    if text is None:
        _refuse("Missing argument 'TEXT|-'.")
    if text == "-":
        return _answer_lines(as_of)
    typed, moment = readable(text), as_of or datetime.now(UTC)
    answered = answer(typed, as_of=moment)
    click.echo(unechoed(json_line(answered)) if wants_json else "\n".join(_in_words(answered, typed, moment)))
    return ExitCode.of(succeeds=answered["status"] == "ok")


def _refuse(problem: str) -> NoReturn:
    raise click.UsageError(problem, click.get_current_context())


def _score(files: Sequence[Path], wants_json: bool) -> int:
    from tastyflow_adapters.cli.corpus import pages as corpus_pages  # only where it is asked for
    from tastyflow_adapters.cli.corpus.rows import rows_of
    from tastyflow_adapters.cli.corpus.score import score

    scored = score(row for file in files for row in rows_of(file))
    for line in map(json_line, corpus_pages.as_objects(scored)) if wants_json else corpus_pages.in_words(scored):
        click.echo(line)
    return ExitCode.of(succeeds=not scored.changes)


def _answer_lines(as_of: datetime | None) -> int:
    refused = 0
    for line in sys.stdin.buffer if sys.stdin else ():
        text = decoded(line).strip("\r\n")
        if text.strip():
            answered = answer(text, as_of=as_of or datetime.now(UTC))
            refused += answered["status"] != "ok"
            click.echo(unechoed(json_line(answered)))
    return ExitCode.of(succeeds=refused == 0)


def _in_words(answered: dict[str, Any], text: str, as_of: datetime) -> Iterator[str]:
    if answered["status"] == "ok":
        yield f"Understood: {render(understand(text, as_of=as_of), as_of=as_of)}"
        for leg in answered.get("legs", ()):
            yield f"  leg: {' '.join(str(value) for value in leg.values())}"
        for key, value in answered.items():
            if key not in ("status", "command", "legs") and value is not None:
                yield f"  {key.replace('_', ' ')}: {shown(str(value))}"
        return
    yield f"Not understood ({answered['code']}): {shown(unechoed(answered['message']))}"
    start, end = answered["span"]
    if end > start and text[start:end].strip():
        yield f"  here: {shown(unechoed(text[start:end])[:SHOWN])}"
    for suggestion in answered["suggestions"]:
        yield f"  did you mean: {shown(unechoed(suggestion))}"
