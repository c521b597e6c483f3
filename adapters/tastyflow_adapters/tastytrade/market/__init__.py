"""Market data over the border: chains, quotes, trading hours and symbols as the venue tells them."""
