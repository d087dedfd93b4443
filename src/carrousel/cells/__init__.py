"""The catalogue: CELLS names every cell; adding one is a file and a line here."""

from collections.abc import Mapping

from carrousel.cells.elman import ELMAN, ELMAN_LOGISTIC, ELMAN_RELU
from carrousel.cells.greff_variants import LSTM_CIFG, LSTM_FGR, LSTM_NFG, LSTM_NIAF, LSTM_NIG, LSTM_NOAF, LSTM_NOG
from carrousel.cells.gru import GRU
from carrousel.cells.gru_reset_before import GRU_RESET_BEFORE
from carrousel.cells.layer_norm_lstm import LAYER_NORM_LSTM
from carrousel.cells.layer_norm_lstm_gatewise import LAYER_NORM_LSTM_GATEWISE
from carrousel.cells.layer_norm_lstm_stored import LAYER_NORM_LSTM_STORED
from carrousel.cells.lstm import LSTM
from carrousel.cells.lstm_1997 import LSTM_1997
from carrousel.cells.lstm_1997_bare import LSTM_1997_BARE
from carrousel.cells.lstm_1997_full import LSTM_1997_FULL
from carrousel.cells.lstm_projected import LSTM_PROJECTED
from carrousel.cells.mgu import MGU
from carrousel.cells.peephole_lstm import PEEPHOLE_LSTM
from carrousel.engine import Cell

CELLS: Mapping[str, Cell] = {
    "elman": ELMAN,
    "elman-logistic": ELMAN_LOGISTIC,
    "elman-relu": ELMAN_RELU,
    "gru": GRU,
    "gru-reset-before": GRU_RESET_BEFORE,
    "layer-norm-lstm": LAYER_NORM_LSTM,
    "layer-norm-lstm-gatewise": LAYER_NORM_LSTM_GATEWISE,
    "layer-norm-lstm-stored": LAYER_NORM_LSTM_STORED,
    "lstm": LSTM,
    "lstm-1997": LSTM_1997,
    "lstm-1997-bare": LSTM_1997_BARE,
    "lstm-1997-full": LSTM_1997_FULL,
    "lstm-cifg": LSTM_CIFG,
    "lstm-fgr": LSTM_FGR,
    "lstm-nfg": LSTM_NFG,
    "lstm-niaf": LSTM_NIAF,
    "lstm-nig": LSTM_NIG,
    "lstm-noaf": LSTM_NOAF,
    "lstm-nog": LSTM_NOG,
    "lstm-projected": LSTM_PROJECTED,
    "mgu": MGU,
    "peephole-lstm": PEEPHOLE_LSTM,
}
