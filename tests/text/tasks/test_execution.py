"""Rows of questions, how they are kept apart, and in which order they become harder."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from carrousel.errors import SettingsError
from carrousel.text.tasks.curricula import STRATEGIES, stages
from carrousel.text.tasks.execution import Execution
from carrousel.text.tasks.interpreter import run_program
from carrousel.text.tasks.programs import draw_program
from carrousel.text.tasks.questions import KINDS, PARTS, Hardness, Question, part_of
from carrousel.text.tasks.rows import ALPHABET, ANSWERS
from carrousel.text.tasks.sequences import Sequences
from carrousel.text.uniform import uniform

PROGRAMS = Execution(hardest=Hardness(3, 2), row=160)
ADDITIONS = Execution(kind="additions", hardest=Hardness(4))
COLUMNS = Execution(kind="columns", hardest=Hardness(4))
COPIES = Execution(kind="copies", hardest=Hardness(6))


def asked_for(kind: str, text: str) -> str:
    """What a question asks for, found in another way."""
    if kind == "columns":
        columns = zip(text[::2], text[1::2], strict=True)
        return str(sum((int(a) + int(b)) * 10**place for place, (a, b) in enumerate(columns)))
    return text if kind == "copies" else str(run_program(text))


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def read_back(drawn: Sequences) -> list[Question]:
    """The questions that the arrays hold."""
    found = []
    assert drawn.resets is not None
    for row in range(drawn.lengths.size):
        begins = [*np.flatnonzero(drawn.resets[:, row]), drawn.lengths[row]]
        for first, last in pairwise(begins):
            text = "".join(ALPHABET[symbol] for symbol in drawn.inputs[first:last, row])
            counts = drawn.weights[first:last, row] > 0
            wanted = "".join(ANSWERS[target] for target in drawn.targets[first:last, row][counts])
            question, known = text.split("@")
            assert wanted == known + "."
            assert counts.tolist() == [False] * len(question) + [True] * len(wanted)
            found.append(Question(question, known))
    return found


@pytest.mark.parametrize("task", [PROGRAMS, ADDITIONS, COLUMNS, COPIES], ids=lambda task: task.kind)
def test_rows_hold_whole_questions_with_their_answers_and_nothing_else(task: Execution) -> None:
    drawn = task.draw(rng(), 8)
    questions = read_back(drawn)
    assert questions == task.ask(rng(), len(questions))
    past = np.arange(task.steps)[:, None] >= drawn.lengths
    assert not any(array[past].any() for array in (drawn.inputs, drawn.targets, drawn.weights))
    assert drawn.inputs.shape == (task.steps, 8)
    assert drawn.inputs.max() < task.inputs
    assert drawn.targets.max() < task.outputs == 12
    for question in questions:
        assert question.answer == asked_for(task.kind, question.text)
        assert part_of(question.text) == "train"


def test_a_question_that_does_not_fit_opens_the_next_row() -> None:
    questions = read_back(replace(PROGRAMS, row=None).draw(rng(), 24))
    lengths = [len(question.text) for question in questions]
    alone = [len(question.text) for question in PROGRAMS.ask(rng(2), 400)]
    assert np.mean(lengths) == pytest.approx(np.mean(alone), abs=4 * np.std(alone) / len(lengths) ** 0.5 + 1)


def test_the_three_parts_share_no_question_and_are_equally_large() -> None:
    easy = Execution(hardest=Hardness(1, 1))
    found = {part: {q.text for q in replace(easy, part=part).ask(rng(), 300)} for part in PARTS}
    assert not found["train"] & found["valid"]
    assert not found["train"] & found["test"]
    assert not found["valid"] & found["test"]
    drawn = uniform(rng())
    counts = Counter(part_of(draw_program(drawn, length=4, nesting=1)) for _ in range(900))
    assert all(abs(counts[part] - 300) < 4 * 14.2 for part in PARTS)


def test_reversing_and_doubling_change_what_is_read_and_not_what_is_wanted() -> None:
    plain = COPIES.ask(rng(), 20)
    for question, asked in zip(replace(COPIES, reverse=True).ask(rng(), 20), plain, strict=True):
        assert question == (asked.text[::-1], asked.answer)
    for question, asked in zip(replace(COPIES, double=True).ask(rng(), 20), plain, strict=True):
        assert question == (f"{asked.text};{asked.text}", asked.answer)
    both = replace(COPIES, reverse=True, double=True)
    assert both.ask(rng(), 1)[0].text == f"{plain[0].text[::-1]};{plain[0].text[::-1]}"
    assert both.longest == COPIES.longest + 7
    assert len(read_back(both.draw(rng(), 4))) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_as_long_as_is_asked(kind: str) -> None:
    task = Execution(kind=kind, hardest=Hardness(5), current=Hardness(3))
    texts = [question.text for question in task.ask(rng(), 100)]
    digits = [len(run) for text in texts for run in "".join(c if c.isdigit() else " " for c in text).split()]
    wanted = {"additions": {3}, "columns": {6}, "copies": {3}}  # a program may have 10 ** 3 itself
    assert max(digits) in (3, 4) if kind == "programs" else set(digits) == wanted[kind]


def test_answers_are_written_backwards_where_that_is_wanted() -> None:
    plain = ADDITIONS.ask(rng(), 20)
    for question, asked in zip(replace(ADDITIONS, backwards=True).ask(rng(), 20), plain, strict=True):
        assert question == (asked.text, asked.answer[::-1])


def test_a_curriculum_begins_with_the_easiest_and_mixes_nothing_easier() -> None:
    task = replace(ADDITIONS, easiest=Hardness(2), mixed=1.0)
    assert {len(question.answer) for question in task.ask(rng(), 200)} == {2, 3, 4, 5}
    assert [stage.asked.length for stage in stages(task, "naive")] == [2, 3, 4]
    with pytest.raises(SettingsError, match="as hard as \\(2, 1\\) or harder"):
        replace(task, current=Hardness(1))


def test_mixed_questions_are_of_every_hardness() -> None:
    task = replace(ADDITIONS, mixed=0.5, current=Hardness(4))
    lengths = np.array([len(question.text.split("+")[0]) - len("print(") for question in task.ask(rng(), 800)])
    shares = [(lengths == digits).mean() for digits in (1, 2, 3, 4)]
    assert shares[3] == pytest.approx(0.5 + 0.5 / 4, abs=0.05)
    assert min(shares[:3]) > 0.05


def test_strategies_lead_from_easy_to_hard_as_the_paper_says() -> None:
    hardness = {name: [(stage.asked, stage.mixed) for stage in stages(PROGRAMS, name)] for name in STRATEGIES}
    way = [Hardness(1, 1), Hardness(2, 1), Hardness(3, 1), Hardness(1, 2), Hardness(2, 2), Hardness(3, 2)]
    assert hardness["baseline"] == [((3, 2), 0)]
    assert hardness["mixed"] == [((3, 2), 1)]
    assert hardness["naive"] == [(step, 0) for step in way]
    assert hardness["combined"] == [(step, 0.2) for step in way]
    assert {stage.steps for name in STRATEGIES for stage in stages(PROGRAMS, name)} == {160}
    with pytest.raises(SettingsError, match="strategy must be one of baseline, naive, mixed, combined, got hard"):
        stages(PROGRAMS, "hard")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "poems"}, "kind must be one of programs, additions, columns, copies"),
        ({"hardest": Hardness(0, 1)}, "length must be 1 or more"),
        ({"hardest": Hardness(3, 11)}, "nesting is at most 10 for programs"),
        ({"kind": "copies", "hardest": Hardness(3, 2)}, "nesting is at most 1 for copies"),
        ({"current": Hardness(4, 1)}, "as \\(1, 1\\) or harder, and at most \\(3, 2\\); got \\(4, 1\\)"),
        ({"mixed": 1.5}, "mixed is a share"),
        ({"part": "exam"}, "part must be one of"),
        ({"row": 10}, "a row of 10 is too short"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Execution(**settings)  # type: ignore[arg-type]
