"""Orders and accounts over the border: the JSON of the venue to and from the core's values."""
