"""Install what the tests compare with, where it can be had: torch's CPU build, torchrecurrent.

A package that cannot be installed is named; its tests skip (with CI set, a skip of theirs is a failure).
"""

import subprocess
import sys

PACKAGES = ("torch==2.13.0", "torchrecurrent==0.2.5")


def main() -> None:
    """Try each package on its own, so that one that fails does not stop the others."""
    for package in PACKAGES:
        command = [sys.executable, "-m", "pip", "install", "--quiet", package]
        if subprocess.run(command, check=False).returncode:
            print(f"not installed: {package}; its tests will skip", file=sys.stderr)  # noqa: T201 - this is a script


if __name__ == "__main__":
    main()
