"""What a language model's training is to be, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carrousel.engine import Cell
from carrousel.training.corpora import Texts
from carrousel.training.metrics import Figure
from carrousel.training.recipes import Recipe


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be trained, on what, and where."""

    recipe: Recipe
    """All settings."""
    texts: Callable[[], Texts]
    """Opens the texts; not called on resuming, since the folder holds their tokens."""
    folder: Path
    """The run: a model folder with `settings.toml`, `metrics.jsonl`, `checkpoints/` and `tokens/` beside the model."""
    named: Mapping[str, Any] = field(default_factory=dict)
    """Further settings that are stored and compared on resuming, such as the names of the texts."""
    budget: int | None = None
    """Numbers that the model may train, embedding and softmax included; decides the hidden size where it is given."""
    cells: Sequence[Cell | Callable[..., Any]] = ()
    """Cells that are not in the catalogue."""
    origin: Path | None = None
    """A model to go on with, in the place of drawn weights and a learned tokenizer."""

    @property
    def settings(self) -> dict[str, Any]:
        """All that is stored and compared."""
        budget = {} if self.budget is None else {"budget": self.budget}
        return {**self.named, **budget, **self.recipe.flat()}


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of it."""

    finished: bool
    """Whether all epochs were made; otherwise the run was asked to stop, and can be resumed."""
    update: int
    """Updates made."""
    best_epoch: int
    """The epoch whose model the folder holds; 0 where none has ended yet."""
    best: Mapping[str, Figure]
    """What the validation says of it: `loss`, `perplexity`; empty where no epoch has ended yet."""
    test: Mapping[str, Figure]
    """What the test text says of it; empty where there is none, or the run has not finished."""
