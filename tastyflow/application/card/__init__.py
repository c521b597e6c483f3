"""What a trader is shown before anything is sent: one model, for a terminal and for chat."""
