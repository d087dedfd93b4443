"""The command line: parses, makes one call, prints."""

from carrousel.cli.app import main

__all__ = ["main"]
