"""Rule files: TOML in, a rule or one message for each wrong key out."""
