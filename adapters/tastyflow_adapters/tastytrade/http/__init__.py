"""One login at one venue: where it may go, how it logs in, how often it asks, and what an answer means."""
