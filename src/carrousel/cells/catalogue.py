"""The catalogue: each line of imports enters what it names, and a cell is found by what a caller has of it."""

# ruff: noqa: F401 - the imports are the table

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from carrousel.cells.antisymmetric_rnn import ANTISYMMETRIC_RNN, GATED_ANTISYMMETRIC_RNN
from carrousel.cells.atr import ATR
from carrousel.cells.brc import BRC, NBRC
from carrousel.cells.cfc import CFC
from carrousel.cells.cfn import CFN
from carrousel.cells.clockwork_lstm import CLOCKWORK_LSTM
from carrousel.cells.clockwork_rnn import CLOCKWORK_RNN
from carrousel.cells.cornn import CORNN
from carrousel.cells.ct_rnn import CT_RNN
from carrousel.cells.delta_rnn import DELTA_RNN
from carrousel.cells.depth_gated_lstm import DEPTH_GATED_LSTM
from carrousel.cells.dreamer_gru import DREAMER_GRU
from carrousel.cells.ea_lstm import EA_LSTM
from carrousel.cells.elman import ELMAN, ELMAN_LOGISTIC, ELMAN_RELU
from carrousel.cells.esn import ESN
from carrousel.cells.eunn import EUNN
from carrousel.cells.exprnn import EXPRNN
from carrousel.cells.factorised_lstm import FACTORISED_LSTM
from carrousel.cells.fast_weights import FAST_WEIGHTS
from carrousel.cells.fastgrnn import FASTGRNN, FASTGRNN_LOW_RANK
from carrousel.cells.fastrnn import FASTRNN
from carrousel.cells.greff_variants import LSTM_CIFG, LSTM_FGR, LSTM_NFG, LSTM_NIAF, LSTM_NIG, LSTM_NOAF, LSTM_NOG
from carrousel.cells.group_lstm import GROUP_LSTM
from carrousel.cells.gru import GRU
from carrousel.cells.gru_d import GRU_D
from carrousel.cells.gru_dey_salem import GRU_1, GRU_2, GRU_3
from carrousel.cells.gru_reset_before import GRU_RESET_BEFORE
from carrousel.cells.hgrn import HGRN
from carrousel.cells.highway_lstm import HIGHWAY_LSTM
from carrousel.cells.hyper_lstm import HYPER_LSTM
from carrousel.cells.indrnn import INDRNN
from carrousel.cells.indy_gru import INDY_GRU
from carrousel.cells.indy_lstm import INDY_LSTM
from carrousel.cells.intersection_rnn import INTERSECTION_RNN
from carrousel.cells.janet import JANET
from carrousel.cells.jordan import JORDAN
from carrousel.cells.layer_norm_gru import LAYER_NORM_GRU
from carrousel.cells.layer_norm_lstm import LAYER_NORM_LSTM
from carrousel.cells.layer_norm_lstm_gatewise import LAYER_NORM_LSTM_GATEWISE
from carrousel.cells.layer_norm_lstm_stored import LAYER_NORM_LSTM_STORED
from carrousel.cells.lem import LEM
from carrousel.cells.li_gru import LI_GRU, SLI_GRU
from carrousel.cells.light_ru import LIGHT_RU
from carrousel.cells.lipschitz_rnn import LIPSCHITZ_RNN
from carrousel.cells.lmu import LMU
from carrousel.cells.lrn import LRN
from carrousel.cells.lru import LRU
from carrousel.cells.lstm import LSTM
from carrousel.cells.lstm_1997 import LSTM_1997
from carrousel.cells.lstm_1997_bare import LSTM_1997_BARE
from carrousel.cells.lstm_1997_full import LSTM_1997_FULL
from carrousel.cells.lstm_1997_tanh import LSTM_1997_TANH
from carrousel.cells.lstm_projected import LSTM_PROJECTED
from carrousel.cells.ltc import LTC
from carrousel.cells.mass_conserving_lstm import MASS_CONSERVING_LSTM
from carrousel.cells.matrix_lstm import MATRIX_LSTM, MATRIX_LSTM_SIGMOID
from carrousel.cells.memory_controller_lstm import MEMORY_CONTROLLER_LSTM
from carrousel.cells.mgu import MGU
from carrousel.cells.mgu_heck_salem import MGU_1, MGU_2, MGU_3
from carrousel.cells.mi_rnn import MI_RNN
from carrousel.cells.min_gru import MIN_GRU
from carrousel.cells.min_lstm import MIN_LSTM
from carrousel.cells.minimal_rnn import MINIMAL_RNN
from carrousel.cells.miru import MIRU_1, MIRU_2
from carrousel.cells.mogrifier_lstm import MOGRIFIER_LSTM
from carrousel.cells.multiplicative_lstm import MULTIPLICATIVE_LSTM
from carrousel.cells.multiplicative_rnn import MULTIPLICATIVE_RNN
from carrousel.cells.mut import MUT_1, MUT_2, MUT_3
from carrousel.cells.nas import NAS
from carrousel.cells.nested_lstm import NESTED_LSTM
from carrousel.cells.ode_rnn import ODE_RNN
from carrousel.cells.on_lstm import ON_LSTM
from carrousel.cells.para_lstm import PARA_LSTM
from carrousel.cells.peephole_lstm import PEEPHOLE_LSTM
from carrousel.cells.peephole_lstm_projected import PEEPHOLE_LSTM_PROJECTED
from carrousel.cells.phased_lstm import PHASED_LSTM
from carrousel.cells.qrnn import QRNN_F, QRNN_FO, QRNN_IFO
from carrousel.cells.ran import RAN
from carrousel.cells.res_lstm import RES_LSTM
from carrousel.cells.rg_lru import RG_LRU
from carrousel.cells.rhn import RHN
from carrousel.cells.rwkv_4 import RWKV_4
from carrousel.cells.scrn import SCRN
from carrousel.cells.sgrn import SGRN
from carrousel.cells.sgu import DSGU, SGU
from carrousel.cells.skip_gru import SKIP_GRU
from carrousel.cells.skip_lstm import SKIP_LSTM
from carrousel.cells.slstm import SLSTM
from carrousel.cells.sru import SRU
from carrousel.cells.star import STAR
from carrousel.cells.tau_gru import TAU_GRU
from carrousel.cells.time_aware_lstm import TIME_AWARE_LSTM
from carrousel.cells.typed import TYPED_GRU, TYPED_LSTM, TYPED_RNN
from carrousel.cells.ugrnn import UGRNN
from carrousel.cells.unicornn import UNICORNN
from carrousel.cells.ur_lstm import UR_LSTM
from carrousel.cells.urnn import URNN
from carrousel.cells.wmc_lstm import WMC_LSTM
from carrousel.engine import Cell
from carrousel.errors import CellError

CELLS: Mapping[str, Cell] = {
    cell.name: cell for cell in sorted((v for v in vars().values() if isinstance(v, Cell)), key=lambda cell: cell.name)
}
"""Every cell by its name."""

SHARED_NAMES: Mapping[str, tuple[str, ...]] = {
    "mlstm": ("multiplicative-lstm", "matrix-lstm"),
    "mc-lstm": ("memory-controller-lstm", "mass-conserving-lstm"),
    "t-lstm": ("typed-lstm", "time-aware-lstm"),
    "qrnn": ("qrnn-f", "qrnn-fo", "qrnn-ifo"),
}
"""Names that papers and libraries give to several cells."""


def find_cell(cell: str | Cell | Callable[..., Any]) -> Cell:
    """The cell that is meant.

    Args:
        cell: a name of the catalogue, a Cell, or a function in the language of cells.

    Raises:
        CellError: the catalogue has no cell of that name, or several; names them, or the near ones.
    """
    if isinstance(cell, Cell):
        return cell
    if not isinstance(cell, str):
        return Cell(cell)
    if cell in SHARED_NAMES:
        raise CellError(f"{cell!r} is the name of several cells; say which: {', '.join(SHARED_NAMES[cell])}")
    if cell not in CELLS:
        near = difflib.get_close_matches(cell, CELLS, n=3, cutoff=0.4)
        meant = f"; near it are {', '.join(near)}" if near else ""
        raise CellError(f"the catalogue has no cell {cell!r}{meant}; `carrousel cells` lists all")
    return CELLS[cell]
