"""Running a model with everything inside it open, in blocks of steps, so that long texts take bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from carrousel.engine import Plan, plan_cell
from carrousel.errors import ModelError, SettingsError, TextError
from carrousel.inspection.trace import OLD, LayerTrace, Trace
from carrousel.layers import Recurrent
from carrousel.model import Model
from carrousel.models import LanguageModel
from carrousel.text import Text, tokens_in_memory

BLOCK: Final = 256
"""Steps of one call of the compiled program, at most."""
MEMORY: Final = 1 << 30
"""Bytes of named values that are kept by default."""
TOP: Final = 10
"""Likeliest next tokens that are kept at each step."""


def inspect(
    model: Model,
    text: str | Text,
    *,
    keep: Collection[str] | None = None,
    memory: int = MEMORY,
    top: int = TOP,
    watch: Callable[[int, int], None] | None = None,
) -> Trace:
    """Every named value and state of every layer at every step of a text, and what the model expected next.

    Args:
        model: a recurrent language model.
        text: a string, or a text of `carrousel.text.open_text`.
        keep: names of values to keep; by default all, but the largest ones where they do not fit in `memory`.
        memory: bytes of named values, of all layers together, that may be kept where `keep` is silent.
        top: how many of the likeliest next tokens to keep at each step, where the vocabulary has so many.
        watch: called with the number of steps done, and of all.

    Raises:
        ModelError: the model has no recurrent layers.
        TextError: the text cannot be read, or has no token.
        SettingsError: a name that no layer has, or a number that cannot be.
    """
    open_network(model)
    words = model.tokenizer.encode(text) if isinstance(text, str) else tokens_in_memory(text, model.tokenizer).array
    begin = [] if model.tokenizer.end is None else [model.tokenizer.end]
    ids = np.concatenate([np.asarray(begin, np.int32), np.asarray(words, np.int32)])
    if not len(ids):
        raise TextError("a text without a token has nothing to look into; give more text")
    return trace_words(model, ids, context=len(begin), keep=keep, memory=memory, top=top, watch=watch)


def open_network(model: Model) -> LanguageModel:
    """The model's network, where it has recurrent layers to look into.

    Raises:
        ModelError: it has none.
    """
    if not isinstance(model.network, LanguageModel):
        raise ModelError("this model counts n-grams and has no layers to look into; take a recurrent language model")
    _ = model.network.layers
    return model.network


def trace_words(
    model: Model,
    ids: np.ndarray,
    *,
    context: int = 0,
    keep: Collection[str] | None = None,
    memory: int = MEMORY,
    top: int = TOP,
    watch: Callable[[int, int], None] | None = None,
) -> Trace:
    """The same for tokens by their numbers, with nothing read before the first of them."""
    if top < 1:
        raise SettingsError(f"top is a number of tokens from 1, not {top}")
    network = open_network(model)
    layers, top = network.layers, min(top, network.vocabulary)
    kept = _kept(layers, len(ids), keep, memory)
    recorders = [_Recorder(layer, names, len(ids)) for layer, names in zip(layers, kept, strict=True)]
    dtype = np.dtype(network.embedding.weight.dtype)
    scores = np.full(len(ids), np.nan, dtype)
    top_ids, top_scores = np.zeros((len(ids), top), np.int32), np.zeros((len(ids), top), dtype)
    following = np.append(ids[1:], np.int32(0))
    for begin, stop, size in blocks(len(ids)):
        read, expected = np.zeros((2, size, 1), np.int32)
        read[: stop - begin, 0], expected[: stop - begin, 0] = ids[begin:stop], following[begin:stop]
        xs = _embedded(network, jnp.asarray(read))
        for recorder in recorders:
            xs = recorder.record(xs, {}, begin, stop)
        found = _expected(network, xs, jnp.asarray(expected), top)
        for mine, theirs in zip((scores, top_scores, top_ids), found, strict=True):
            mine[begin:stop] = np.asarray(theirs)[: stop - begin, 0]
        if watch is not None:
            watch(stop, len(ids))
    scores[-1] = np.nan
    return Trace(
        tokenizer=model.tokenizer,
        ids=ids,
        context=context,
        layers=tuple(recorder.trace() for recorder in recorders),
        log_probabilities=scores,
        top_ids=top_ids,
        top_log_probabilities=top_scores,
    )


def trace_layer(
    layer: Recurrent,
    xs: np.ndarray,
    state: tuple[Any, ...] | None = None,
    *,
    inputs: Mapping[str, np.ndarray] | None = None,
    keep: Collection[str] | None = None,
    memory: int = MEMORY,
) -> LayerTrace:
    """One layer alone over one sequence.

    Args:
        layer: the layer.
        xs: (time, inputs).
        state: the states that come in, without a batch axis; by default those before a first step.
        inputs: the cell's further inputs by name, (time, …) each.
        keep: names of values to keep; by default all, but the largest ones where they do not fit in `memory`.
        memory: bytes of named values that may be kept where `keep` is silent.
    """
    further = {name: np.asarray(a) for name, a in (inputs or {}).items()}
    recorder = _Recorder(layer, _kept((layer,), len(xs), keep, memory)[0], len(xs), further)
    if state is not None:
        recorder.begin(tuple(jnp.asarray(s)[None] for s in state))
    for begin, stop, size in blocks(len(xs)):
        recorder.record(
            _block(np.asarray(xs), begin, stop, size),
            {name: _block(a, begin, stop, size) for name, a in further.items()},
            begin,
            stop,
        )
    return recorder.trace()


def blocks(time: int) -> Iterator[tuple[int, int, int]]:
    """Steps from, to before, and how many steps the program that runs them has: a power of two, the same for all."""
    size = min(BLOCK, 1 << (time - 1).bit_length()) if time > 1 else 1
    for begin in range(0, time, size):
        yield begin, min(begin + size, time), size


class _Recorder:
    """Keeps what one layer computes, block by block; a state that came in is its new value one step before."""

    def __init__(
        self,
        layer: Recurrent,
        keep: tuple[str, ...],
        time: int,
        further: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.layer, self.keep, self.further = layer, keep, further or {}
        plan, dtype = named_plan(layer), np.dtype(layer.dtype)
        self.constants = tuple(name for name in keep if name in constant_names(plan))
        news = dict(zip(layer.cell.signature.states, plan.trace.results[1:], strict=True))
        self.linked = tuple(s for s in news if plan.named[s] == news[s] and {s, s + OLD} & set(keep))
        ends = {*self.linked, *(s + OLD for s in self.linked)}
        self.computed = tuple(name for name in keep if name not in {*ends, *self.constants}) + self.linked
        avals = {name: plan.trace.avals[plan.named[name]] for name in keep}
        self.own = {
            name: np.empty((time, *aval.shape), aval.dtype)
            for name, aval in avals.items()
            if name not in {*ends, *self.constants}
        }
        shapes = layer.cell.state_shapes(inputs=layer.inputs, hidden=layer.hidden)
        self.chains = {s: np.empty((time + 1, *shapes[s]), dtype) for s in self.linked}
        self.xs, self.outputs = np.empty((time, layer.inputs), dtype), np.empty((time, layer.outputs), dtype)
        self.fixed: dict[str, np.ndarray] = {}
        self.begin(layer.start_state(1))

    def begin(self, state: tuple[Array, ...]) -> None:
        """Set the states that come in."""
        self.state = state
        for name, start in zip(self.layer.cell.signature.states, state, strict=True):
            if name in self.chains:
                self.chains[name][0] = np.asarray(start[0])

    def record(self, xs: Array, inputs: Mapping[str, Array], begin: int, stop: int) -> Array:
        """Run a block, keep what is real of it, and give its outputs."""
        outputs, self.state, found = _run_block(self.layer, xs, self.state, inputs, self.computed, self.constants)
        real = stop - begin
        self.xs[begin:stop], self.outputs[begin:stop] = np.asarray(xs)[:real, 0], np.asarray(outputs)[:real, 0]
        for name, value in found.items():
            if name in self.constants:
                self.fixed[name] = np.asarray(value)
            elif name in self.chains:
                self.chains[name][begin + 1 : stop + 1] = np.asarray(value)[:real]
            else:
                self.own[name][begin:stop] = np.asarray(value)[:real]
        return outputs

    def trace(self) -> LayerTrace:
        """What was kept, in the order of the equations."""
        every = dict(self.own)
        for s, chain in self.chains.items():
            every |= {s + OLD: chain[:-1], s: chain[1:]}
        plan = named_plan(self.layer)
        return LayerTrace(
            cell=named_plan(self.layer).cell,
            inputs=self.layer.inputs,
            hidden=self.layer.hidden,
            values={name: every[name] for name in plan.named if name in every and name in self.keep},
            constants=self.fixed,
            xs=self.xs,
            further=self.further,
            outputs=self.outputs,
            left_out=tuple(name for name in plan.named if name not in self.keep),
        )


@eqx.filter_jit
def _run_block(
    layer: Recurrent,
    xs: Array,
    state: tuple[Array, ...],
    inputs: Mapping[str, Array],
    names: tuple[str, ...],
    constants: tuple[str, ...],
) -> tuple[Array, tuple[Array, ...], dict[str, Array]]:
    out = layer.run(xs, state, inputs=inputs, named=True)
    found = {name: out.named[name][:, 0] for name in names}
    return out.outputs, out.state, found | {name: out.named[name][0, 0] for name in constants}


@eqx.filter_jit
def _embedded(network: LanguageModel, ids: Array) -> Array:
    return network.embedding(ids)


@eqx.filter_jit
def _expected(network: LanguageModel, ys: Array, targets: Array, top: int) -> tuple[Array, Array, Array]:
    """The logarithm of each target's probability, and of the likeliest ones, and which they are."""
    every = network.log_probabilities(ys)
    return (jnp.take_along_axis(every, targets[..., None], axis=-1)[..., 0], *lax.top_k(every, top))


def named_plan(layer: Recurrent) -> Plan:
    """The layer's plan with every named value."""
    return plan_cell(
        layer.cell.wrapped(layer.wrappers), inputs=layer.inputs, hidden=layer.hidden, dtype=layer.dtype, named=True
    )


def constant_names(plan: Plan) -> frozenset[str]:
    """The named values that are made of letters and constants alone."""
    once = {*plan.trace.constants, *(o for op in plan.once.ops for o in op.outs)}
    return frozenset(name for name, i in plan.named.items() if i in once)


def _kept(layers: tuple[Recurrent, ...], time: int, keep: Collection[str] | None, memory: int) -> list[tuple[str, ...]]:
    """The names that are kept of each layer."""
    plans = [named_plan(layer) for layer in layers]
    known = {name for plan in plans for name in plan.named}
    if keep is not None:
        if strange := sorted(set(keep) - known):
            raise SettingsError(f"no layer names a value {strange[0]!r}; there are {', '.join(sorted(known))}")
        return [tuple(name for name in plan.named if name in keep) for plan in plans]
    if memory < 0:
        raise SettingsError(f"memory is a number of bytes, not {memory}")
    sizes = {}
    for number, plan in enumerate(plans):
        fixed = constant_names(plan)
        for name, i in plan.named.items():
            aval = plan.trace.avals[i]
            sizes[number, name] = aval.size * aval.dtype.itemsize * (1 if name in fixed else time)
    chosen, used = set(), 0
    for place, size in sorted(sizes.items(), key=lambda item: item[1]):
        used += size
        if used > memory:
            break
        chosen.add(place)
    return [tuple(name for name in plan.named if (number, name) in chosen) for number, plan in enumerate(plans)]


def _block(array: np.ndarray, begin: int, stop: int, size: int) -> Array:
    """Steps of a sequence with a batch axis, filled up with zeros to the block's size."""
    block = np.zeros((size, 1, *array.shape[1:]), array.dtype)
    block[: stop - begin, 0] = array[begin:stop]
    return jnp.asarray(block)
