"""The recurrent operators of ONNX in onnxruntime, for inference, with our letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from carrousel.bench.sides import Calls, Letters, Side
from carrousel.errors import require

OPSET: Final = 14
"""The set of operators from which on they have the form used here."""
ALLOWED: Final = 1.0
CELLS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"LSTM": ("lstm", "iofg"), "GRU": ("gru", "zrn"), "RNN": ("elman", "h")}
)
"""The operator -> our cell, and our gates in the order in which they stand in its matrices."""


def onnxruntime_sides() -> list[Side]:
    """Every recurrent operator of ONNX."""
    return [
        Side(
            cell=cell,
            peer=f"onnxruntime {name}",
            make=partial(_calls, name),
            bar=lambda batch, hidden: ALLOWED,  # noqa: ARG005 - one for all sizes
        )
        for name, (cell, _) in CELLS.items()
    ]


def onnx_weights(name: str, letters: Letters) -> dict[str, np.ndarray]:
    """An operator's weights of our letters; the first axis of each is the direction."""
    _, gates = CELLS[name]
    w, u, b = (np.concatenate([np.asarray(letters[f"{space}.{gate}"]) for gate in gates]) for space in "WUb")
    none = np.zeros(len(b) // len(gates), b.dtype)
    own = np.concatenate([np.asarray(letters.get(f"b.h{gate}", none)) for gate in gates])
    return {"W": w[None], "R": u[None], "B": np.concatenate([b, own])[None]}


def _session(name: str, weights: Mapping[str, np.ndarray], shape: tuple[int, ...], *, threads: int) -> Any:
    """A model of the one operator, its weights inside, ready to run."""
    onnx, runtime = require("onnx", extra="bench"), require("onnxruntime", extra="bench")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    time, batch, _ = shape
    hidden = weights["R"].shape[-1]
    turned = {"linear_before_reset": 1} if name == "GRU" else {}
    graph = helper.make_graph(
        [helper.make_node(name, ["X", *weights], ["Y"], hidden_size=hidden, **turned)],
        "layer",
        [helper.make_tensor_value_info("X", number, shape)],
        [helper.make_tensor_value_info("Y", number, (time, 1, batch, hidden))],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(value, np.float32), key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _calls(name: str, xs: np.ndarray, hidden: int, *, threads: int) -> Calls:
    draw = np.random.default_rng(0).standard_normal
    gates = len(CELLS[name][1])
    shapes = {"W": (1, gates * hidden, xs.shape[-1]), "R": (1, gates * hidden, hidden), "B": (1, 2 * gates * hidden)}
    drawn = {key: draw(shape, np.float32) / np.float32(hidden**0.5) for key, shape in shapes.items()}
    session = _session(name, drawn, xs.shape, threads=threads)
    inputs = {"X": np.ascontiguousarray(xs)}

    def outputs(letters: Letters) -> np.ndarray:
        ys: np.ndarray = _session(name, onnx_weights(name, letters), xs.shape, threads=threads).run(["Y"], inputs)[0]
        return ys[:, 0]

    return Calls(lambda: session.run(["Y"], inputs), None, outputs)
