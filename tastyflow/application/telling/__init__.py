"""What people are told of recorded events: one sentence and one audit heading per event."""
