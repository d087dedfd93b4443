"""The cases, the peers, and the machine they are measured on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from carrousel.bench.account import run_step
from carrousel.bench.cell_costs import run_costs
from carrousel.bench.cells import run_cells
from carrousel.bench.gpu import run_gpu
from carrousel.bench.language_models import run_sampling, run_training
from carrousel.bench.large_text import run_large_text
from carrousel.bench.linear import run_linear
from carrousel.bench.memory import run_memory
from carrousel.bench.ngram import run_ngram
from carrousel.bench.ngram_queries import run_ngram_queries
from carrousel.bench.online import run_online
from carrousel.bench.result import Result, Row
from carrousel.bench.scaling import run_scaling
from carrousel.bench.shared_cells import run_flax, run_keras, run_onnxruntime, run_torch, run_torchrecurrent
from carrousel.bench.start_up import run_start_up
from carrousel.bench.tokens import run_tokens

CASES: Mapping[str, tuple[Callable[..., Result], str]] = MappingProxyType(
    {
        "cells": (
            run_cells,
            "forward and backward of the LSTM, the GRU and the LSTM's variants, beside PyTorch's layers",
        ),
        "cells-torch": (run_torch, "the LSTM, the GRU and the plain cell, beside PyTorch's layers at four sizes"),
        "cells-flax": (run_flax, "the same three beside those of flax.nnx"),
        "cells-keras": (run_keras, "the same three beside those of Keras on JAX"),
        "cells-onnxruntime": (run_onnxruntime, "the same three beside ONNX's in onnxruntime, forward alone"),
        "cells-torchrecurrent": (run_torchrecurrent, "41 cells beside torchrecurrent's; takes half an hour"),
        "cells-cost": (run_costs, "every cell of the catalogue beside the LSTM"),
        "training": (
            run_training,
            "a training step of the small and the medium language model, beside PyTorch, and of other cells",
        ),
        "online": (run_online, "updates a second of the nets of 1997, one short sequence an update"),
        "sampling": (run_sampling, "drawing one stream of words, beside PyTorch"),
        "token": (run_tokens, "one word of a small model in microseconds, and 64 streams beside PyTorch"),
        "linear": (run_linear, "many steps at once beside one after the other: linear loops, and a matrix memory"),
        "gpu": (
            run_gpu,
            "long sequences on a GPU in bfloat16: steps, kernels of one launch, cuDNN through PyTorch",
        ),
        "step": (run_step, "the account of a training step: operations, bytes, floor and time, part by part"),
        "scaling": (run_scaling, "a gradient's time along each axis, and its memory beside what a formula predicts"),
        "start-up": (run_start_up, "seconds to the help, and to the first word of a saved model"),
        "memory": (run_memory, "a long sequence in segments: memory beyond the outputs, and the price in time"),
        "large-text": (run_large_text, "training on a text of 2 GB: peak resident memory"),
        "ngram": (
            run_ngram,
            "estimating 5-grams beside KenLM's lmplz: the same model, time, memory, disk; --lmplz PATH",
        ),
        "ngram-queries": (run_ngram_queries, "n-gram queries a second on one core, and opening a large model"),
    }
)
"""Name -> how it runs and what it measures."""

__all__ = ["CASES", "Result", "Row"]
