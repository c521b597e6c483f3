"""
Attacks on real processes: ``python -m tests.attacks`` runs them all, with names only those.

    arena.py ── a simulator, a home, and processes of tastyflow that can be killed, stopped and turned back in time
       │            ▲
       │            └── nursery.py ── child.py ── taps.py: every boundary of a process has a name and a number
       ▼
    killing · holding · logs · disks · clocks · answers · elsewhere · services        what is done to them
       ▼
    judge.py ── what the venues hold against what the log says: never twice, never lost, never untested, never silent
"""
