"""How a sentence becomes a call: step definitions that act and look through probes only."""
