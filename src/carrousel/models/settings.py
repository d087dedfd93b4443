"""What a language model is made of, apart from its weights and its vocabulary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from carrousel.engine import Start, Wrapper
from carrousel.errors import SettingsError
from carrousel.layers import (
    MASKS,
    CellClip,
    Masks,
    Norm,
    ProductNorm,
    RecurrentDropout,
    RecurrentGradientClip,
    VariationalDropout,
    WeightDrop,
    Zoneout,
)
from carrousel.layers.dropout import check_rate

ModelName = Literal["recurrent", "window"]
HeadName = Literal["softmax", "mixture", "adaptive"]

OWN: Final[Mapping[ModelName, tuple[str, ...]]] = {
    "recurrent": (
        "cell",
        "layers",
        "last",
        "layer_dropout",
        "weight_drop",
        "state_dropout",
        "recurrent_dropout",
        "zoneout",
        "zoneout_memory",
        "cell_clip",
        "state_gradient_clip",
        "product_norm",
        "recurrent",
        "keep_bias",
        "chrono",
        "bidirectional",
    ),
    "window": ("window", "direct"),
}
"""Settings that one kind of model alone has."""
OF_HEADS: Final[Mapping[HeadName, tuple[str, ...]]] = {
    "mixture": ("experts", "expert_dropout"),
    "adaptive": ("cutoffs",),
}
"""Settings that one head alone has."""

RATES: Final = (
    *("dropout", "input_dropout", "layer_dropout", "output_dropout", "embedding_dropout"),
    *("weight_drop", "state_dropout", "recurrent_dropout", "zoneout", "zoneout_memory", "expert_dropout"),
)


@dataclass(frozen=True, kw_only=True)
class LanguageModelSettings:
    """The settings of a language model; they lie in the model's folder."""

    model: ModelName = "recurrent"
    """What reads the words: `recurrent` layers, or one hidden layer over a `window` of the last few words."""
    window: int = 5
    """Words that a window model reads, the newest among them: 5 make a 6-gram model (Bengio et al. 2003)."""
    direct: bool = False
    """Whether the softmax of a window model reads the words' vectors too, beside the hidden layer (Bengio et al.)."""
    cell: str = "lstm"
    """The recurrent cell: a name of the catalogue, or of a cell of your own that is given too. `carrousel train` takes
    several with commas between them, and compares them."""
    layers: int = 2
    """Recurrent layers on top of each other."""
    hidden: int = 200
    """Units of each layer, or of a window model's one."""
    last: int | None = None
    """Units of the last layer; by default as many as the others have."""
    embedding: int | None = None
    """Numbers in the vector of a word; by default as many as there are units."""
    tied: bool = False
    """Whether the vectors of words serve as the weights of the softmax too (Press & Wolf 2017)."""
    head: HeadName = "softmax"
    """What gives the next word's probabilities: one `softmax`, a `mixture` of several (Yang et al. 2018), or an
    `adaptive` one, which is fast for large vocabularies (Grave et al. 2017)."""
    experts: int = 10
    """Softmaxes of a mixture."""
    expert_dropout: float = 0.0
    """Fraction left out in training of what each softmax of a mixture reads."""
    cutoffs: tuple[int, ...] | None = None
    """Places in the vocabulary where the clusters of an adaptive softmax begin, one a flag; by default a fifth and a
    half of it."""
    dropout: float = 0.0
    """Fraction left out in training before each layer and before the softmax (Zaremba et al. 2014)."""
    input_dropout: float | None = None
    """The same of what the first layer reads, in the place of `dropout`."""
    layer_dropout: float | None = None
    """The same between layers, in the place of `dropout`."""
    output_dropout: float | None = None
    """The same of what the softmax reads, in the place of `dropout`."""
    embedding_dropout: float = 0.0
    """Fraction of the vocabulary whose vectors are left out, wherever the words stand (Gal & Ghahramani 2016)."""
    weight_drop: float = 0.0
    """Fraction of the entries of matrices between states that is left out in training (Merity et al. 2018)."""
    state_dropout: float = 0.0
    """Fraction of the units of states that is left out in training before matrices act on them, one mask for all steps
    of a sequence (Gal & Ghahramani 2016)."""
    recurrent_dropout: float = 0.0
    """Fraction left out in training of what is added to a kept state, never of what it keeps (Semeniuta et al. 2016);
    `masks` says whether a mask is of a step or of a sequence."""
    zoneout: float = 0.0
    """Chance in training that a unit keeps its value for a step (Krueger et al. 2017)."""
    zoneout_memory: float | None = None
    """The same for all states but the first, an LSTM's cells, in the place of `zoneout`."""
    cell_clip: float | None = None
    """Largest size of a unit of any state, held to it at every step (Sak et al. 2014); by default none."""
    state_gradient_clip: float | None = None
    """Largest size of the gradient of a unit that one step hands to the one before; by default none."""
    product_norm: Norm | None = None
    """Norm of what every matrix of the cell gives: `layer` (Ba et al. 2016) or `rms`; by default none."""
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
        _check_choice("model", self.model, get_args(ModelName))
        _check_choice("head", self.head, get_args(HeadName))
        for cutoff in self.cutoffs or ():
            _check_count("each of cutoffs", cutoff, optional=False)
        for name in ("window", "experts", "layers", "hidden", "last", "embedding"):
            _check_count(name, getattr(self, name), optional=name in {"last", "embedding"})
        for name in ("direct", "tied", "bidirectional"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} is true or false, not {getattr(self, name)!r}")
        for name in ("scale", "keep_bias", "chrono", "cell_clip", "state_gradient_clip"):
            _check_number(name, getattr(self, name), optional=name != "scale")
        for name in RATES:
            _check_number(
                name,
                getattr(self, name),
                optional=name in {"input_dropout", "layer_dropout", "output_dropout", "zoneout_memory"},
            )
            check_rate(getattr(self, name) or 0.0, name=name)
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
        self._check_kind("model", self.model, OWN)
        self._check_kind("head", self.head, OF_HEADS)
        if self.tied and self.head == "adaptive":
            raise SettingsError(
                "an adaptive softmax has vectors of several sizes, so it cannot be tied; leave tied away"
            )
        self.letters()
        self.wrappers()

    def letters(self) -> Start:
        """How the letters of each layer start."""
        return Start(recurrent=self.recurrent, scale=self.uniform, keep_bias=self.keep_bias, chrono=self.chrono)

    def wrappers(self) -> tuple[Wrapper, ...]:
        """What changes the step of each layer's cell, the innermost first."""
        zoned = self.zoneout or self.zoneout_memory
        chosen = (
            WeightDrop(self.weight_drop) if self.weight_drop else None,
            VariationalDropout(state=self.state_dropout) if self.state_dropout else None,
            ProductNorm(self.product_norm) if self.product_norm is not None else None,
            RecurrentDropout(self.recurrent_dropout, self.masks) if self.recurrent_dropout else None,
            CellClip(self.cell_clip) if self.cell_clip is not None else None,
            RecurrentGradientClip(self.state_gradient_clip) if self.state_gradient_clip is not None else None,
            Zoneout(self.zoneout, self.zoneout_memory) if zoned else None,
        )
        return tuple(wrapper for wrapper in chosen if wrapper is not None)

    @property
    def uniform(self) -> float | None:
        """Half-width of the range that all parameters start in; None where each has its own."""
        return self.scale if self.start == "uniform" else None

    def rate(self, place: Literal["input", "layer", "output"]) -> float:
        """The dropout rate at a place."""
        own: float | None = getattr(self, f"{place}_dropout")
        return self.dropout if own is None else own

    def in_words(self) -> str:
        """What the network is, in a few words."""
        heads = {"softmax": "", "mixture": f", a mixture of {self.experts} softmaxes", "adaptive": ", adaptive softmax"}
        if self.model == "window":
            return f"a window of {self.window} words, {self.hidden} units{heads[self.head]}"
        last = "" if self.last is None else f", the last of {self.last}"
        return f"{self.layers} x {self.cell} of {self.hidden} units{last}{heads[self.head]}"

    def _check_kind(self, chosen: str, kind: str, own: Mapping[Any, tuple[str, ...]]) -> None:
        """See that nothing is set that only other kinds have."""
        defaults = {field.name: field.default for field in fields(self)}
        for other, names in own.items():
            for name in names:
                if other != kind and getattr(self, name) != defaults[name]:
                    raise SettingsError(
                        f"{name} is a setting where {chosen} is {other}, and here {chosen} is {kind}; leave it away or "
                        f"set {chosen} to {other}"
                    )


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
