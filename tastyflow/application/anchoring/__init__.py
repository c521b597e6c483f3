"""
Anchoring: the head of the log, signed now and then, and handed to places that the log's owner cannot rewrite.

    making       when an anchor is due, and what it says; never of a log that does not go on from the last one
    anchorer     one home's anchors: make the next one, publish to each place what it has not yet; catches up

What an anchor is: `tastyflow.domain.anchor`. Holding a log against its anchors: `tastyflow.application.audit.anchors`.
"""
