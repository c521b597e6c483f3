"""
A chain and its feed, kept as figures; recorded, and replayed.

    chain + ticks ─▶ ChainWatch ─▶ updates(): Figures, a few times a second      exposure(): GammaExposure
                         └─▶ ChainRecorder ─▶ file ─▶ recorded(file): the same moments, Figures and exposures again

    chain_watch    a chain that is watched: `ChainWatch`
    chain_figures  what is known of a chain at a moment, and how far it can be trusted; no clock, no feed
    spot_moves     how far the spot moved          data_faults    why figures are not to be traded on
    recorder       a watch, written to a file      recording      such a file, read again
"""

from tastyflow_adapters.signals.watching.chain_figures import WatchChoices
from tastyflow_adapters.signals.watching.chain_watch import ChainWatch, WatchHealth
from tastyflow_adapters.signals.watching.recorder import ChainRecorder
from tastyflow_adapters.signals.watching.recording import RecordedMoment, Recording, RecordingHeader, recorded

__all__ = [
    "ChainRecorder",
    "ChainWatch",
    "RecordedMoment",
    "Recording",
    "RecordingHeader",
    "WatchChoices",
    "WatchHealth",
    "recorded",
]
