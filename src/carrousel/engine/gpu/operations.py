"""The operations of a step that a kernel knows."""

from typing import Final

UNITWISE: Final = frozenset(
    {
        "abs",
        "add",
        "add_any",
        "and",
        "convert_element_type",
        "copy",
        "cos",
        "div",
        "eq",
        "exp",
        "exp2",
        "expm1",
        "ge",
        "gt",
        "integer_pow",
        "le",
        "log",
        "log1p",
        "logistic",
        "lt",
        "max",
        "min",
        "mul",
        "ne",
        "neg",
        "not",
        "or",
        "pow",
        "product",
        "rsqrt",
        "select_n",
        "sign",
        "sin",
        "sqrt",
        "square",
        "stop_gradient",
        "sub",
        "tanh",
    }
)
"""Operations that keep units apart; of products, the heads."""
ACROSS: Final = frozenset(["broadcast_in_dim", "reduce_max", "reduce_min", "reduce_sum"])
"""Operations that join units."""
IN_CLUSTERS: Final = UNITWISE - {"copy", "expm1", "log1p", "pow", "sqrt", "stop_gradient"}
"""Those of them that Mosaic knows (jax 0.10 and 0.11)."""
