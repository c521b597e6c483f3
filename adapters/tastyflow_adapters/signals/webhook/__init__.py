"""
Alerts of others: ``POST /signals/NAME``, signed.

    server       takes alerts, for as long as it runs: `WebhookServer`
    connections  what one connection may take: bytes, time, and a place among the others
    judging      is it signed, is it of now, is it the first time: one answer for every stranger
    signing      what is signed, and how: `signed`, `signature`
    reading      headers and body, to the letter
    keys         the secrets of the rules, kept fresh beside the event loop: `RuleKeys`
    remembering  the same alert again is the same answer
    sources      how often each source may ask
    tally        what became of every alert, as numbers: `AlertTally`
"""
