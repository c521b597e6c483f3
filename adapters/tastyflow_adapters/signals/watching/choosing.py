"""From what was chosen in the settings, and for once, to how a chain is watched."""

from collections.abc import Iterable
from datetime import date

from tastyflow_adapters.config.gex_choices import GexChoices
from tastyflow_adapters.signals.gamma import Repricing, Scope, SignModel
from tastyflow_adapters.signals.watching.chain_figures import WatchChoices


def watch_choices(chosen: GexChoices, *, expirations: Iterable[date] = ()) -> WatchChoices:
    """
    How a chain is watched.

    Args:
        expirations: These days alone; without any, those within ``chosen.dte``.
    """
    days = frozenset(expirations)
    first, last = (0, None) if days or chosen.dte is None else chosen.dte
    standard = Repricing()
    return WatchChoices(
        scope=Scope(expirations=days, min_days=first, max_days=last),
        sign_model=SignModel(chosen.sign_model),
        repricing=Repricing(
            low_percent=-chosen.range_percent,
            high_percent=chosen.range_percent,
            step_percent=chosen.step_percent,
            near_step_percent=min(chosen.step_percent, standard.near_step_percent),
            rate=chosen.rate_percent / 100,
            dividend=chosen.dividend_percent / 100,
        ),
    )
