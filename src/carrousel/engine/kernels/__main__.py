"""`python -m carrousel.engine.kernels` compiles the kernels for this machine: what `make kernels` runs."""

import sys

from carrousel.engine.kernels.building import build
from carrousel.errors import CarrouselError

try:
    print(f"compiled {build()}")  # noqa: T201 - the one line of this program
except CarrouselError as error:
    sys.exit(f"carrousel: {error}")
