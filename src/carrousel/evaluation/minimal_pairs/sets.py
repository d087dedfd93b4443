"""The sets of minimal pairs by name: what each is, where it comes from, and what its pairs are counted by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from carrousel.errors import SettingsError, near
from carrousel.evaluation.minimal_pairs.generated import agreement_pairs
from carrousel.evaluation.minimal_pairs.judging import Method
from carrousel.evaluation.minimal_pairs.pair import MinimalPair, thinned
from carrousel.evaluation.minimal_pairs.published import blimp_pairs, colourless_pairs, linzen_pairs, syneval_pairs
from carrousel.text.corpora import find_collection


@dataclass(frozen=True, kw_only=True)
class PairSet:
    """A set of minimal pairs."""

    title: str
    read: Callable[[Path], list[MinimalPair]]
    """The pairs, from the folder that holds the folders of collections."""
    by: tuple[str, ...]
    """The facts that its pairs are counted by; of each value of the first one, some pairs can be taken."""
    method: Method = "sentence"
    """How the pairs are compared if nothing else is said."""

    def pairs(self, data: Path, *, each: int | None = None) -> list[MinimalPair]:
        """The pairs; with `each`, at most so many of each value of the first fact, at even distances.

        Raises:
            DataError: a file is not there, or is not as it was published.
            SettingsError: a number below one.
        """
        if each is not None and each < 1:
            raise SettingsError(f"at least one pair of each kind is asked for, and {each} came")
        found = self.read(data)
        return found if each is None else thinned(found, each=each, by=self.by[0])


PAIR_SETS: Final[Mapping[str, PairSet]] = MappingProxyType(
    {
        "agreement": PairSet(
            title="sentences of builtin:agreement: verbs, reflexives, possessives and pronouns",
            read=lambda _: agreement_pairs(),
            by=("kind", "attractors", "distance"),
        ),
        "blimp": PairSet(
            title="BLiMP (Warstadt and others 2020)",
            read=lambda data: blimp_pairs(find_collection("blimp").read("BLiMP.zip", data)),
            by=("paradigm", "phenomenon", "distance"),
        ),
        "lm_syneval": PairSet(
            title="targeted syntactic evaluation (Marvin and Linzen 2018)",
            read=lambda data: syneval_pairs(find_collection("lm_syneval").read("lm_syneval_emnlp2018.tsv", data)),
            by=("case", "attractors"),
        ),
        "colorlessgreen": PairSet(
            title="colourless green sentences, and those that they were made of (Gulordava and others 2018)",
            read=lambda data: colourless_pairs(
                find_collection("colorlessgreen").read("agreement/English/generated.tab", data)
            ),
            by=("sentences", "attractors", "distance"),
            method="prefix",
        ),
        "linzen": PairSet(
            title="sentences of Wikipedia (Linzen, Dupoux and Goldberg 2016; the part that Gulordava and others took)",
            read=lambda data: linzen_pairs(
                find_collection("colorlessgreen").read("linzen_testset/subj_agr_filtered.text", data),
                find_collection("colorlessgreen").read("linzen_testset/subj_agr_filtered.gold", data),
            ),
            by=("attractors",),
            method="prefix",
        ),
    }
)


def find_pairs(name: str) -> PairSet:
    """The set of this name.

    Raises:
        SettingsError: there is none.
    """
    if name not in PAIR_SETS:
        raise SettingsError(f"there is no set of minimal pairs {name!r}{near(name, PAIR_SETS)}")
    return PAIR_SETS[name]
