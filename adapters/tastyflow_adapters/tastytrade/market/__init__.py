"""
Market data over the border; all but the search and the batching are pure functions.

    nested chain ─▶ Chain               `chain_reading`      quotes of many callers ─▶ one request   `batching`
    quotes, hours ─▶ Quote, MarketSession   `quote_reading`  a mistyped symbol ─▶ listed ones        `symbol_search`
    events of a chain ─▶ ticks          `feed_reading`
"""
