"""Normalised products: layer or RMS norm of what each matrix gives."""

from dataclasses import dataclass
from typing import Literal, get_args

from carrousel.engine import Step, norm, rms_norm
from carrousel.errors import SettingsError

Norm = Literal["layer", "rms"]


@dataclass(frozen=True)
class ProductNorm:
    """Each product of a matrix is normalised over its units and scaled by a learned gain a unit, which starts at 1.

    `layer` takes the mean off and divides by the standard deviation (Ba, Kiros & Hinton 2016), `rms` divides by the
    root of the mean square (Zhang & Sennrich 2019). A product of one unit stays.
    """

    kind: Norm = "layer"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Norm):
            raise SettingsError(f"a norm of products is one of {', '.join(get_args(Norm))}, not {self.kind!r}")

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Normalise every product."""
        normalised = {"layer": norm, "rms": rms_norm}[self.kind]
        for product in step.products():
            shape = step.shape(product.out)
            if shape[0] > 1:
                gain = step.letter(f"gain.{product.name}", shape, lambda _key, _letters: 1.0)
                step.replace(product.out, lambda v, gain: gain * normalised(v), gain)
