"""
What other processes append, told at once: LISTEN on a connection of its own, in a thread of its own.

    NOTIFY (a trigger, at the commit of whichever host) ─▶ each callback     no connection ─▶ again, in a while

It is a hint and nothing more: who follows the log asks it again all the same, now and then.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Final

import psycopg

from tastyflow_adapters.store.postgres_address import PostgresPlace, literal

WAIT_S: Final = 0.5
AGAIN_S: Final = 2.0


class Listening:
    """
    Calls *tell* for each append of another process to the log at *place*, until it is closed.

    Args:
        own: The server's process that appends for this one.
    """

    def __init__(self, place: PostgresPlace, tell: Callable[[], None], own: Callable[[], int]) -> None:
        self._place = place
        self._tell = tell
        self._own = own
        self._ended = Event()
        self._thread = Thread(target=self._run, name="tastyflow-log-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        was_away = False
        while not self._ended.is_set():
            with suppress(psycopg.Error), self._place.connect(read_only=True) as connection:
                connection.execute(literal(f'LISTEN "{self._place.schema}"'))
                if was_away:
                    self._tell()  # what came meanwhile
                while not self._ended.is_set():
                    for told in connection.notifies(timeout=WAIT_S, stop_after=1):
                        if told.pid != self._own():
                            self._tell()
            was_away = True
            self._ended.wait(AGAIN_S)
