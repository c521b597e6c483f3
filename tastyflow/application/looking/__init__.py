"""What a trader looks at: quotes, expirations, chains, and positions with their value."""
