from math import inf

from carrousel.inspection.ngram_page import ngram_page
from carrousel.ngram.sparsity import OrderSparsity, Sparsity

FOUND = Sparsity(
    name="a <text>",
    tokens=1000,
    held_out=50,
    names=92,
    name_bytes=4321,
    lengths=(500, 1000),
    orders=(
        OrderSparsity(order=1, tried=50, unseen=0, seen_perplexity=37.25, growth=(60, 90)),
        OrderSparsity(order=2, tried=48, unseen=12, seen_perplexity=4.5, growth=(400, 700)),
    ),
)


def test_the_page_says_shares_and_an_infinite_perplexity_as_such():
    page = ngram_page(FOUND).html()
    assert "a &lt;text&gt;" in page
    assert "25.00%" in page
    assert "37.25" in page
    assert ">infinite<" in page
    assert FOUND.orders[1].perplexity == inf


def test_the_page_draws_growth_and_says_the_bytes():
    page = ngram_page(FOUND).html()
    assert page.count('<figure class="lines"') == 2
    assert "90 of them different" in page
    assert "all 92 names that a model knows: those of the text&#x27;s 90 different tokens" in page
    assert '<th scope="row">1</th><td>92</td><td>1,108</td>' in page
    assert '<th scope="row">names</th><td>92</td><td>4,321</td>' in page
    assert str(FOUND.bytes_by_order()[1]) in page.replace(",", "").replace("\u202f", "")
