"""
What is looked at and told to Discord when the bot is set up: over its REST interface alone, without being connected.

    visit         logged in for a few requests; Discord's refusals in our own words
    commands      the slash commands as Discord is told of them, where they differ, and telling them
    checks        token, intents, servers, channels and their permissions, commands: `tastyflow discord check`
    permissions   what the bot needs in a channel, and the number that invites it with that

The service never uses any of it: a bot that starts tells Discord nothing new.
"""
