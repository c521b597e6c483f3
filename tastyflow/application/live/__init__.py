"""Orders in production: promoted, followed, cancelled, reconciled."""
