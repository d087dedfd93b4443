"""An adaptive softmax: frequent words at once, rare ones in clusters that are looked at only where one of them came."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float, Int, Key

from carrousel.errors import SettingsError
from carrousel.layers.softmax_head import SoftmaxHead
from carrousel.layers.softmax_loss import MEMORY

SHRINK: Final = 4
"""What the size of the vectors is divided by from one cluster to the next, as in the paper."""
SLICES: Final = 16
"""Parts that the rows are cut into, ordered by cluster: a cluster's softmax runs over those alone that it is in."""


class AdaptiveHead(eqx.Module):
    """An adaptive softmax (Grave, Joulin, Cissé, Grangier & Jégou 2017).

    Words are numbered from the most frequent on. The head is a softmax over the first ones and one entry for each
    cluster of the others; a cluster is a softmax of its own over y in fewer dimensions. A word's probability is that
    of its cluster times its own within it.
    """

    first: SoftmaxHead
    """Over the words before the first cut, then the clusters."""
    down: tuple[Float[Array, "inputs _"], ...]
    """What makes y smaller, one a cluster."""
    clusters: tuple[SoftmaxHead, ...]
    cuts: tuple[int, ...] = eqx.field(static=True)
    """The number of the first word of each cluster, and the size of the vocabulary."""

    def __init__(
        self,
        *,
        inputs: int,
        vocabulary: int,
        cutoffs: Sequence[int],
        key: Key[Array, ""],
        scale: float | None = None,
        dtype: Any = jnp.float32,
    ) -> None:
        """Draw the weights.

        Args:
            inputs: the size of what it reads.
            vocabulary: the number of words.
            cutoffs: the number of the first word of each cluster, ascending; none make a plain softmax.
            key: a random key.
            scale: weights and biases are uniform in ±scale; by default matrices are in ±1 / √columns, biases zero.
            dtype: float32 or float64.

        Raises:
            SettingsError: the cutoffs do not ascend within the vocabulary.
        """
        cuts = (*cutoffs, vocabulary)
        if any(later <= cut for cut, later in pairwise((0, *cuts))):
            raise SettingsError(
                f"cutoffs ascend between 0 and the {vocabulary} words of the vocabulary, which "
                f"{', '.join(map(str, cutoffs))} do not"
            )
        of_first, *keys = jax.random.split(key, 1 + 2 * len(cutoffs))
        self.cuts = cuts
        how: dict[str, Any] = {"scale": scale, "dtype": dtype}
        self.first = SoftmaxHead(inputs=inputs, vocabulary=cuts[0] + len(cutoffs), key=of_first, **how)
        down, clusters, size = [], [], inputs
        for place, (start, stop) in enumerate(pairwise(cuts)):
            size = max(1, size // SHRINK)
            width = inputs**-0.5 if scale is None else scale
            down.append(jax.random.uniform(keys[2 * place], (inputs, size), dtype, -width, width))
            clusters.append(SoftmaxHead(inputs=size, vocabulary=stop - start, key=keys[2 * place + 1], **how))
        self.down, self.clusters = tuple(down), tuple(clusters)

    def log_probabilities(self, ys: Float[Array, "*axes inputs"]) -> Float[Array, "*axes vocabulary"]:
        """The natural logarithm of each word's probability."""
        first = self.first.log_probabilities(ys)
        parts = [first[..., : self.cuts[0]]]
        for place, (down, cluster) in enumerate(zip(self.down, self.clusters, strict=True)):
            of_cluster = first[..., self.cuts[0] + place, None]
            parts.append(of_cluster + cluster.log_probabilities(ys @ down))
        return jnp.concatenate(parts, axis=-1)

    def logits(self, ys: Float[Array, "*axes inputs"]) -> Float[Array, "*axes vocabulary"]:
        """The same: their softmax is the distribution itself."""
        return self.log_probabilities(ys)

    def losses(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, "*axes"]:
        """The negative log-likelihood of each target, in nats; arguments as for `loss`."""
        rows, flat = ys.reshape(-1, ys.shape[-1]), targets.reshape(-1)
        how: dict[str, Any] = {"precision": precision, "memory": memory}
        cluster_of = jnp.searchsorted(jnp.asarray(self.cuts[:-1], flat.dtype), flat, side="right")  # 0 is the head
        nll = self.first.losses(rows, jnp.where(cluster_of > 0, self.cuts[0] - 1 + cluster_of, flat), **how)
        for place, (down, cluster) in enumerate(zip(self.down, self.clusters, strict=True)):
            here = cluster_of == place + 1
            own = jnp.where(here, flat - self.cuts[place], 0)
            part = lambda rows, own, down=down, cluster=cluster: cluster.losses(rows @ down, own, **how)  # noqa: E731
            nll += _where_needed(part, here, rows, own)
        return nll.reshape(targets.shape)

    def loss(
        self,
        ys: Float[Array, "*axes inputs"],
        targets: Int[Array, "*axes"],
        *,
        weights: Float[Array, "*axes"] | None = None,
        precision: str = "float32",
        memory: int = MEMORY,
    ) -> Float[Array, ""]:
        """The weighted sum of the targets' negative log-likelihoods, in nats; a gradient makes the logits again.

        Args:
            ys: what the head reads.
            targets: words by their numbers, each below the size of the vocabulary.
            weights: what each target counts; 1 by default.
            precision: `float32` or `mixed`.
            memory: bytes of logits that may exist at a time.
        """
        each = self.losses(ys, targets, precision=precision, memory=memory)
        return each.sum() if weights is None else (each * weights).sum()


def _where_needed(part: Callable[[Array, Array], Array], needed: Array, rows: Array, own: Array) -> Array:
    """`part(rows, own)` where it is needed and zero elsewhere, computed for slices that need it somewhere."""
    count = len(needed)
    size = -(-count // min(SLICES, count))
    slices = -(-count // size)
    order = jnp.argsort(~needed, stable=True)
    fill = slices * size - count

    def cut(a: Array) -> Array:
        return jnp.pad(a[order], [(0, fill), *[(0, 0)] * (a.ndim - 1)]).reshape(slices, size, *a.shape[1:])

    @jax.checkpoint
    def piece(given: tuple[Array, Array, Array]) -> Array:
        needed, rows, own = given
        found = lax.cond(needed.any(), part, lambda rows, _: jnp.zeros(len(rows), rows.dtype), rows, own)
        return jnp.where(needed, found, 0)

    found = lax.map(piece, (cut(needed), cut(rows), cut(own))).reshape(-1)[:count]
    return jnp.zeros(count, rows.dtype).at[order].set(found, unique_indices=True)
