"""From a message to a drafted order: understood, identified, completed, priced, within limits; or refused."""
