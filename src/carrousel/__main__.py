"""`python -m carrousel` is the command `carrousel`."""

from carrousel.cli import main

if __name__ == "__main__":
    main()
