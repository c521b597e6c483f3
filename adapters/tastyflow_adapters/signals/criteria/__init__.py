"""
Criteria of one's own: found by the entry point ``tastyflow.signals``, each in a process of its own.

    running     a criterion at work: looks in, alerts out: `RunningCriterion`
    faults      why it ended: `CriterionFailed`
    child       what runs in its process
    lines       what goes between the two: a line each, bounded

    service ─ look ─▶ ┌ process ─────────────┐ ─ alert ─▶ its rule
              (newest │ child ─▶ criterion   │   (bounded)
               wins)  └──────────────────────┘ ─ raises, hangs, floods, talks rubbish ─▶ CriterionFailed: its rule, off

Nothing is imported here: the process of a criterion loads no more than it needs.
"""
