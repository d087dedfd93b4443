"""An n-gram model asked as a network says what it says when asked itself."""

import jax.numpy as jnp
import numpy as np
import pytest

from carrousel.generation import Network, Passage, score_words
from carrousel.ngram.network import NOTHING, NgramNetwork
from tests.ngram.making import LINES, made

NEAR = 1e-6  # relative; what is asked comes back in float32


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return made(tmp_path_factory.mktemp("ngram"))


@pytest.fixture(scope="module")
def network(model):
    return NgramNetwork(model)


def text(model):
    return model.encode("".join(f"{line}\n" for line in LINES[3:6]))


def test_it_has_the_form_of_a_network(network):
    assert isinstance(network, Network)


def test_windows_give_what_the_model_gives_in_one(model, network):
    words = text(model)
    passage = Passage(words=words, context=model.tokenizer.end)
    scored = list(score_words(network, passage, window=4))
    wanted = model.log_probabilities(words)
    assert np.concatenate([logs for _, logs in scored]) == pytest.approx(wanted, rel=NEAR)


def test_a_reset_forgets_the_words_before(model, network):
    words = text(model)[:6]
    begins = np.zeros(6, bool)
    begins[[0, 4]] = True
    ((_, logs),) = score_words(network, Passage(words=words, context=int(words[3]), begins=begins), window=6)
    alone = model.ask(words[None, 3:5])[0]
    assert logs[4] == pytest.approx(alone, rel=NEAR)
    assert logs[4] != pytest.approx(model.ask(words[None, 2:5])[0], rel=NEAR)


def test_the_state_is_the_last_words_up_to_the_length(network):
    tokens = jnp.asarray([[3, 4], [5, 6], [7, 2]])
    histories, (last,) = network.run(tokens, lengths=jnp.asarray([3, 1]))
    assert last.tolist() == [[5, 7], [NOTHING, 4]]
    assert histories[1].tolist() == [[3, 5], [NOTHING, 4]]


def test_a_step_gives_every_next_word(model, network):
    words = text(model)[:2]
    state = network.start_state(1)
    for word in words:
        logits, state = network.stepper()(jnp.asarray([word]), state)
    assert np.asarray(logits[0]) == pytest.approx(model.next_log_probabilities(words), rel=NEAR)


def test_unigrams_and_characters_without_ends_of_lines_are_read_too(tmp_path):
    for settings in ({"order": 1}, {"tokenizer": "char", "order": 3}):
        model = made(tmp_path / str(settings["order"]), **settings)
        words, end = text(model), model.tokenizer.end
        first = 0 if end is not None else 1
        network = NgramNetwork(model)
        ((_, logs),) = score_words(network, Passage(words=words, context=end), spans=[(first, len(words))], window=80)
        assert logs == pytest.approx(model.log_probabilities(words)[first:], rel=NEAR)
