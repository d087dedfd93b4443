"""The account of a step: what floors are made of. What it times is run by the command alone."""

import pytest

from carrousel.bench.account import Part, floor
from carrousel.bench.ceilings import Ceilings, Product
from carrousel.bench.language_models import share_of_products
from carrousel.bench.start_up import answer
from carrousel.errors import CarrouselError

CEILINGS = Ceilings({"float32": 100.0, "bfloat16": 400.0}, memory=10.0)


def test_a_product_counts_multiplications_additions_and_what_it_reads_and_writes():
    product = Product(2, 3, 5, times=7)
    assert product.operations == 7 * 2 * 2 * 3 * 5
    assert product.bytes(2) == 7 * (2 * (2 * 3 + 3 * 5) + 4 * 2 * 5)


@pytest.mark.parametrize(
    ("operations", "size", "precision", "seconds"),
    [(1000, 10, "float32", 10.0), (1000, 10, "mixed", 2.5), (1000, 50, "mixed", 5.0), (0, 50, "float32", 5.0)],
)
def test_a_floor_is_the_products_at_their_ceiling_or_the_bytes_at_that_of_memory(
    monkeypatch, operations, size, precision, seconds
):
    monkeypatch.setattr("carrousel.bench.account.multiplies_bfloat16", lambda: True)
    part = Part(operations=operations, bytes=size, runs=())
    assert floor(part, CEILINGS, precision) == seconds


@pytest.mark.parametrize(("cell", "least", "most"), [("lstm", 1, 1), ("peephole-lstm", 1, 1), ("gru", 0.75, 0.95)])
def test_a_models_share_of_products_counts_its_head(cell, least, most):
    assert least <= share_of_products(cell, 200) <= most


def test_a_command_that_answers_is_timed_to_its_first_byte(tmp_path):
    answered = answer(("--version",), tmp_path)
    assert answered.seconds > 0
    assert (tmp_path / "carrousel").is_dir()


def test_a_command_without_output_is_an_error_with_what_it_said(tmp_path):
    with pytest.raises(CarrouselError, match=r"gave no output: carrousel: .*nosuch"):
        answer(("verify", "nosuch"), tmp_path)
