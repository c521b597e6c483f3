"""The bot, its answers and its memory; and a double of Discord that the bot is run against."""
