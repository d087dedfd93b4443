"""Keeping the programs that drew from a model for the next process."""

import re
from collections.abc import Sequence
from typing import Final

import jax
import numpy as np
from jax.stages import Lowered

from carrousel.engine.kernels import KERNELS, library, target
from carrousel.errors import CarrouselError
from carrousel.generation.preparing import Prepared
from carrousel.sampling import SamplingSettings, sample_words
from carrousel.sampling.kept import REFUSALS, Kept, Program, Result, Shelf, kept_programs, write_kept

_CALLS: Final = re.compile(r"custom_call @([\w.$]+)")
_PROMPT: Final = np.zeros(2, np.int32)
"""What is drawn after to see that kept programs do as those that were compiled."""


def keep_programs(prepared: Prepared, shelf: Shelf, *, settings: SamplingSettings, parameters: Sequence[str]) -> bool:
    """Write the programs that drew words to where the next process looks for them, or that they cannot be kept.

    What jax took from its own cache cannot be kept, since XLA does not serialise it whole.

    Args:
        prepared: the model.
        shelf: where they are looked for.
        settings: how was drawn.
        parameters: the names of the model's arrays, in its order.

    Returns:
        Whether they are kept, and draw the same words.
    """
    programs = {name: _program(lowered) for name, lowered in prepared.lowered(settings).items()}
    whole = {name: program for name, program in programs.items() if program is not None}
    kept = Kept(programs=whole, parameters=tuple(parameters), library=library().name)
    if len(whole) < len(programs) or not _agree(kept, prepared, shelf, settings):
        kept = Kept(programs={})
    return write_kept(shelf.file, kept) and bool(kept.programs)


def _program(lowered: Lowered) -> Program | None:
    """A program as it is kept; None where it calls what another process does not know."""
    called, ours = set(_CALLS.findall(lowered.as_text())), {target(kernel): kernel for kernel in KERNELS}
    executable = lowered.compile().runtime_executable()
    arguments = len(jax.tree.leaves(lowered.in_avals))
    if not called <= ours.keys() or executable is None or len(executable.get_parameter_layouts()) != arguments:
        return None
    results = tuple(Result(str(one.dtype), tuple(one.shape)) for one in jax.tree.leaves(lowered.out_info))
    kernels = tuple(sorted(ours[name] for name in called))
    return Program(code=executable.serialize(), results=results, kernels=kernels)


def _agree(kept: Kept, prepared: Prepared, shelf: Shelf, settings: SamplingSettings) -> bool:
    """Whether the programs draw the same words after they were written and read."""
    arrays = {name: np.asarray(array) for name, array in zip(kept.parameters, prepared.arrays, strict=True)}
    try:
        again = kept_programs(kept, arrays, drawing=shelf.drawing, vocabulary=prepared.vocabulary)
        words = [
            np.concatenate(list(sample_words(one, _PROMPT, words=2, settings=settings))) for one in (prepared, again)
        ]
    except (*REFUSALS, CarrouselError):
        return False
    return np.array_equal(words[0], words[1])
