"""
One login at one venue.

    connection      where it may go, as whom; `pinning` holds an environment to the venues of its first use
    session         every request and every socket go through it
      requests      one request and its answer, as values          rate_limits   how often each kind may be sent
      tokens        the access token, renewed in advance            breaker       when to stop logging in
      failures      what a failure means, by certainty              failed_logins refused logins of earlier processes
      venue_queue   where requests wait for their turn              shared_rates  what other processes send and wait for
      queued_requests  one request in that queue, and its turn
      venue_text    the venue's words, made safe to show            account_check is the account there, and open?
"""
