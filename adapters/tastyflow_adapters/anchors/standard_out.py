"""Anchors on standard output, for a collector of logs that keeps what a service prints: a line each."""

import json
import sys
from collections.abc import Sequence

from tastyflow.domain.anchor import Anchor


class StandardOutput:
    """An `AnchorPlace`. Each line is a JSON object with the anchor under ``anchor``, as text, to the letter."""

    name = "standard output"

    async def publish(self, anchors: Sequence[Anchor]) -> None:
        """Print *anchors*, beside the event loop: a terminal that is held must not hold up trading."""
        import asyncio

        lines = "".join(json.dumps({"anchor": each.line}) + "\n" for each in anchors)
        await asyncio.to_thread(_print, lines)


def _print(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()
