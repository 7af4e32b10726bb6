"""What exists: one aggregate of frozen state, and the events that are its only writers."""
