"""A neural language model: vectors of words, what reads them in their order, a softmax over the next word."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int, Key

from carrousel.cells import find_cell
from carrousel.engine import Cell, Storage
from carrousel.errors import ModelError, SettingsError
from carrousel.layers import MEMORY, Embedding, MixtureHead, Recurrent, Window, dropped
from carrousel.models.parts import Head, Reader, build_head, build_reader
from carrousel.models.settings import LanguageModelSettings
from carrousel.models.stepping import step_by_step

States = tuple[Any, ...]

FEW: Final = 512
"""Words for all of which what the first layer makes of one alone is made at once, before any is drawn."""


class Read(NamedTuple):
    """What reading some words gives."""

    raw: Float[Array, "time batch outputs"]
    """The outputs of the last layer."""
    ys: Float[Array, "time batch outputs"]
    """What the softmax reads: the same after dropout."""
    state: States
    """The state after the last word."""


class LanguageModel(eqx.Module):
    """A language model over a vocabulary of numbered words: recurrent, or with a window of fixed size.

    Tokens are whole numbers below `vocabulary`; this is not checked inside compiled code. A state of None is the state
    before the first word.
    """

    embedding: Embedding
    stack: Reader
    head: Head
    settings: LanguageModelSettings = eqx.field(static=True)
    vocabulary: int = eqx.field(static=True)

    def __init__(
        self,
        vocabulary: int,
        *,
        key: Key[Array, ""],
        cell: str | Cell | Callable[..., Any] = "lstm",
        dtype: Any = jnp.float32,
        **settings: Any,
    ) -> None:
        """Draw a language model.

        Args:
            vocabulary: the number of words.
            key: a random key.
            cell: a name of the catalogue, a Cell, or a function in the language of cells.
            dtype: float32 or float64.
            settings: the other fields of `LanguageModelSettings`.

        Raises:
            SettingsError: a setting that cannot be.
            CellError: there is no such cell.
        """
        if vocabulary < 2:
            raise SettingsError(f"a vocabulary has at least two words, so that there is a choice; got {vocabulary}")
        found = find_cell(cell)
        self.settings = made = LanguageModelSettings(cell=found.name, **settings)
        self.vocabulary = vocabulary
        of_embedding, of_stack, of_head = jax.random.split(key, 3)
        size = self.settings.embedding or self.settings.hidden
        self.stack = build_reader(found, made, size, key=of_stack, dtype=dtype)
        drawn = {} if made.uniform is None else {"scale": made.uniform}
        self.embedding = Embedding(vocabulary=vocabulary, size=size, key=of_embedding, dtype=dtype, **drawn)
        outputs = self.stack.outputs
        self.head = build_head(made, size, inputs=outputs, vocabulary=vocabulary, key=of_head, dtype=dtype)

    @classmethod
    def from_settings(
        cls,
        settings: LanguageModelSettings,
        *,
        vocabulary: int,
        key: Key[Array, ""],
        cells: Sequence[Cell | Callable[..., Any]] = (),
        dtype: Any = jnp.float32,
    ) -> "LanguageModel":
        """A language model with these settings; a cell of your own, named in them, is given in `cells`."""
        own = {cell.name: cell for cell in map(find_cell, cells)}
        fields = {**vars(settings), "cell": own.get(settings.cell, settings.cell)}
        return cls(vocabulary, key=key, dtype=dtype, **fields)

    @property
    def cell(self) -> Cell:
        """The recurrent cell of all layers."""
        return self.layers[0].cell

    @property
    def layers(self) -> tuple[Recurrent, ...]:
        """The recurrent layers, from the bottom.

        Raises:
            ModelError: the model has none, since it reads a window of words.
        """
        if isinstance(self.stack, Window):
            raise ModelError(
                f"this model reads a window of {self.stack.words} words and has no recurrent layers; take another model"
            )
        return self.stack.layers

    @property
    def reach(self) -> int | None:
        """Words before the next one that tell it: those of the window; None for recurrent layers."""
        return self.stack.words if isinstance(self.stack, Window) else None

    def start_state(self, batch: int) -> States:
        """The state before the first word, batch axis first: one tuple a layer."""
        return self.stack.start_state(batch)

    def run(
        self,
        tokens: Int[Array, "time batch"],
        state: States | None = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> tuple[Float[Array, "time batch outputs"], States]:
        """Read words: what the softmax reads after each, and the state after the last; arguments as for `read`."""
        read = self.read(tokens, state, lengths=lengths, resets=resets, key=key, precision=precision)
        return read.ys, read.state

    def read(
        self,
        tokens: Int[Array, "time batch"],
        state: States | None = None,
        *,
        lengths: Int[Array, " batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
    ) -> Read:
        """Read words, and tell what there was before the last dropout too.

        Args:
            tokens: words by their numbers.
            state: what comes in.
            lengths: the length of each sequence; the state is the one at it, and outputs past it are zero.
            resets: true where the state starts afresh before the word is read.
            key: a random key for dropout; None turns it off.
            precision: `float32` or `mixed`.
        """
        how: dict[str, Any] = {"lengths": lengths, "resets": resets, "key": key, "precision": precision}
        made, vectors = self.settings, self.embedding
        if key is not None:
            of_output, of_words = (jax.random.fold_in(key, place) for place in (made.layers, 2 * made.layers + 1))
            vectors = vectors.without_words(made.embedding_dropout, key=of_words)
        if isinstance(self.stack, Window):
            how |= {"dropout": made.rate("input"), "masks": made.masks}
            raw, state = self.stack(vectors, tokens, state, **how)
        else:
            raw, state = self.stack(vectors(tokens), state, **how)
        ys = raw if key is None else dropped(raw, made.rate("output"), key=of_output, masks=made.masks)
        return Read(raw, ys, state)

    def loss(
        self,
        tokens: Int[Array, "time batch"],
        targets: Int[Array, "time batch"],
        state: States | None = None,
        *,
        weights: Float[Array, "time batch"] | None = None,
        resets: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> tuple[Float[Array, ""], States]:
        """The weighted sum of the targets' negative log-likelihoods in nats, for training, and the state after.

        Args:
            tokens: the words that are read.
            targets: the word that follows each.
            state: what comes in.
            weights: what each target counts; 1 by default.
            resets: true where the state starts afresh before the word is read.
            key: a random key for dropout; None turns it off.
            precision: `float32` or `mixed`.
            memory: bytes of logits that may exist at a time.
        """
        read = self.read(tokens, state, resets=resets, key=key, precision=precision)
        return self.loss_after(read, targets, weights=weights, key=key, precision=precision, memory=memory), read.state

    def loss_after(
        self,
        read: Read,
        targets: Int[Array, "time batch"],
        *,
        weights: Float[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, ""]:
        """The loss after words that were read; arguments as for `loss`."""
        how = self._head_arguments(key, precision, memory)
        return self.head.loss(read.ys, targets, weights=weights, **how)

    def losses(
        self,
        tokens: Int[Array, "time batch"],
        targets: Int[Array, "time batch"],
        state: States | None = None,
        *,
        resets: Bool[Array, "time batch"] | None = None,
        key: Key[Array, ""] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> tuple[Float[Array, "time batch"], States]:
        """The negative log-likelihood of each target in nats, and the state after; arguments as for `loss`."""
        ys, state = self.run(tokens, state, resets=resets, key=key, precision=precision)
        return self.head.losses(ys, targets, **self._head_arguments(key, precision, memory)), state

    def log_probabilities(self, ys: Float[Array, "*axes outputs"]) -> Float[Array, "*axes vocabulary"]:
        """The logarithm of every next word's probability after what `run` gave."""
        return self.head.log_probabilities(ys, **self._table)

    def step(
        self, tokens: Int[Array, " batch"], state: States | None = None
    ) -> tuple[Float[Array, "batch vocabulary"], States]:
        """Read one word each: the logarithm of every next word's probability, and the new state."""
        logits, state = self.stepper()(tokens, self.start_state(tokens.shape[0]) if state is None else state)
        return jax.nn.log_softmax(logits), state

    def stepper(self) -> Callable[[Array, States], tuple[Array, States]]:
        """A function of (tokens (batch,), state) to (logits (batch, vocabulary), state).

        What needs no token is done once, when it is made: make it outside of the loop that calls it.
        """
        return step_by_step(self.embedding, self.stack, self.head, self._table)

    def ready_stepper(
        self, storage: Storage | None, *, streams: int = 1
    ) -> Callable[[Array, States], tuple[Array, States]]:
        """The same with the matrices of recurrent layers and of a plain head kept so, or packed for several streams.

        What the first layer makes of a word alone is made once for all words where they are few.
        """
        how: dict[str, Any] = {"storage": storage, "streams": streams, "at_once": self.vocabulary <= FEW}
        return step_by_step(self.embedding, self.stack, self.head, self._table, **how)

    def _head_arguments(self, key: Array | None, precision: str, memory: int) -> dict[str, Any]:
        how: dict[str, Any] = {**self._table, "precision": precision, "memory": memory}
        if isinstance(self.head, MixtureHead) and key is not None:
            how["key"] = jax.random.fold_in(key, 2 * self.settings.layers + 2)
        return how

    @property
    def _table(self) -> dict[str, Array]:
        """What a head is told with each call: the table of words where it is tied."""
        return {"table": self.embedding.weight} if self.settings.tied else {}
