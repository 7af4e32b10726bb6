"""What a run says: the record, its collection from pytest, and its writers."""
