"""How the world is reached: each wire decodes, calls the gateway, and encodes."""
