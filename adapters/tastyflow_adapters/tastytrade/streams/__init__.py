"""
The streams of a venue, kept up.

    account_stream   the updates of the account's orders     quote_stream   bid and ask of what is asked for
    chain_stream     whole chains: greeks, open interest, the spot
      chain_subscriptions     what is asked for, in chunks         pacing         how many changes a minute takes
      day_interest            open interest that is known of the day
      interest_file           the same in a file, for the next process
      sockets        the client library's streamers, with our own reading of messages
      supervision    a connection is opened again when it ends, fails or falls silent
      queues         what each follower has not read yet
"""
