"""What holds for every test: how many workers `make test` runs them on."""

import os


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: about a third of the tests' time is waiting, not computing."""
    return max(2, (os.cpu_count() or 2) * 3 // 2)
