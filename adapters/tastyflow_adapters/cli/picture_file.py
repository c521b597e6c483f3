"""
A picture, written into a file of the user's choice: whole or not at all, and over nothing but an older picture.
"""

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from attrs import frozen

from tastyflow.errors import Invalid, Misconfigured, StoreFailure
from tastyflow_adapters.signals import drawing
from tastyflow_adapters.signals.drawing.sketch import Sketch

PNG: Final = b"\x89PNG\r\n\x1a\n"
"""What every PNG begins with."""

NO_PICTURES: Final = "Install it with the extra 'pictures': pip install 'tastyflow[pictures]'. The text needs nothing."


@frozen
class PictureFile:
    """Where pictures are written to: the same file each time."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "PictureFile":
        """
        A picture can be written to *path*.

        Raises:
            Misconfigured: code ``no_pictures``: the library that draws is not installed.
            Invalid: code ``not_a_picture``: another kind of file is there, or is meant.
            StoreFailure: code ``picture_file``: there is no such folder.
        """
        if not drawing.can_draw():
            raise Misconfigured(
                "Pictures are drawn by matplotlib, which is not here.", code="no_pictures", hint=NO_PICTURES
            )
        if path.suffix.lower() != ".png":
            raise Invalid(f"{path} is no name of a PNG.", code="not_a_picture", hint="Let it end in .png.")
        try:
            with path.open("rb") as file:
                if file.read(len(PNG)) not in (PNG, b""):
                    raise Invalid(
                        f"{path} is there already, and is no picture.", code="not_a_picture", hint="Name another file."
                    )
        except FileNotFoundError:
            if not path.absolute().parent.is_dir():
                raise _unwritable(path, "there is no such folder") from None
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        return cls(path)

    def write(self, sketch: Sketch) -> None:
        """
        Draw *sketch*, in the place of an older picture.

        Raises:
            StoreFailure: code ``picture_file``.
        """
        from tastyflow_adapters.signals.drawing.picture import picture  # half a second of imports

        drawn = picture(sketch)
        try:
            with NamedTemporaryFile(
                dir=self.path.absolute().parent, prefix=f".{self.path.name}.", delete=False
            ) as made:
                made.write(drawn)
            Path(made.name).replace(self.path)
        except OSError as error:
            with suppress(OSError, UnboundLocalError):
                Path(made.name).unlink()
            raise _unwritable(self.path, error.strerror or str(error)) from error


def _unwritable(path: Path, why: str) -> StoreFailure:
    return StoreFailure(f"{path} cannot be written: {why}.", code="picture_file", hint="Name another file.")
