"""What procedures for two sites have in common: management by a recovery plan, hosts of one cluster, replicated volumes."""
