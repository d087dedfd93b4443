"""A loop over a whole sequence in one launch on a GPU; imported where such a kernel is run, and not before."""
