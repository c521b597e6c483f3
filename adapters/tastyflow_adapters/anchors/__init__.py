"""
Anchors on this machine, and where they go. Importing this package imports nothing.

    ed25519        signing and verifying, by the library `cryptography`, which is imported when it is needed
    keys           the key of an installation: made, found, changed; its public half and those before it
    anchor_file    anchors in a file: those of this home, and a copy on another disk
    standard_out   for a collector of logs
    wiring         what the settings ask for, put together; at the end of a command; in the service
"""
