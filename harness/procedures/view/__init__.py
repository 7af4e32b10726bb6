"""View over two sites: fail-over and fail-back of persistent linked-clone desktops as procedures (D5, D6)."""
