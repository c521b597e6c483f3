"""
Routes that only other people's programs ask for: tastyflow and its contract tests call none of them.

    account_reports  complex_orders  customers     of the account
    market_hours  metrics  reference               of the market
    futures  futures_options  futures_rows         lookups only; they cannot be traded here
    watchlists  quote_alerts                       what a customer keeps
    browsers                                       what a page of another origin needs to be let in
"""
