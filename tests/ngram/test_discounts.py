import pytest

from carrousel.errors import NgramError
from carrousel.ngram.discounts import FALLBACK, good_turing, modified_discounts, single_discount

SRILM = {
    1: ((9816, 4085, 2199, 1578), (0.545758, 1.11864, 1.43346)),
    2: ((287180, 56704, 23987, 13383), (0.716896, 1.09021, 1.4001)),
    3: ((1065684, 128239, 46598, 23979), (0.806016, 1.12136, 1.34092)),
}
"""Counts of counts and discounts in the log of SRILM's own test."""


@pytest.mark.parametrize("order", SRILM)
def test_the_three_discounts_are_those_of_srilm(order):
    ns, expected = SRILM[order]
    assert modified_discounts(ns, order, fallback=False) == pytest.approx(expected, rel=3e-5)


@pytest.mark.parametrize("ns", [(0, 3, 2, 1), (5, 0, 2, 1), (5, 3, 0, 1), (1, 1, 9, 9)])
def test_undefined_discounts_name_the_flag_that_helps(ns):
    with pytest.raises(NgramError, match=r"the 2-grams .* --discount-fallback"):
        modified_discounts(ns, 2, fallback=False)
    assert modified_discounts(ns, 2, fallback=True) == FALLBACK


def test_no_four_is_allowed_and_takes_three():
    assert modified_discounts((6, 3, 1, 0), 1, fallback=False).more == 3.0


def test_the_one_discount_is_n1_by_n1_and_twice_n2():
    assert single_discount((6, 3), 1, fallback=False) == (0.5, 0.5, 0.5)
    with pytest.raises(NgramError, match="kneser-ney"):
        single_discount((6, 0), 1, fallback=False)


def test_good_turing_leaves_the_mass_of_what_is_seen_once():
    ns = (120, 40, 24, 13, 15, 5)
    factors = good_turing(ns, 3, fallback=False)
    freed = sum(n * count * (1 - factor) for count, (n, factor) in enumerate(zip(ns, factors, strict=False), 1))
    assert freed == pytest.approx(ns[0])


def test_good_turing_takes_a_lower_limit_where_the_counts_are_thin():
    assert len(good_turing((120, 40, 24, 0, 0, 0), 3, fallback=False)) == 2
    with pytest.raises(NgramError, match="Good-Turing"):
        good_turing((0, 1, 1, 1, 1, 1), 3, fallback=False)
    assert good_turing((0, 1, 1, 1, 1, 1), 3, fallback=True) == pytest.approx((0.5, 0.75, 5 / 6, 0.875, 0.9))
