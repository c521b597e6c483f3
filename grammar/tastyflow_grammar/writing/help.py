"""
The language on half a page: the answer to ``help``.

Short enough for one message of any chat. Whole lines stand in backticks, and can be typed on any day; the rest of the
language is in docs/language.md.
"""

from typing import Final

HELP: Final = """\
Options: action, quantity, symbol, strike, call or put, expiration, in any order
`buy 10 calls for SPY at strike 450 expiring next month`
`BTO 10 SPY 450C monthly @ 2.50 gtc`
`STC 4 SPY 450C monthly stop 2.00 limit 1.90`
`close 4 SPY 450C monthly at market`
The way out: without a number, all that is held; half, 1/3 or 1/4 of it
`close SPY 450C monthly` `STC half SPY 450C monthly` `flatten SPY` `close all`
Shares: never without their number
`buy 100 MSFT @ 410`
`sell 50 shares of AAPL at mid`
Strategies: by name, or leg by leg
`sell 5 SPY 440/435 put vertical next friday 1.05`
`sell 1 SPY 430/435/465/470 iron condor 45dte @ 1.20`
`sell 1 SPY 440/450/460 iron butterfly monthly 4.10`
`buy 1 SPY 440/450/460 call butterfly monthly 1.15`
`sell 2 TSLA 250 straddle next week at 18.40`
`buy 1 SPY 430p/470c strangle 45dte @ 3.10`
`buy 1 SPY 450c calendar 30dte / 60dte @ 2.10`
`BTO 1 SPY 450C monthly, STO 1 SPY 460C monthly @ 3.10 debit`
Expirations: 12/18, Dec 18, 18DEC26, Dec, Jan 2027, next month, monthly, eow,
eom, friday, next friday, today, tomorrow, 45dte, 2 weeks out
Prices: @ 2.50, mid, natural, market, 1.20 cr, stop 2.00
How long: day, gtc, good till Dec 4, ext, ioc
Your orders: by reference, the last one, or all
`status last` `cancel 7f3a` `cancel all` `replace #12 @ 2.40`
`approve 7f3a` `reject 7f3a too big` `halt fat finger` `resume all is well`
`orders` `approvals` `positions` `balance` `help`
Look first: `preview buy 1 KO 70C 45dte` `quote KO` `chain KO` `expirations KO`
Nothing is guessed. What is unclear, or not traded here, is answered so."""
