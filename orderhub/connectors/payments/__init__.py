"""Who takes the money? Payment services, each a folder of the same shape as a channel."""
