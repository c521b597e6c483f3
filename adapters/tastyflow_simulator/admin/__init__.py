"""
What steers and watches a simulator: no part of tastytrade.

    api           faults, clock, ledger, requests, quotes by HTTP
    faults        what goes wrong, and when        fault_files    the same, read from TOML or JSON
    journal       every request, as it was answered
"""
