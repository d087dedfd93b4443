"""What each command of LaTeX that may stand in a formula looks like."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_GREEK: Final = (
    "alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ "
    "sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ "
    "Omega Ω infty ∞ partial ∂ ell ℓ"
)
_NAMES, _SIGNS = _GREEK.split()[::2], _GREEK.split()[1::2]
LETTERS: Final = MappingProxyType({f"\\{name}": sign for name, sign in zip(_NAMES, _SIGNS, strict=True)})
FUNCTIONS: Final = MappingProxyType(
    {f"\\{name}": name for name in ("tanh", "exp", "log", "ln", "sin", "cos", "max", "min", "dim")}
)
OPERATORS: Final = MappingProxyType(
    {
        "\\odot": "⊙", "\\cdot": "·", "\\times": "×", "\\le": "≤", "\\ge": "≥", "\\ne": "≠", "\\bmod": "mod",
        "\\wedge": "∧", "\\vee": "∨", "\\oplus": "⊕", "\\top": "⊤", "\\ast": "∗", "\\dots": "…", "\\|": "‖",
        "\\approx": "≈", "\\sum": "∑", "\\prod": "∏", "\\to": "→", "-": "−", "*": "∗", "\\_": "_", "\\#": "#",
        "\\$": "$", "\\%": "%", "\\&": "&", "\\{": "{", "\\}": "}",
    }
)  # fmt: skip
SPACES: Final = MappingProxyType({"\\,": "0.17em", "\\;": "0.28em", "\\ ": "0.3em", "\\quad": "1em"})
STYLED: Final = MappingProxyType(
    {
        "\\mathcal": {"F": "ℱ"},
        "\\mathbf": {"0": "𝟎", "1": "𝟏"},
        "\\mathsf": {"t": "𝗍"},
    }
)
"""Alphabets with the signs of theirs that are used; any other letter stands as it is."""
BARS: Final = MappingProxyType({"|": "|", "\\|": "‖", "\\{": "{", "\\}": "}"})
"""Brackets that are written otherwise than they look."""
