"""Learning to Execute (Zaremba & Sutskever 2014): programs by four curricula, sums, and digits to be copied."""
