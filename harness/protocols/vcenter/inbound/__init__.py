"""What clients ask of a vCenter: each question becomes an operation on the world, and its outcome an answer."""
