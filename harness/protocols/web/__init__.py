"""Web servers for the simulated management APIs: ASGI applications over HTTPS on loopback."""
