"""The catalogue: CELLS names every cell; adding one is a file and a line here."""

from collections.abc import Mapping

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

CELLS: Mapping[str, Cell] = {
    "antisymmetric-rnn": ANTISYMMETRIC_RNN,
    "atr": ATR,
    "brc": BRC,
    "cfc": CFC,
    "cfn": CFN,
    "clockwork-lstm": CLOCKWORK_LSTM,
    "clockwork-rnn": CLOCKWORK_RNN,
    "cornn": CORNN,
    "ct-rnn": CT_RNN,
    "delta-rnn": DELTA_RNN,
    "depth-gated-lstm": DEPTH_GATED_LSTM,
    "dreamer-gru": DREAMER_GRU,
    "dsgu": DSGU,
    "ea-lstm": EA_LSTM,
    "elman": ELMAN,
    "elman-logistic": ELMAN_LOGISTIC,
    "elman-relu": ELMAN_RELU,
    "esn": ESN,
    "eunn": EUNN,
    "exprnn": EXPRNN,
    "factorised-lstm": FACTORISED_LSTM,
    "fast-weights": FAST_WEIGHTS,
    "fastgrnn": FASTGRNN,
    "fastgrnn-low-rank": FASTGRNN_LOW_RANK,
    "fastrnn": FASTRNN,
    "gated-antisymmetric-rnn": GATED_ANTISYMMETRIC_RNN,
    "group-lstm": GROUP_LSTM,
    "gru": GRU,
    "gru-1": GRU_1,
    "gru-2": GRU_2,
    "gru-3": GRU_3,
    "gru-d": GRU_D,
    "gru-reset-before": GRU_RESET_BEFORE,
    "hgrn": HGRN,
    "highway-lstm": HIGHWAY_LSTM,
    "hyper-lstm": HYPER_LSTM,
    "indrnn": INDRNN,
    "indy-gru": INDY_GRU,
    "indy-lstm": INDY_LSTM,
    "intersection-rnn": INTERSECTION_RNN,
    "janet": JANET,
    "jordan": JORDAN,
    "layer-norm-gru": LAYER_NORM_GRU,
    "layer-norm-lstm": LAYER_NORM_LSTM,
    "layer-norm-lstm-gatewise": LAYER_NORM_LSTM_GATEWISE,
    "layer-norm-lstm-stored": LAYER_NORM_LSTM_STORED,
    "lem": LEM,
    "li-gru": LI_GRU,
    "light-ru": LIGHT_RU,
    "lipschitz-rnn": LIPSCHITZ_RNN,
    "lmu": LMU,
    "lrn": LRN,
    "lru": LRU,
    "lstm": LSTM,
    "lstm-1997": LSTM_1997,
    "lstm-1997-bare": LSTM_1997_BARE,
    "lstm-1997-full": LSTM_1997_FULL,
    "lstm-1997-tanh": LSTM_1997_TANH,
    "lstm-cifg": LSTM_CIFG,
    "lstm-fgr": LSTM_FGR,
    "lstm-nfg": LSTM_NFG,
    "lstm-niaf": LSTM_NIAF,
    "lstm-nig": LSTM_NIG,
    "lstm-noaf": LSTM_NOAF,
    "lstm-nog": LSTM_NOG,
    "lstm-projected": LSTM_PROJECTED,
    "ltc": LTC,
    "mass-conserving-lstm": MASS_CONSERVING_LSTM,
    "matrix-lstm": MATRIX_LSTM,
    "matrix-lstm-sigmoid": MATRIX_LSTM_SIGMOID,
    "memory-controller-lstm": MEMORY_CONTROLLER_LSTM,
    "mgu": MGU,
    "mgu-1": MGU_1,
    "mgu-2": MGU_2,
    "mgu-3": MGU_3,
    "mi-rnn": MI_RNN,
    "min-gru": MIN_GRU,
    "min-lstm": MIN_LSTM,
    "minimal-rnn": MINIMAL_RNN,
    "miru-1": MIRU_1,
    "miru-2": MIRU_2,
    "mogrifier-lstm": MOGRIFIER_LSTM,
    "multiplicative-lstm": MULTIPLICATIVE_LSTM,
    "multiplicative-rnn": MULTIPLICATIVE_RNN,
    "mut-1": MUT_1,
    "mut-2": MUT_2,
    "mut-3": MUT_3,
    "nas": NAS,
    "nbrc": NBRC,
    "nested-lstm": NESTED_LSTM,
    "ode-rnn": ODE_RNN,
    "on-lstm": ON_LSTM,
    "para-lstm": PARA_LSTM,
    "peephole-lstm": PEEPHOLE_LSTM,
    "peephole-lstm-projected": PEEPHOLE_LSTM_PROJECTED,
    "phased-lstm": PHASED_LSTM,
    "qrnn-f": QRNN_F,
    "qrnn-fo": QRNN_FO,
    "qrnn-ifo": QRNN_IFO,
    "ran": RAN,
    "res-lstm": RES_LSTM,
    "rg-lru": RG_LRU,
    "rhn": RHN,
    "rwkv-4": RWKV_4,
    "scrn": SCRN,
    "sgrn": SGRN,
    "sgu": SGU,
    "skip-gru": SKIP_GRU,
    "skip-lstm": SKIP_LSTM,
    "sli-gru": SLI_GRU,
    "slstm": SLSTM,
    "sru": SRU,
    "star": STAR,
    "tau-gru": TAU_GRU,
    "time-aware-lstm": TIME_AWARE_LSTM,
    "typed-gru": TYPED_GRU,
    "typed-lstm": TYPED_LSTM,
    "typed-rnn": TYPED_RNN,
    "ugrnn": UGRNN,
    "unicornn": UNICORNN,
    "ur-lstm": UR_LSTM,
    "urnn": URNN,
    "wmc-lstm": WMC_LSTM,
}
