"""One busy log for all: it is made once, and tests work on copies of its rows."""

import asyncio
import shutil

import pytest

from tastyflow.application.audit import log_of
from tests.audit.busy import busy_house


@pytest.fixture(scope="session")
def house():
    """The busy house, its log in memory."""
    made = asyncio.run(busy_house())
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def rows(house):
    return tuple(log_of(house.ledger))


@pytest.fixture(scope="session")
def _master(tmp_path_factory):
    """The busy house's log in a file, checkpointed and closed."""
    path = tmp_path_factory.mktemp("busy") / "log.db"
    asyncio.run(busy_house(path)).ledger.close()
    return path


@pytest.fixture
def home(tmp_path, _master):
    """A home of the fake environment with the busy log in it."""
    (tmp_path / "fake").mkdir(mode=0o700)
    shutil.copy(_master, tmp_path / "fake" / "log.db")
    return tmp_path
