"""Documented procedures as code: lists of steps with checks, over public wires alone, fit for a real site."""
