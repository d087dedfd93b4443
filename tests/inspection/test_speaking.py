import json

import jax
import numpy as np
import pytest

import carrousel as cr
from carrousel.errors import SettingsError
from carrousel.inspection import speak
from carrousel.inspection.speaking import degree
from carrousel.text import learn_tokenizer, memory_text

TEXT = "the cat sat on the mat\n"


def traced(cell):
    tokenizer = learn_tokenizer("word", memory_text(TEXT, name="text"))
    network = cr.LanguageModel(
        tokenizer.size, cell=cell, layers=2, hidden=4, start="uniform", scale=0.9, key=jax.random.key(1)
    )
    return cr.inspect(cr.Model(network=network, tokenizer=tokenizer, facts={}), TEXT, top=3)


@pytest.fixture(scope="module")
def lstm():
    return traced("lstm")


@pytest.fixture(scope="module")
def spoken(lstm):
    return list(speak(lstm))


def test_the_questions_stand_in_the_order_of_the_notes(spoken):
    lines = spoken[2].layers[0]
    assert [said.name for said in lines] == ["i", "f", "g", "c", "o", "h"]
    assert [said.question for said in lines[:2]] == ["How important is my input?", "How important is my past state?"]
    assert len(spoken[2].layers) == 2


def test_an_answer_states_the_numbers_of_the_trace(lstm, spoken):
    i, f, g, c, o, h = spoken[2].layers[0]
    values = lstm.layers[0].values
    assert i.numbers["mean"] == pytest.approx(values["i"][2].mean())
    assert i.numbers["change"] == pytest.approx(values["i"][2].mean() - values["i"][1].mean(), abs=1e-7)
    assert f"{values['i'][2].mean():.2f} on average" in i.answer
    assert i.answer.endswith(", ".join(map(str, np.argsort(-values["i"][2])[:3])))
    assert f.answer.startswith("f, the part of c that is kept, is ")
    assert g.numbers["size"] == pytest.approx(np.sqrt((values["g"][2] ** 2).mean()), rel=1e-6)
    assert c.numbers["change"] == pytest.approx(np.sqrt(((values["c"][2] - values["c"][1]) ** 2).mean()), rel=1e-6)
    assert o.numbers["units"] == 4
    most = int(np.abs(values["h"][2] - values["h"][1]).argmax())
    assert f"moved most: unit {most} from {values['h'][1][most]:+.2f} to {values['h'][2][most]:+.2f}" in h.answer


def test_each_step_tells_what_is_expected_next(lstm, spoken):
    assert [step.token for step in spoken] == list(lstm.names)
    assert spoken[0].follows == ("the", pytest.approx(np.exp(lstm.log_probabilities[0])))
    assert spoken[-1].follows is None
    assert [p for _, p in spoken[1].expected] == sorted((p for _, p in spoken[1].expected), reverse=True)
    assert json.loads(json.dumps(spoken[1].as_json()))["token"] == "the"


def test_chosen_units_alone_are_spoken_of(lstm):
    one = next(speak(lstm, units=[2])).layers[0][0]
    assert one.numbers["mean"] == pytest.approx(lstm.layers[0].values["i"][0, 2])
    assert one.answer.endswith("most open: unit 2")
    with pytest.raises(SettingsError, match="units are numbers from 0 to 3"):
        next(speak(lstm, units=[4]))


def test_another_cell_speaks_of_its_own_gates():
    lines = next(speak(traced("gru"))).layers[0]
    assert [said.name for said in lines] == ["z", "h", "r"]
    assert lines[0].answer.startswith("z, the part of h that is kept, is ")
    assert lines[2].question == "And r?"


@pytest.mark.parametrize(
    ("mean", "word"), [(0.05, "shut"), (0.3, "mostly shut"), (0.5, "half open"), (0.7, "mostly open"), (1.0, "open")]
)
def test_words_for_a_mean(mean, word):
    assert degree(mean) == word
