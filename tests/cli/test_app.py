"""The program itself: how errors, exit codes and help come out, whatever the command."""

import json
import subprocess
import sys

import pytest

from carrousel.cli import app
from carrousel.cli.flags import with_flags
from carrousel.errors import CarrouselError, MissingPackageError, SettingsError, TextError, TrainingError


def told(capsys, *arguments):
    """The exit code and the one line on the standard error."""
    code = app.call(arguments)
    return code, capsys.readouterr().err


@pytest.fixture
def broken(monkeypatch):
    """A command that fails with whatever is put into the list."""
    errors = []

    def command(*, number: int = 0) -> int:
        if errors:
            raise errors[0]
        return number

    module = type(sys)("broken_command")
    module.command = command
    monkeypatch.setitem(sys.modules, "broken_command", module)
    monkeypatch.setattr(app, "COMMANDS", {"work": ("broken_command:command", "Works or fails.")})
    return errors


def test_help_lists_the_commands_without_importing_what_computes():
    program = (
        "import sys; from carrousel.cli import app; code = app.call(['--help']); "
        "import json; print(json.dumps([code, [m for m in ('jax', 'numpy', 'equinox', 'duckdb') if m in sys.modules]]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
    assert all(name in done.stdout for name in app.COMMANDS)


def test_drawing_from_a_network_waits_for_no_database_and_no_terminal():
    heavy = ("duckdb", "rich.console", "optax")
    program = f"import sys; import carrousel.cli.generate; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]


def test_the_module_is_the_same_program():
    done = subprocess.run([sys.executable, "-m", "carrousel", "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0


def test_every_command_in_the_help_can_be_called_and_explains_itself(capsys):
    helps = {}
    for name in app.COMMANDS:
        assert app.call([name, "--help"]) == 0
        helps[name] = " ".join(capsys.readouterr().out.replace("│", " ").split())
        assert f"carrousel {name}" in helps[name]
        assert "--empty-" not in helps[name]
    assert "CARROUSEL_HIDDEN=300" in helps["train"]
    assert "now and then about half of it (Merity et al. 2018)" in helps["train"]


def test_work_that_is_done_leaves_with_the_number_of_the_command(broken, capsys):
    assert app.call(["work"]) == 0
    assert app.call(["work", "--number", "75"]) == 75


@pytest.mark.parametrize("kind", [CarrouselError, TrainingError, TextError, MissingPackageError])
def test_work_that_fails_is_one_sentence_and_exit_code_1(broken, capsys, kind):
    broken.append(kind("the cat sat on the keyboard; lift it off"))
    assert told(capsys, "work") == (1, "carrousel: the cat sat on the keyboard; lift it off\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("wrok",), "there is no command 'wrok'; did you mean work?"),
        (("idle",), "there is no command 'idle'; there are work"),
        (("work", "--nubmer", "3"), "unknown option: --nubmer. Did you mean --number?"),
        (("work", "--number", "many"), 'invalid value for --number: unable to convert "many" into int'),
    ],
)
def test_a_wrong_call_is_one_sentence_with_what_was_near_and_exit_code_2(broken, capsys, arguments, sentence):
    code, line = told(capsys, *arguments)
    assert code == 2
    assert line.startswith(f"carrousel: {sentence}")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("learning_rate is a number, got -1", "--learning-rate is a number, got -1"),
        ("x has head = 'a', not what held_out says", "x has head = 'a', not what --held-out says"),
        (
            "state is one of a, b; leave state and number away",
            "--state is one of a, b; leave --state and --number away",
        ),
        (
            "there is no head 'c'; set head to a, or leave head away",
            "there is no head 'c'; set --head to a, or leave --head away",
        ),
        ("f/learning_rate.toml has a setting 'held_out' that does not exist", None),
        ("the state is out of learning_rates", None),
        ("settings.toml has 'held_aut'; did you mean held_out or learning_rate?", None),
    ],
)
def test_settings_are_named_by_their_flags(sentence, shown):
    flags = ("--learning-rate", "--held-out", "--state", "--number", "--head")
    assert with_flags(sentence, flags) == (shown or sentence)


def test_an_error_of_the_library_names_the_flag_of_the_command_that_met_it(broken, capsys):
    broken.append(SettingsError("number is even, got 3; leave number away"))
    assert told(capsys, "work", "--number", "3") == (2, "carrousel: --number is even, got 3; leave --number away\n")


def test_debug_shows_where_an_error_came_from(broken):
    broken.append(CarrouselError("deep down"))
    with pytest.raises(CarrouselError, match="deep down"):
        app.call(["work", "--debug"])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FileNotFoundError(2, "No such file or directory", "x.txt"), "x.txt: No such file or directory"),
        (OSError("the drive is asleep"), "the drive is asleep"),
        (
            MemoryError("Unable to allocate 7 TiB"),
            "not enough memory for that: unable to allocate 7 TiB; take a smaller",
        ),
        (MemoryError(), "not enough memory for that: no more is to be had; take a smaller"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory.\nAt: a place"), "not enough memory for that: out of memory;"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(broken, capsys, error, sentence):
    broken.append(error)
    code, line = told(capsys, "work")
    assert code == 1
    assert sentence in line
    assert line.count("\n") == 1


def test_a_fault_of_ours_is_not_hidden(broken):
    broken.append(RuntimeError("this cannot be"))
    with pytest.raises(RuntimeError, match="cannot be"):
        app.call(["work"])


def test_an_interruption_is_silent_and_has_a_code_of_its_own(broken, capsys):
    broken.append(KeyboardInterrupt())
    assert told(capsys, "work") == (130, "")
