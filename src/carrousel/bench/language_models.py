"""A training step of a language model, and sampling of one stream, beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from carrousel.bench.result import Result, Row
from carrousel.bench.timing import interleave, ratio
from carrousel.bench.torch_peers import language_model_step, sampler
from carrousel.generation import Sampling, sample
from carrousel.models import LanguageModel
from carrousel.training import TrainingSettings, language_model_objective, make_updates

MODELS = {"2x200 T20": (200, 20), "2x650 T35": (650, 35)}
STREAMS = {"2x128 V96": (128, 96, 400), "2x512 V96": (512, 96, 100), "2x650 V10k": (650, 10_000, 60)}
VOCABULARY, BATCH, LAYERS = 10_000, 20, 2
FASTER = 1 / 1.1
"""In float32 our step may take so much of PyTorch's time."""
TENFOLD = 1 / 10
