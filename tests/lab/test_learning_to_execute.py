"""Learning to Execute in its reduced form: it can fail."""

import pytest

from carrousel.lab.execution.claim import CLAIM, measure
from carrousel.lab.execution.programs import REDUCED
from carrousel.lab.execution.runs import Size, compared, plan_for
from carrousel.lab.workbench import Workbench
from carrousel.text.tasks import Execution, Hardness, Question


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return measure(Workbench(folder=tmp_path_factory.mktemp("lab"), seeds=(1,), scale="reduced"))


def test_the_notes_program_prints_what_the_notes_say(report):
    printed = next(finding for finding in report.findings if "interpreter prints" in finding.what)
    assert (printed.ours, printed.published, printed.verdict) == ("25011", "25011", "agrees")


def test_a_network_learns_to_execute_unseen_programs_better_than_by_guessing(report):
    found = report.figures["programs"]["combined-1"]
    assert found["characters"] > report.figures["guessed"] + 0.03
    assert 0 <= found["exact"] <= found["free"] <= 1
    assert set(report.figures["notes"]) == {"combined-1"}


def test_the_report_is_written_for_its_readers(report):
    again = type(report).from_json(report.json())
    assert again.json() == report.json()
    assert CLAIM.run is measure


def test_answers_are_compared_character_by_character_with_their_end():
    asked = [Question("a", "25"), Question("b", "7")]
    assert compared(asked, ["25", "7"]) == (1.0, 1.0)
    assert compared(asked, ["2", "7"]) == (0.5, 3 / 5)
    assert compared(asked, ["25", "75"]) == (0.5, 4 / 5)


def test_the_learning_rate_falls_over_the_last_quarter():
    size = Size(checks=40)
    assert size.steady == 30
    assert size.training["decay"] ** (size.checks - size.steady) == pytest.approx(15)
    plan = plan_for(Execution(hardest=Hardness(2, 2)), "naive", size, seed=3)
    assert (len(plan.stages), plan.training.seed, plan.settings["strategy"]) == (4, 3, "naive")
    assert all(stage.check.part == "valid" and stage.task.part == "train" for stage in plan.stages)
    assert REDUCED.checks < Size().checks
    assert plan.criterion.test_wrong is None
    early = plan_for(Execution(hardest=Hardness(2, 2)), "naive", Size(enough=6, block=64), seed=3)
    assert (early.criterion.test_wrong, early.block, early.settings["block"]) == (6, 64, 64)
