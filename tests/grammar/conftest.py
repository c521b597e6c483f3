"""The grammar's tables are built before the first test, so that no example pays for them."""

from datetime import UTC, datetime

import pytest

from tastyflow_grammar import parse


@pytest.fixture(scope="session", autouse=True)
def tables():
    parse("help", as_of=datetime(2026, 10, 14, tzinfo=UTC))
