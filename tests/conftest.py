"""What holds for every test: how many workers `make test` runs them on, and that no example is held to a time."""

import os

from hypothesis import settings

settings.register_profile("tastyflow", deadline=None)  # a busy machine is slow, and no test asserts a time
settings.load_profile("tastyflow")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: about a third of the tests' time is waiting, not computing."""
    return max(2, (os.cpu_count() or 2) * 3 // 2)
