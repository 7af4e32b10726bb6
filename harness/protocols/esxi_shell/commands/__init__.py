"""The commands of the ESXi shell, one module per family."""
