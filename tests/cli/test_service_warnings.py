"""What a service warns of is written beside its work: a terminal that is held holds up nothing."""

import logging
import threading

from tastyflow_adapters.service.warnings_aside import warned_aside


class Terminal(logging.Handler):
    """A terminal that is held until it is let go."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.goes_on, self.written = threading.Event(), []

    def emit(self, record):
        self.goes_on.wait(10)
        self.written.append(record.getMessage())


def warn(text):
    logging.lastResort.handle(logging.makeLogRecord({"msg": text, "levelno": logging.WARNING}))


def test_a_terminal_that_is_held_holds_up_no_warning(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(logging, "lastResort", terminal)
    with warned_aside():
        warning = threading.Thread(target=lambda: [warn("one"), warn("two")], daemon=True)
        warning.start()
        warning.join(5)
        assert not warning.is_alive()
        assert terminal.written == []
        terminal.goes_on.set()
    assert terminal.written == ["one", "two"]
    assert logging.lastResort is terminal


def test_where_no_warning_is_written_none_is(monkeypatch):
    monkeypatch.setattr(logging, "lastResort", None)
    with warned_aside():
        assert logging.lastResort is None
