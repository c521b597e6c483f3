"""
What the simulator says without being asked: orders and positions by the account streamer, quotes and Greeks by DXLink.

    GET / · GET /streamer ──▶ account.py ── notices.py       what the book tells, with the faults asked for
    GET /realtime ──────────▶ dxlink.py ─── protocol.py      set-up, authorisation, channels
                                         ├─ channels.py      what is wanted on one of them, and the limits
                                         ├─ feed.py          one channel's data, at its own pace
                                         ├─ events.py        dxFeed's events, as DXLink writes them; candles.py
                                         └─ spoiling.py      what faults make of an event
    both: line.py   one socket: its text in, its text out (outbox.py), and the faults that end or silence it
"""

from tastyflow_simulator.streams.account import add_account_streamer
from tastyflow_simulator.streams.dxlink import add_dxlink

__all__ = ["add_account_streamer", "add_dxlink"]
