"""The grammar's tables are built before the first test, so that no text is called slow for them."""

import pytest
from inputs import SEEN_AS_OF
from oracle import judge


@pytest.fixture(scope="session", autouse=True)
def tables():
    judge("help", SEEN_AS_OF)
