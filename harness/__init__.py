"""The laboratory: a simulated vSphere world, the wires that reach it, and the report on what held."""
