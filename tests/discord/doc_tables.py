"""
The tables of docs/discord.md that are the program's own: ``python -m tests.discord.doc_tables`` writes them anew.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tastyflow_adapters.discord.commands import COMMANDS, Option
from tastyflow_adapters.discord.telling.kinds import KINDS

PAGE: Final = Path(__file__).parents[2] / "docs" / "discord.md"


def commands() -> Sequence[str]:
    """A row for each slash command, in the order of the help."""
    rows = [f"| `/{each.name}` | {_options(each.options)} | {each.description} |" for each in COMMANDS]
    return ["| command | options | what it does |", "| --- | --- | --- |", *rows]


def _options(options: Sequence[Option]) -> str:
    return " ".join(f"`{each.name}`" if each.is_required else f"[`{each.name}`]" for each in options)


def notices() -> Sequence[str]:
    """A row for each kind of news, with the level that is built in."""
    rows = [f"| `{kind}` | {row.about} | `{row.level}` | {row.why} |" for kind, row in KINDS.items()]
    return ["| kind | what happened | level | why |", "| --- | --- | --- | --- |", *rows]


TABLES: Final[Mapping[str, Callable[[], Sequence[str]]]] = {"commands": commands, "notices": notices}


def anew(page: str) -> str:
    """*page* with its tables as the program has them."""
    for name, table in TABLES.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        lines = "".join(f"{line}\n" for line in table())
        page, found = block.subn(lambda match, lines=lines: match[1] + lines + match[2], page)
        assert found == 1, name
    return page


if __name__ == "__main__":
    PAGE.write_text(anew(PAGE.read_text("utf-8")), "utf-8")
