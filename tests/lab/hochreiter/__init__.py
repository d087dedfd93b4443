"""The experiments of 1997."""
