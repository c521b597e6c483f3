"""
What holds for every test: how many workers `make test` runs them on, that no example is held to a time, and the server
that the tests of a log on one share.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

settings.register_profile("tastyflow", deadline=None)  # a busy machine is slow, and no test asserts a time
settings.load_profile("tastyflow")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: about a third of the tests' time is waiting, not computing."""
    return max(2, (os.cpu_count() or 2) * 3 // 2)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """
    A server for all tests of this worker, started from the packages of the system. Without them such tests are skipped,
    except where `TESTS_NEED_POSTGRES` is set, as in `.ci/run`.
    """
    from tests.postgres_server import binaries, running

    if binaries() is None:
        told = "there is no PostgreSQL on this machine (Debian: apt-get install postgresql)"
        if os.environ.get("TESTS_NEED_POSTGRES"):
            pytest.fail(told)
        pytest.skip(told)
    with running() as server:
        yield server
