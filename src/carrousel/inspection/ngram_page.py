"""The page on a text's n-grams: how many were never seen, and how many there are to keep."""

from math import isfinite

from carrousel.ngram.sparsity import Sparsity
from carrousel.pages import Page, Section, bars, line_plot, table


def ngram_page(found: Sparsity) -> Page:
    """The two problems of n-gram models, sparsity and storage, as this text has them."""
    return Page(
        f"The n-grams of {found.name}",
        [_sparsity(found), _storage(found)],
        lead=f"{found.tokens:,} tokens, {found.different:,} of them different. For this page alone the last "
        f"{found.held_out:,} were held out; a model that was made beside it is of the whole text.",
    )


def _sparsity(found: Sparsity) -> Section:
    rows = [
        (
            order.order,
            order.tried,
            order.unseen,
            f"{order.unseen_share:.2%}",
            _said(order.perplexity),
            _said(order.seen_perplexity),
        )
        for order in found.orders
    ]
    columns = ["order", "tried", "never seen", "share", "perplexity of maximum likelihood", "on the seen alone"]
    return Section(
        "Sparsity",
        "The longer an n-gram, the rarer it is that the text has it already. Maximum likelihood, which divides counts, "
        "gives probability zero to one never seen; a single zero makes the perplexity infinite, whatever the others "
        "are. Smoothing and back-off are there for this.",
        bars(
            {f"order {order.order}": 100 * order.unseen_share for order in found.orders},
            title="never seen, in % of the n-grams held out",
            most=100.0,
        ),
        table(rows, columns=columns, caption="n-grams of the text held out, by order"),
    )


def _said(perplexity: float) -> str:
    return f"{perplexity:,.2f}" if isfinite(perplexity) else "infinite"


def _storage(found: Sparsity) -> Section:
    counts = [found.names, *(order.growth[-1] for order in found.orders[1:])]
    kept = [(str(k), *row) for k, row in enumerate(zip(counts, found.bytes_by_order(), strict=True), 1)]
    rows = [(what, n, size, size / max(n, 1)) for what, n, size in (*kept, ("names", found.names, found.name_bytes))]
    parts = range(len(found.lengths))
    stored = [sum(found.bytes_by_order(part)) / 2**20 for part in parts]
    return Section(
        "Storage",
        "Every different n-gram is kept, and with the text their number grows nearly as fast as the text itself where "
        f"n-grams are long. Order 1 is all {found.names:,} names that a model knows: those of the text's "
        f"{found.different:,} different tokens, and marks that it lacks, such as <s> and <unk>. Bytes are those of a "
        "model folder: of its arrays, and under «names» of its vocabulary; pruning makes them fewer.",
        table(rows, columns=["order", "n-grams", "bytes", "bytes each"], caption="what the whole text gives"),
        line_plot(
            {f"order {order.order}": list(order.growth) for order in found.orders},
            title="different n-grams as the text grows",
            x=list(found.lengths),
            x_label="tokens",
            y_label="n-grams",
        ),
        line_plot(
            {"all orders": stored},
            title="size of the n-grams as the text grows, without the names",
            x=list(found.lengths),
            x_label="tokens",
            y_label="MiB",
        ),
    )
