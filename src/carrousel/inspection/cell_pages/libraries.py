"""What other libraries call the cells, beside what the cells' own rows say, and where one name means two things."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from carrousel.engine import Cell

_JULIA: Final = """
antisymmetric-rnn=AntisymmetricRNN gated-antisymmetric-rnn=GatedAntisymmetricRNN atr=ATR brc=BR nbrc=NBR cfn=CFN
cornn=coRNN fastrnn=FastRNN fastgrnn=FastGRNN indrnn=IndRNN janet=JANET lem=LEM li-gru=LiGRU light-ru=LightRU mgu=MGU
minimal-rnn=MinimalRNN miru-1=MiRU1 miru-2=MiRU2 multiplicative-lstm=MultiplicativeLSTM mut-1=MUT1 mut-2=MUT2
mut-3=MUT3 nas=NAS lstm-1997-tanh=OriginalLSTM peephole-lstm=PeepholeLSTM ran=RAN scrn=SCRN sgrn=SGRN star=STAR
typed-rnn=TRNN typed-gru=TGRU typed-lstm=TLSTM ugrnn=UGRNN unicornn=UnICORNN wmc-lstm=WMCLSTM
intersection-rnn=IntersectionRNN memory-controller-lstm=MCLSTM
"""

LIBRARIES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "RecurrentLayers.jl": dict(pair.split("=") for pair in _JULIA.split()),
        "keras": {"lstm": "LSTM", "gru": "GRU(reset_after=True)", "elman": "SimpleRNN"},
        "equinox": {"lstm": "nn.LSTMCell", "gru": "nn.GRUCell"},
        "haste": {"lstm": "LSTM", "gru": "GRU"},
        "flashrnn": {"lstm": "lstm", "gru": "gru", "elman": "elman"},
        "flux": {"lstm": "LSTM", "elman": "RNN"},
        "torchrl": {"lstm": "LSTMModule", "gru": "GRUModule"},
        "tensorflow": {"lstm": "BasicLSTMCell", "elman": "BasicRNNCell", "gru-reset-before": "GRUCell"},
        "brainstorm": {"peephole-lstm": "Lstm", "elman": "Recurrent"},
        "neuralhydrology": {"lstm": "CudaLSTM, CustomLSTM", "gru": "GRU"},
        "returnn": {"lstm": "NativeLstm2"},
        "jax": {"lstm": "experimental.rnn.lstm"},
        "fla": {"hgrn": "HGRN", "rwkv-4": "RWKV4"},
    }
)
"""Library -> our cell -> its name there; the cells' own rows (`aka`) have the rest, and go before these."""


def names(cell: Cell) -> dict[str, str]:
    """Library, or paper -> what it calls a cell."""
    others = {library: cells[cell.name] for library, cells in LIBRARIES.items() if cell.name in cells}
    return dict(sorted({**others, **cell.aka}.items(), key=lambda pair: pair[0].lower()))


class Convention(NamedTuple):
    """A name under which libraries run different equations."""

    name: str
    says: str
    cells: Mapping[str, str]
    """Our cell -> what is its own, and who runs it."""


CONVENTIONS: Final = (
    Convention(
        "GRU",
        "The reset gate acts after the product with the state, as in the paper's first version, or before it, as in "
        "its third. They are two cells, and weights of one mean nothing in the other.",
        {
            "gru": "after: torch, Keras (reset_after=True, its default), flax, equinox, haste, FlashRNN, cuDNN, ONNX "
            "with linear_before_reset=1, Flux's GRU",
            "gru-reset-before": "before: Keras with reset_after=False, TensorFlow's GRUCell, ONNX with "
            "linear_before_reset=0, Flux's GRUv3",
        },
    ),
    Convention(
        "GRU's update gate",
        "In Cho et al. 2014, torch and here z keeps the old state; in Chung et al. 2014 1 - z does. The cell is the "
        "same with the sign of one matrix turned.",
        {"gru": "z keeps the old state"},
    ),
    Convention(
        "LSTM with layer norm",
        "Ba, Kiros & Hinton 2016 normalise the products and the cell. Libraries differ in what is normalised together "
        "and in whether the normalised cell is what the next step reads.",
        {
            "layer-norm-lstm": "each product over its four gates; the cell is normalised for the output alone: haste",
            "layer-norm-lstm-gatewise": "each gate apart, the normalised cell is stored: TensorFlow's "
            "LayerNormBasicLSTMCell",
            "layer-norm-lstm-stored": "the products apart, the normalised cell is stored: PyTorch's custom_lstms, "
            "TensorFlow Addons",
        },
    ),
    Convention(
        "LSTM with peepholes",
        "The output gate looks at the new cell in Gers, Schraudolph & Schmidhuber 2002. RecurrentLayers.jl shows it "
        "the old one, against its own page.",
        {
            "peephole-lstm": "the new cell: torchrecurrent, TensorFlow's LSTMCell(use_peepholes=True), brainstorm",
            "peephole-lstm-projected": "the same with a projection: Sak, Senior & Beaufays 2014",
        },
    ),
    Convention(
        "LSTM of 1997",
        "What is called the original LSTM elsewhere has tanh where the paper has logistics of the range [-2, 2] and "
        "[-1, 1], and the whole gradient where the paper truncates it.",
        {
            "lstm-1997": "the paper's squashing and its truncated gradient",
            "lstm-1997-full": "the same, with gates that hear the gates",
            "lstm-1997-bare": "without output gates, as some of the paper's experiments",
            "lstm-1997-tanh": "tanh, whole gradient: torchrecurrent's OriginalLSTM",
        },
    ),
    Convention(
        "LEM",
        "The second state reads the new first one in the paper and in the authors' code.",
        {"lem": "the paper's; torchrecurrent 0.2.5 and RecurrentLayers.jl read the old one"},
    ),
    Convention(
        "MGU",
        "The gate mixes old and new state as (1 - f) h + f n.",
        {"mgu": "the paper's; RecurrentLayers.jl computes f h + (1 - f) n, against its own page"},
    ),
    Convention(
        "Light GRU",
        "The paper normalises the input's products over the batch. Here a cell sees one sequence, so the norm runs "
        "over its units.",
        {"li-gru": "normalised; torchrecurrent and RecurrentLayers.jl normalise nothing", "sli-gru": "and the state's"},
    ),
    Convention(
        "mLSTM",
        "Two cells of two papers.",
        {"multiplicative-lstm": "Krause et al. 2017", "matrix-lstm": "Beck et al. 2024"},
    ),
    Convention(
        "MC-LSTM",
        "Two cells of two papers.",
        {
            "memory-controller-lstm": "Ben-Ari & Shwartz-Ziv 2017: torchrecurrent's MCLSTM",
            "mass-conserving-lstm": "Hoedt et al. 2021: neuralhydrology's MCLSTM",
        },
    ),
    Convention(
        "T-LSTM",
        "Three things: typed, time-aware, and a net over trees, which is not here.",
        {
            "typed-lstm": "Balduzzi & Ghifary 2016: torchrecurrent's TLSTM",
            "time-aware-lstm": "Baytas et al. 2017",
        },
    ),
    Convention(
        "QRNN",
        "The quasi-recurrent net in its three forms of pooling; quaternion nets are called so too and are not here.",
        {"qrnn-f": "a forget gate", "qrnn-fo": "and an output gate", "qrnn-ifo": "and an input gate of its own"},
    ),
    Convention(
        "highway LSTM",
        "Two cells of two papers.",
        {
            "highway-lstm": "He et al. 2017, a highway past the layer: AllenNLP's AugmentedLstm",
            "depth-gated-lstm": "Zhang et al. 2016 and Yao et al. 2015, a gate from the cell of the layer below",
        },
    ),
)
"""Where a name alone does not say which equations run."""


def conventions(cell: str) -> list[Convention]:
    """The conventions that a cell is one side of."""
    return [convention for convention in CONVENTIONS if cell in convention.cells]


class LeftOut(NamedTuple):
    """What a reader may look for and not find."""

    what: str
    why: str


LEFT_OUT: Final = (
    LeftOut(
        "convolutional LSTMs and GRUs in one to three dimensions (Shi et al. 2015)",
        "their states are images and their products are convolutions; the language has vectors, matrices and numbers",
    ),
    LeftOut(
        "multi-dimensional, grid, time-frequency and 2-D LSTMs (Graves 2007; Kalchbrenner 2016; Sainath & Li 2016)",
        "they recur along several axes at once, and a cell here sees one step of one sequence",
    ),
    LeftOut("tree LSTM (Tai, Socher & Manning 2015)", "a step reads several children, not the one step before"),
    LeftOut(
        "quaternion LSTMs, GRUs and plain nets (Parcollet et al. 2019)",
        "the same equations with matrices of a constrained form; what is new is the product, not the recurrence",
    ),
    LeftOut("SRU++ (Lei 2021)", "it has attention over the whole sequence inside the layer; sru is here"),
    LeftOut(
        "batch-normalised LSTM (Cooijmans et al. 2017), and batch norm within other cells",
        "its statistics are of a batch, and of each step apart, where a cell here sees one sequence; li-gru and "
        "sli-gru normalise over units and say so, and the layer-normalised cells are here",
    ),
    LeftOut("ODE-LSTM (Lechner & Hasani 2020)", "it needs an adaptive solver within a step; ode-rnn takes Euler steps"),
    LeftOut("GRU-ODE-Bayes (De Brouwer et al. 2019)", "it is a solver between events with a loss of its own"),
    LeftOut("MTS-LSTM (Gauch et al. 2021)", "several LSTMs at several rates that hand over: a wiring of layers"),
    LeftOut("AR-LSTM", "an LSTM that is fed its model's own output, which is decoding"),
    LeftOut(
        "DP-LSTM (Opacus)",
        "the LSTM again, written so that each example has its own gradient, which jax.vmap gives of every cell here",
    ),
    LeftOut(
        "block-sparse LSTM (Gray, Radford & Kingma 2017)",
        "the LSTM with a sparse matrix; group-lstm has block-diagonal ones, which run as fast as they are small",
    ),
    LeftOut(
        "RWKV-5 to 7, GLA, DeltaNet, RetNet, Mamba, S4 and S5",
        "matrix states with kernels of their own, which flash-linear-attention has; here are the elementwise ones and "
        "mLSTM",
    ),
    LeftOut(
        "IRNN, zoneout, weight drop, fast-slow stacks, multiplicative integration, chrono start and others",
        "they apply to any cell, so they are settings and wrappers, not cells",
    ),
)
"""What was left out of the catalogue, and why."""
