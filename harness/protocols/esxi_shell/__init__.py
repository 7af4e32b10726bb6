"""The shell of an ESXi host over SSH."""
