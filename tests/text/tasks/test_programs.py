"""Generated programs and their interpreter, against Python itself."""

import contextlib
import io
import re
from collections import Counter

import numpy as np
import pytest

from carrousel.errors import TextError
from carrousel.text.tasks.interpreter import run_program
from carrousel.text.tasks.programs import OPERATIONS, draw_program, longest_program
from carrousel.text.uniform import uniform

NOTES = "j=8584; for x in range(8): j+=920; b=(1500+j); print((b+7567))"


def python(program: str) -> int:
    """What Python prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(program.replace("#", "\n"), {})
    return int(said.getvalue())


def drawn(count: int, *, length: int, nesting: int, seed: int = 1) -> list[str]:
    numbers = uniform(np.random.default_rng(seed))
    return [draw_program(numbers, length=length, nesting=nesting) for _ in range(count)]


def test_the_notes_program_prints_25011() -> None:
    assert run_program(NOTES) == 25011
    assert python(NOTES.replace("; ", "\n")) == 25011


@pytest.mark.parametrize(("length", "nesting"), [(1, 1), (2, 2), (4, 3), (9, 4)])
def test_the_interpreter_prints_what_python_prints(length: int, nesting: int) -> None:
    programs = drawn(500, length=length, nesting=nesting)
    assert [run_program(program) for program in programs] == [python(program) for program in programs]


@pytest.mark.parametrize(("length", "nesting"), [(1, 1), (2, 3), (4, 2)])
def test_no_program_is_longer_than_is_said_and_some_are_as_long(length: int, nesting: int) -> None:
    programs = drawn(800, length=length, nesting=nesting)
    program, answer = longest_program(length=length, nesting=nesting)
    assert program - 2 * nesting <= max(map(len, programs)) <= program
    assert max(len(str(run_program(text))) for text in programs) <= answer


def test_the_six_operations_are_equally_likely() -> None:
    assert len(OPERATIONS) == 6
    marks = {"for": "for", "if": " if ", "*": r"\*", "variable": r"^[a-j]=\d+#print", "none": r"^print\(\d+\)$"}
    programs = drawn(3000, length=3, nesting=1)
    count = Counter(name for text in programs for name, mark in marks.items() if re.search(mark, text))
    assert all(abs(count[name] - 500) < 4 * 20.4 for name in marks), count
    assert abs(3000 - sum(count.values()) - 500) < 4 * 20.4  # what is left is a sum or a difference


def test_nesting_is_the_most_operations_and_each_variable_has_a_name_of_its_own() -> None:
    for program in drawn(100, length=2, nesting=10):
        names = re.findall(r"(?:^|#)([a-j])=", program)
        assert len(names) == len(set(names))
        marks = len(re.findall(r"[-+]=|\+|-|\*| if ", program))
        assert len(names) <= marks <= 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("print(1", r"wants \) at place 7, and the end stands there"),
        ("print(1)$", "has no '\\$', which stands at place 8"),
        ("print(a)", "a is read before it is set"),
        ("a+=1\nprint(a)", "a is read before it is set"),
        ("a=1", "wants print, which ends a program"),
        ("", "wants print, which ends a program"),
        ("print(1)#a=2", "wants nothing more after print at place 9"),
        ("for x in range(3):print(1)", "wants a name at place 18, and 'print'"),
        ("for x in range(100001):a=1", "at most 100,000 rounds"),
        ("a 1", "wants =, \\+= or -="),
        ("print(1 if 2 else 3)", "wants < or >"),
        ("print(" + "(" * 5000 + "1", "too many brackets"),
        ("print(" + "9" * 1001 + ")", "at most 1,000 digits"),
        ("a=9#for x in range(99):a=(a*a)#print(a)", "at most 1,000 digits"),
    ],
)
def test_what_is_not_of_the_language_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(TextError, match=words):
        run_program(text)


def test_a_loop_of_no_rounds_leaves_its_body_out() -> None:
    assert run_program("a=1\nfor x in range(0):a+=5\nprint(a)") == 1
    assert run_program("a=1;for x in range(-3):a=(2 if 1<2 else 3);print(-a)") == -1
