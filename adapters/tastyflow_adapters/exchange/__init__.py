"""
The invented exchange that the fake and the simulator both quote: what is listed, and what it is worth.

    listings    some fifty underlyings with their names, roughly as they stood late in 2023
    alike       which of them a text may have meant
    chains      which expirations and strikes are listed on a day
    pricing     the day's spot, Black-Scholes with a smile, bid and ask on tick
    greeks      its derivatives
    interest    how many contracts are open
    chance      what is drawn by lot

Pure functions of the listing and the date: nothing follows the real market, nothing is random.
"""
