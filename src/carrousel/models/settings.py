"""What a language model is made of, apart from its weights and its vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from carrousel.engine import Start
from carrousel.errors import SettingsError
from carrousel.layers import MASKS, Masks
from carrousel.layers.dropout import check_rate


@dataclass(frozen=True, kw_only=True)
class LanguageModelSettings:
    """The settings of a recurrent language model; they lie in the model's folder."""

    cell: str = "lstm"
    """The recurrent cell: a name of the catalogue, or of a cell of your own that is given too. `carrousel train` takes
    several with commas between them, and compares them."""
    layers: int = 2
    """Recurrent layers on top of each other."""
    hidden: int = 200
    """Units of each layer."""
    embedding: int | None = None
    """Numbers in the vector of a word; by default as many as there are units."""
    tied: bool = False
    """Whether the vectors of words serve as the weights of the softmax too (Press & Wolf 2017)."""
    dropout: float = 0.0
    """Fraction left out in training before each layer and before the softmax (Zaremba et al. 2014)."""
    masks: Masks = "step"
    """Dropout masks: one a `step`, or one for all steps of a `sequence` (Gal & Ghahramani 2016)."""
    start: Literal["default", "uniform"] = "default"
    """Starting values: each layer's own, or all parameters uniform in ±scale, biases too (Zaremba et al. 2014)."""
    scale: float = 0.1
    """Half-width of the range of a `uniform` start."""
    recurrent: Literal["orthogonal", "glorot"] = "orthogonal"
    """How matrices that act on states start by default."""
    keep_bias: float | None = None
    """Starting bias of the gate that keeps the old state, an LSTM's forget gate; by default the cell's own."""
    chrono: float | None = None
    """The longest lag expected, in steps; sets the keeping gate's biases (Tallec & Ollivier 2018)."""
    bidirectional: bool = False
    """Refused: a layer that reads from the end sees the words that it is to predict."""

    def __post_init__(self) -> None:
        """See that each value can be.

        Raises:
            SettingsError: one cannot.
        """
        for name in ("layers", "hidden", "embedding"):
            _check_count(name, getattr(self, name), optional=name == "embedding")
        for name in ("tied", "bidirectional"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} is true or false, not {getattr(self, name)!r}")
        for name in ("dropout", "scale", "keep_bias", "chrono"):
            _check_number(name, getattr(self, name), optional=name in {"keep_bias", "chrono"})
        check_rate(self.dropout)
        _check_choice("masks", self.masks, MASKS)
        _check_choice("start", self.start, ("default", "uniform"))
        _check_choice("recurrent", self.recurrent, ("orthogonal", "glorot"))
        if not isinstance(self.cell, str):
            raise SettingsError(f"cell is the name of a cell, not {self.cell!r}; give cells of your own beside it")
        if self.bidirectional:
            raise SettingsError(
                "a language model cannot be bidirectional: reading from the end, it sees the words it is to predict, "
                "and its perplexity means nothing"
            )
        self.letters()

    def letters(self) -> Start:
        """How the letters of each layer start."""
        uniform = self.scale if self.start == "uniform" else None
        return Start(recurrent=self.recurrent, scale=uniform, keep_bias=self.keep_bias, chrono=self.chrono)


def _check_count(name: str, value: Any, *, optional: bool) -> None:
    if optional and value is None:
        return
    if type(value) is not int or value < 1:
        raise SettingsError(f"{name} is a whole number from 1, not {value!r}")


def _check_number(name: str, value: Any, *, optional: bool) -> None:
    if optional and value is None:
        return
    if type(value) not in (int, float):
        raise SettingsError(f"{name} is a number, not {value!r}")


def _check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is one of {', '.join(choices)}, not {value!r}")
