"""vCloud Director over two sites: fail-over and fail-back as procedures (D2, D3)."""
