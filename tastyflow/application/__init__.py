"""The application: the only writer of the log, and the desk that drives the ports."""
