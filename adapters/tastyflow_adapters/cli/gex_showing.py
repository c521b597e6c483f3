"""
How gamma exposure is shown: once or again and again, to a person, a pipe or a program.

                  once           --watch
    a terminal    a page         a page that is drawn anew in its place; the last one stays
    a pipe        a page         a line each time
    --json        an object      an object a line each time
"""

from types import TracebackType
from typing import Any, Final, Protocol, Self

import click
from attrs import field, frozen
from rich.live import Live

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.cli.gex_page import WIDTH, gex_line, gex_page, watched_page
from tastyflow_adapters.cli.picture_file import PictureFile
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import json_line, shown
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.signals.drawing.sketch import sketch_of
from tastyflow_adapters.signals.drawing.words import share
from tastyflow_adapters.signals.gamma import GammaExposure

FRAME_S: Final = 0.25


class Showing(Protocol):
    """
    Where exposures are shown, one after the other, while it is entered.

    Attributes:
        frame_s: How long a person looks at one before the next, where a recording is played.
    """

    @property
    def frame_s(self) -> float: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def show(self, exposure: GammaExposure, figures: Figures) -> None:
        """
        Show *exposure*; *figures* say how far it can be trusted.

        Raises:
            StoreFailure: code ``picture_file``.
        """
        ...


def showing(
    choices: Choices, picture: PictureFile | None, *, watches: bool, wants_json: bool, place: str | None = None
) -> Showing:
    """
    How it is shown here.

    Args:
        place: What stands above it instead of the environment of *choices*: of a recording.
    """
    words = Place.of(choices).words if place is None else place
    if wants_json:
        return _AsJson(picture, words, environment_json(choices) | {"place": words})
    console = SafeConsole(piped_width=WIDTH)
    if not watches:
        return _AsPage(picture, words, console)
    return _InPlace(picture, words, console) if console.is_terminal else _AsLines(picture, words)


@frozen
class _Shown:
    """What each of them has: a picture that goes along, where one is wanted, and whose market it is."""

    picture: PictureFile | None
    place: str

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left open."""

    @property
    def frame_s(self) -> float:
        return 0.0

    def draw(self, exposure: GammaExposure) -> None:
        """Draw the picture anew."""
        if self.picture is not None:
            self.picture.write(sketch_of(exposure, self.place))

    def say_where(self) -> None:
        """Name the picture; a path is not broken over lines."""
        if self.picture is not None:
            click.echo(shown(f"Picture: {self.picture.path}"))


@frozen
class _AsJson(_Shown):
    environment: dict[str, Any]

    def show(self, exposure: GammaExposure, figures: Figures) -> None:
        self.draw(exposure)
        said = {
            "gex": exposure.as_json(),
            "faults": [fault.value for fault in figures.faults],
            "snapshot": figures.snapshot or None,
            "picture": str(self.picture.path) if self.picture else None,
            "error": None,
        }
        click.echo(json_line(self.environment | said))


@frozen
class _AsPage(_Shown):
    console: SafeConsole

    def show(self, exposure: GammaExposure, figures: Figures) -> None:
        self.draw(exposure)
        width = min(self.console.width, WIDTH)
        page = gex_page(exposure, figures.faults, self.place, width=width, encoding=self.console.encoding)
        self.console.show(page)
        self.say_where()


@frozen
class _AsLines(_Shown):
    def show(self, exposure: GammaExposure, figures: Figures) -> None:
        self.draw(exposure)
        click.echo(shown(gex_line(exposure, figures.faults)))


@frozen
class _InPlace(_Shown):
    """The page is drawn over the one before; what the terminal is not high enough for is left out."""

    console: SafeConsole
    live: Live = field(init=False)

    @property
    def frame_s(self) -> float:
        return FRAME_S

    @live.default
    def _live(self) -> Live:
        return Live(console=self.console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.live.stop()
        self.say_where()

    def show(self, exposure: GammaExposure, figures: Figures) -> None:
        self.draw(exposure)
        size = (self.console.width, self.console.height)
        page = watched_page(exposure, figures.faults, self.place, size=size, encoding=self.console.encoding)
        self.live.update(page, refresh=True)


class Listening:
    """Says on a terminal that it listens, and how far it has come, until there is something to show."""

    def __init__(self, symbol: str, console: SafeConsole) -> None:
        self._symbol = symbol
        self._status = console.status(say(f"listening to the chain of {symbol}")) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        if self._status is not None:
            self._status.stop()

    def heard(self, figures: Figures) -> None:
        """Say how much is known by now."""
        if self._status is not None:
            self._status.update(say(f"listening to the chain of {self._symbol}: {share(figures.coverage)} is covered"))
