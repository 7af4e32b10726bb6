"""What happens anyway: the consequences of events and of passing time."""
