"""Both directions of the seam with vcsim: questions come in, property changes go out."""
