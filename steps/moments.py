"""What outcomes have in common: aspects that they look at, and the names under which an operator notes what ran."""

ANSWERS = ("answers", "connection")
"""What differs of something that is gone, or is there again."""
MOUNTS = ("mounted", "accessible")
PLACE = ("host", "runs in world", "port ", "Network adapter")
"""What differs of a VM that runs elsewhere; its network may be lost, which is an outcome of its own."""
MANAGEMENT = "the loss, of management"
