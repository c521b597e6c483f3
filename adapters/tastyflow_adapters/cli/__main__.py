"""``python -m tastyflow_adapters.cli``: the same program as the console script."""

from tastyflow_adapters.cli.program import main

main()
