"""
The language on half a page: the answer to ``help``.

Short enough for one message of any chat, and in the order in which a beginner asks: to buy, to get out, what else there
is, what becomes of an order. Whole lines stand in backticks, and can be typed on any day; the rest of the language is
in docs/language.md.
"""

from typing import Final

HELP: Final = """\
Options: buy or sell, how many, symbol, strike, call or put, expiration
`buy 10 calls for SPY at strike 450 expiring next month`
`BTO 10 SPY 450C monthly @ 2.50`
Asked for something? Type only that: 12/18. Then: make it 5, again, close it
To get out: all that is held; or a number, half, 1/3, 1/4
`close SPY 450C monthly`
`STC half SPY 450C monthly stop 2.00`
`flatten SPY`, `close all`
Shares: always how many
`buy 100 MSFT @ 410`
`sell 50 shares of AAPL at mid`
Strategies: by name, or leg by leg
`sell 5 SPY 440/435 put spread next friday 1.05`
`sell 1 SPY 430/435/465/470 iron condor 45dte @ 1.20`
`sell 1 SPY 440/450/460 iron fly 45dte`
`buy 1 SPY 440/450/460 call fly 45dte`
`sell 2 TSLA 250 straddle 45dte`
`buy 1 SPY 430p/470c strangle 45dte`
`buy 1 SPY 450c calendar 30dte / 60dte`
`BTO 1 SPY 450C monthly, STO 1 SPY 460C monthly @ 3.10`
Days: 12/18, Dec 18, Dec, today, friday, next friday, eow, eom, monthly, 45dte
Prices: @ 2.50, mid, natural, market, stop 2.00 limit 1.90
Good for: day, gtc, good till Dec 4, ext, ioc
Orders: `orders`, `status last`, `cancel last`, `cancel all`
`replace #12 @ 2.40`, `positions`, `balance`, `help`
Look: `preview buy KO 70C 45dte`
`quote KO`, `chain KO`, `expirations KO`
Desk: `approvals`, `approve 7f3a`, `reject 7f3a too big`, `halt`, `resume`"""
