"""The ledger: load, decide, append; the codec of events; reading what was recorded."""
