"""What a vCenter shows of the world: property values computed from frozen state, without side effects."""
