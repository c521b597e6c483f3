"""
The grammar's tables are read before the first test, so that no example pays for them.

    make campaign        10,000 examples of each property
"""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings

from tastyflow_grammar import parse

settings.register_profile("campaign", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="session", autouse=True)
def tables():
    parse("help", as_of=datetime(2026, 10, 14, tzinfo=UTC))
