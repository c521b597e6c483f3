"""
On which line each key of a TOML text stands: the standard library's reader does not say.

    lines_of(text)[("limits", "most_a_day")]        12
    lines_of(text)[("trigger", "all", 0, "above")]  8

The text was read as TOML before; what this walk does not make out is left out.
"""

import re
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]

_NAMED: Final = 8
"""How many of the tables around a key get its line: no rule has more."""

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|'
    r"'''(?:[^']|'(?!''))*'{3,5}|"
    r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""",
    re.DOTALL,
)
_BARE: Final = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of each key and of each element of a list, counted from 1."""
    walk = _Walk(text)
    try:
        walk.all()
    except (LookupError, RecursionError):
        return walk.lines
    return walk.lines


class _Walk:
    """*at* is the place in *text* that is read next."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[Path, int] = {}
        self._line, self._counted = 1, 0
        self._lists: dict[Path, int] = {}

    def all(self) -> None:
        table: Path = ()
        while self._skip(_SPACE) and self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._list_header()
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> Path:
        self.at += brackets
        line = self._line_here()
        table = self._in_lists(self._keys())
        self._skip(_BLANK)
        self.at += brackets
        self._note(table, line)
        return table

    def _note(self, path: Path, line: int) -> None:
        """*path* stands on *line*, and so do the tables around it that were not named before."""
        for end in (*range(1, min(len(path), _NAMED)), len(path)):
            self.lines.setdefault(path[:end], line)

    def _list_header(self) -> Path:
        line, start = self._line_here(), self.at
        self.at += 2
        name = self._keys()
        self.at = start
        above = self._in_lists(name[:-1]) + name[-1:]
        self._lists[above] = self._lists.get(above, 0) + 1
        self._note(above, line)
        return self._header(2)

    def _in_lists(self, name: Path) -> Path:
        path: Path = ()
        for key in name:
            path += (key,)
            if path in self._lists:
                path += (self._lists[path] - 1,)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line_here()
        path = table + self._keys()
        self._note(path, line)
        self._skip(_BLANK)
        if self.text[self.at] != "=":
            raise LookupError(self.at)
        self.at += 1
        self._value(path)

    def _keys(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise LookupError(self.at)
            keys.append(match[0].strip("\"'"))
            self.at = match.end()
            if not (dot := _DOT.match(self.text, self.at)):
                return tuple(keys)
            self.at = dot.end()

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        opening = self.text[self.at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _BARE)

    def _list(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip(_SPACE) and self.text[self.at] != "]":
            start = self.at
            self.lines[(*path, index)] = self._line_here()
            self._value((*path, index))
            if self.at == start:
                raise LookupError(start)
            self._skip(_SPACE)
            if self.text[self.at] == ",":
                self.at += 1
            index += 1
        self.at += 1

    def _table(self, path: Path) -> None:
        self.at += 1
        while self._skip(_SPACE) and self.text[self.at] != "}":
            self._pair(path)
            self._skip(_SPACE)
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return True

    def _line_here(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line
