"""How steps and procedures act and look: ordinary clients over the wires that a real operator has.

Nothing here knows the simulated world; all of it would work against a real site.
"""
