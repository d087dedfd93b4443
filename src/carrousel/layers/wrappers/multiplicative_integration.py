"""Multiplicative integration: input and recurrent product meet in a product as well as in a sum."""

from dataclasses import dataclass
from functools import reduce

import jax.numpy as jnp
from jax import Array

from carrousel.engine import Step
from carrousel.errors import CellError


@dataclass(frozen=True)
class MultiplicativeIntegration:
    """Where a sum joins `W x` and `U h`, it becomes a·Wx·Uh + b·Uh + c·Wx (Wu et al. 2016).

    The vectors a, b and c are learned, one of each a sum; they start at 1, 1/2 and 1/2 as in the paper.
    """

    def rewrite(self, step: Step, *, training: bool) -> None:  # noqa: ARG002 - a wrapper's signature
        """Change every such sum."""
        hot = step.reached(step.states.values())
        products = step.products()
        ahead = {p.out for p in products if p.operand not in hot}
        recurrent = {p.out: p for p in products if p.operand in hot}
        count = 0
        for total in step.sums():
            terms = step.terms(total)
            of_input, of_state = ([i for s, i in terms if s == 1 and i in some] for some in (ahead, recurrent))
            if of_input and of_state:
                self._integrate(step, total, of_input, of_state, recurrent[of_state[0]].name)
                count += 1
        if not count:
            raise CellError(f"multiplicative integration joins W x and U h in a sum, and {step.cell.name} has none")

    @staticmethod
    def _integrate(step: Step, total: int, of_input: list[int], of_state: list[int], name: str) -> None:
        shape = step.shape(total)
        both = step.letter(f"both.{name}", shape, lambda _key, _letters: 1.0)
        others = [step.letter(f"{kind}.{name}", shape, lambda _key, _letters: 0.5) for kind in ("state", "input")]
        rest = [term for term in step.terms(total) if term[1] not in (*of_input, *of_state)]
        n, m = len(of_input), len(of_input) + len(of_state)

        def integrated(a: Array, b: Array, c: Array, *values: Array) -> Array:
            p, q = reduce(jnp.add, values[:n]), reduce(jnp.add, values[n:m])
            signed = [sign * v for (sign, _), v in zip(rest, values[m:], strict=True)]
            return reduce(jnp.add, signed, a * p * q + b * q + c * p)

        step.redirect(total, step.compute(integrated, both, *others, *of_input, *of_state, *(v for _, v in rest)))
