"""How a network is trained: one frozen class for the command line, the TOML file and the stored run."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from carrousel.errors import SettingsError

OptimiserName = Literal["sgd", "adam", "adamw"]
ScheduleName = Literal["steps", "cosine", "linear", "constant"]
Average = Literal["batch", "tokens"]
Lengths = Literal["fixed", "random"]
Averaging = Literal["never", "triggered", "always"]
PrecisionName = Literal["float32", "mixed"]
TokenizerName = Literal["word", "char", "byte", "bpe"]


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """How a text is cut into tokens."""

    tokenizer: TokenizerName = "word"
    """What a token is."""
    vocabulary: int | None = None
    """The most tokens that the vocabulary may have; by default all words or characters, and 8,192 pairs of bpe."""
    min_count: int | None = None
    """Words and characters seen fewer times are unknown; for bpe, how often a pair must be seen to become a token."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained on a text."""

    epochs: int = 13
    """Times that the text is read."""
    batch: int = 20
    """Streams that are read side by side: the text is cut into so many equal pieces."""
    unroll: int = 20
    """Tokens of each stream in one update; the state is carried from one to the next, the gradient is not."""
    lengths: Lengths = "fixed"
    """Whether windows are all of `unroll` tokens, or of a `random` number about it, now and then about half of it
    (Merity et al. 2018); with `average` tokens the learning rate of each is scaled by its length."""
    seed: int = 1
    """Number that the start values and the dropout are drawn from."""
    optimiser: OptimiserName = "sgd"
    """How the gradient becomes a step."""
    learning_rate: float = 1.0
    """Size of a step."""
    schedule: ScheduleName = "steps"
    """How the learning rate falls: in steps once an epoch, along half a cosine to zero, along a line to zero, or not at
    all."""
    steady: int = 4
    """Epochs before the steps begin, counted as in the paper: 4 means that epoch 5 is the first with a smaller rate."""
    decay: float = 2.0
    """Number that each step divides the learning rate by."""
    warmup: int = 0
    """Updates over which the learning rate rises from zero."""
    clip: float = 5.0
    """Largest norm of the whole gradient; a longer one is scaled to it, and 0 never scales."""
    average: Average = "batch"
    """What the loss, a sum over tokens, is divided by before the gradient is taken, and with it what learning rate and
    clip mean: `batch` sums over time and averages over the streams (Zaremba et al.), `tokens` averages over both."""
    momentum: float = 0.0
    """Share of the last step that sgd adds to the gradient (Polyak 1964)."""
    beta1: float = 0.9
    """Decay of Adam's mean of the gradient."""
    beta2: float = 0.999
    """Decay of Adam's mean of the squared gradient."""
    epsilon: float = 1e-8
    """Number that Adam adds to the root of the squares."""
    weight_decay: float | None = None
    """Share of each weight that is added to the clipped gradient; AdamW, whose default is 0.01, takes it off beside
    Adam's step, times the learning rate. By default 0 for the others."""
    averaging: Averaging = "never"
    """Whether the model is the mean of the weights after each update: of all, `always`, or of those since validation
    has stopped to get better, `triggered` (Polyak & Juditsky 1992; NT-ASGD, Merity et al. 2018)."""
    patience: int = 5
    """What triggers averaging: a validation worse than the best of all but the last so many before it."""
    activation_penalty: float = 0.0
    """Weight of the mean square of what the softmax reads (AR, Merity et al. 2017), per token."""
    change_penalty: float = 0.0
    """Weight of the mean square of the change of the last layer's outputs from step to step (TAR), per token."""
    precision: PrecisionName = "float32"
    """`mixed` multiplies in bfloat16 and sums in float32."""
    held_out: float = 0.05
    """Share of the text, at its end, kept for validation where no text is given for it."""
    interval: int = 100
    """Updates between two lines of metrics.jsonl."""
    checkpoint: float = 60.0
    """Seconds between two checkpoints within an epoch; each epoch ends with one too."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "unroll", "interval", "patience"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} is at least 1, got {getattr(self, name)}")
        least_zero = ("seed", "steady", "warmup", "clip", "checkpoint", "activation_penalty", "change_penalty")
        for name in (*least_zero, *(() if self.weight_decay is None else ("weight_decay",))):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is a finite number from 0 on, got {getattr(self, name)}")
        for name in ("learning_rate", "decay", "epsilon"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is a finite number above 0, got {getattr(self, name)}")
        for name in ("beta1", "beta2", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(f"{name} is from 0 up to, not including, 1, got {getattr(self, name)}")
        if not 0 < self.held_out < 1:
            raise SettingsError(f"held_out is a share between 0 and 1, got {self.held_out}")
        choices = {
            "optimiser": OptimiserName,
            "schedule": ScheduleName,
            "average": Average,
            "precision": PrecisionName,
            "lengths": Lengths,
            "averaging": Averaging,
        }
        for name, kind in choices.items():
            if getattr(self, name) not in get_args(kind):
                raise SettingsError(f"{name} is one of {', '.join(get_args(kind))}, got {getattr(self, name)!r}")
