"""
README.txt of an export: for a stranger who has nothing else.
"""

from datetime import datetime

from tastyflow.application.audit.exporting.picking import Picked

_TEXT = """\
An export of tastyflow: {what}
{line}
Made at {made_at} UTC from the log {log}. It shows {shown:,} events.

TO VERIFY IT     python verify.py                  in this folder, or: python verify.py export.zip
                 Python 3.9 or later, nothing installed, no network. It says what is proven and what is not.
                 Take verify.py from tastyflow itself where you can: one that lies here can be as false as its export.
                 python verify.py --seal SEAL --key KEY
                 with the seal and the public key that you were told by another way than this file.

TO READ IT       report.html       open it in a browser; it needs no network and runs nothing
                 orders.csv        one order a line

WHAT IS HERE
  events.jsonl   the events: position in the log, stream, version, topic, and the state as it is stored and sealed.
                 Where a person's name stands, the log has a token between two tildes.
  names.json     the names of those tokens, each with the salt that makes the token of it; null of a forgotten name.
  leaves.txt     SHA-256 of each event of positions {first:,} to {until:,}, also of those that are not shown.
  export.json    what this is: the log, the heads of its chain before and after, and SHA-256 of every file.
  seal.txt       SHA-256 of export.json.
  anchors.jsonl  heads of the log that were signed when they were its last one; keys.jsonl has the public keys.
  merkle.json    the Merkle tree (RFC 6962) over each day, and the path of each event that is shown.
  limits.json    what each trader may do, after event {last:,}.
  evidence/      what the checks of the rehearsals were seen in, by its SHA-256.
  accounts.json  the numbers of the accounts, where they were asked for; else they are masked.

WHAT ANSWERS WHICH QUESTION
  who asked, in which words              report.html "Typed"      tastyflow.order.drafted, .refused: asked
  what was understood and seen           "Understood", "Seen"     .drafted: ticket, words; .confirmed: digest
  why it was let through                 "Checked", "Tested"      .validated: risk; tastyflow.test_result.*
  who approved it                        "Approved"               .approved: approved_by, approver
  what was sent, byte for byte           "Sent"                   .submission_claimed: body
  what came back                         "Came back", "Filled"    .submission_adopted, .fill_recorded, ...
  was anything removed                   verify.py                leaves.txt, anchors.jsonl

HOW THE CHAIN IS MADE
  leaf = SHA-256(0x00 "tastyflow.event.1" 0x00, position as 8 bytes, stream as 16, version as 8, length of topic as 4,
         topic, length of the state as 4, state)           numbers with the highest byte first
  head = SHA-256(0x02, the head before, leaf)
  The head before the first event: SHA-256(0x03 "tastyflow.log.1" 0x00, the log's id, until as 4 bytes, at).
{scope}"""

_PART = """
WHAT IT CANNOT SHOW
  Events that are not shown are proven to be there, not what they say. That an order has no event after the last one
  that is shown here is seen in the export of a day.
"""


def readme_of(picked: Picked, made_at: datetime) -> str:
    """The text."""
    what = str(picked.scope)
    return _TEXT.format(
        what=what,
        line="=" * (len(what) + 24),
        made_at=f"{made_at:%Y-%m-%d %H:%M:%S}",
        log=picked.start.log.hex,
        shown=len(picked.rows),
        first=picked.after.position + 1,
        until=picked.until.position,
        last=picked.rows[-1].id,
        scope="" if picked.scope.kind == "day" else _PART,
    )
