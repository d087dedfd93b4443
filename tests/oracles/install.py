"""Install what the tests compare with, where it can be had: torch's CPU build, torchrecurrent, flax, KenLM, Spark.

A package that cannot be installed is named; its tests skip (with CI set, a skip of theirs is a failure).
"""

import shutil
import subprocess
import sys
from typing import NamedTuple


class Package(NamedTuple):
    """A package that tests compare with."""

    name: str
    needs: str | None = None
    """A program without which it is of no use."""


PACKAGES = (
    Package("torch==2.13.0"),
    Package("torchrecurrent==0.2.5"),
    Package("flax==0.12.8"),
    Package("kenlm==0.3.0", needs="c++"),
    Package("pyspark==4.3.0", needs="java"),
)


def main() -> None:
    """Try each package on its own, so that one that fails does not stop the others."""
    for package in PACKAGES:
        if package.needs and shutil.which(package.needs) is None:
            say(f"not installed, for want of {package.needs}: {package.name}; its tests will skip")
            continue
        command = [sys.executable, "-m", "pip", "install", "--quiet", package.name]
        if subprocess.run(command, check=False).returncode:
            say(f"not installed: {package.name}; its tests will skip")


def say(sentence: str) -> None:
    """On the standard error."""
    print(sentence, file=sys.stderr)  # noqa: T201 - this is a script


if __name__ == "__main__":
    main()
