"""
The audit: what happened, told from the log alone; read-only, and usable as a library.

    log_of(ledger) ─▶ rows ─┬─▶ story_of(order)     one order as a timeline; a signal without one: signal_story_of
                            ├─▶ replay              every aggregate, as of any position
                            │     └─▶ differences   from what the ledger serves: none; compared_models: nor in them
                            └─▶ verify              is the log whole, and was every promise kept?
    moment ─▶ facts_of, between                     all as it stood then; what is different between two moments
    orders ─▶ cases_of ─▶ judged                    what other limits would have done with them
    log ─▶ structure_of, promises_of ─▶ together    the same with its chain, by two processes where it is long
    sealed_rows(log) ─▶ check_chain                 is every event sealed to all before it?
    anchors ─▶ anchors_report                       does it go on from what was signed?
    LAYERS                                          what all of this proves, and what it leaves open

All of it is pure functions over rows: a list of rows that was tampered with is verified like the log itself. ::

    with closing(open_log(address, read_only=True)) as ledger:
        assert verify(log_of(ledger)).is_clean
"""

from tastyflow.application.audit.anchors import Anchored
from tastyflow.application.audit.layers import LAYERS, Layer, anchors_report, how_far
from tastyflow.application.audit.log import Entry, Row, Watch, about, end_of, entry_of, log_of, steady, unwatched
from tastyflow.application.audit.modelled import Modelled, compared_models
from tastyflow.application.audit.moments import Between, Change, Facts, between, facts_of, limit_in_words, position_at
from tastyflow.application.audit.replaying import (
    Compared,
    Mismatch,
    Replayed,
    compared,
    differences,
    kind_name,
    replay,
    served_by,
)
from tastyflow.application.audit.sealing import SEALING, ChainChecker, Sealed, Seam, check_chain, sealed_rows
from tastyflow.application.audit.story import Moment, SignalStory, Story, signal_story_of, story_of
from tastyflow.application.audit.verifying import (
    RULES,
    AuditFinding,
    Report,
    together,
    verify,
    verify_promises,
    verify_structure,
)
from tastyflow.application.audit.what_if import Case, Cases, Judged, Verdict, cases_of, judged
from tastyflow.application.audit.whole_log import LogEnd, promises_of, settled_end, structure_of
from tastyflow.application.audit.words import Wording, check_words

__all__ = [
    "LAYERS",
    "RULES",
    "SEALING",
    "Anchored",
    "AuditFinding",
    "Between",
    "Case",
    "Cases",
    "ChainChecker",
    "Change",
    "Compared",
    "Entry",
    "Facts",
    "Judged",
    "Layer",
    "LogEnd",
    "Mismatch",
    "Modelled",
    "Moment",
    "Replayed",
    "Report",
    "Row",
    "Sealed",
    "Seam",
    "SignalStory",
    "Story",
    "Verdict",
    "Watch",
    "Wording",
    "about",
    "anchors_report",
    "between",
    "cases_of",
    "check_chain",
    "check_words",
    "compared",
    "compared_models",
    "differences",
    "end_of",
    "entry_of",
    "facts_of",
    "how_far",
    "judged",
    "kind_name",
    "limit_in_words",
    "log_of",
    "position_at",
    "promises_of",
    "replay",
    "sealed_rows",
    "served_by",
    "settled_end",
    "signal_story_of",
    "steady",
    "story_of",
    "structure_of",
    "together",
    "unwatched",
    "verify",
    "verify_promises",
    "verify_structure",
]
