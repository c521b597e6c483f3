"""The part of the service that watches the market, and hands signals to the desk."""
