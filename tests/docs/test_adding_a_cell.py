"""What the contributor's page says is run as it stands there."""

import importlib
import re
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import carrousel.cells
from carrousel.cells import CELLS, catalogue, find_cell
from carrousel.cli import app
from tests.cells.test_catalogue import structure
from tests.conformance.problem import TOLERANCE, difference, plain, problem, total
from tests.oracles import registry

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-cell.md").read_text(encoding="utf-8")
FILE, LINE, CHECK = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.search(r"prints, among other things,\n\n```\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    """The file of the page as a module beside the catalogue's, and its cell in the catalogue for these tests."""
    folder = tmp_path_factory.mktemp("cells")
    (folder / "ring.py").write_text(FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrousel.cells, "__path__", [*carrousel.cells.__path__, str(folder)])
        module = importlib.import_module("carrousel.cells.ring")
        patch.setitem(CELLS, "ring", module.RING)
        yield folder / "ring.py"
    sys.modules.pop("carrousel.cells.ring", None)


def test_one_line_enters_the_cell_into_the_catalogue(ring):
    source = Path(catalogue.__file__).read_text()
    lines = source.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line > LINE and line.startswith("from carrousel.cells."))
    lines.insert(place, LINE)
    scope = {"__name__": "catalogue"}
    exec(compile("".join(lines), "catalogue", "exec"), scope)
    assert set(scope["CELLS"]) == set(CELLS)
    assert list(scope["CELLS"]) == sorted(scope["CELLS"])
    assert scope["find_cell"]("ring").name == "ring"


def test_the_file_passes_the_rules_of_the_other_files(ring):
    names = [line for line in FILE.splitlines() if line.startswith(("from", "import"))]
    assert names == ["from carrousel.engine import Cell, Matrices, Vector, Vectors, roll, sigmoid, tanh"]
    assert structure(find_cell("ring")) not in {structure(CELLS[name]) for name in ("ugrnn", "mgu", "light-ru")}


def test_the_command_shows_what_the_page_says_that_it_shows(ring, capsys):
    assert app.call(["cells", f"{ring}:RING"]) == 0
    out = capsys.readouterr().out
    assert all(line in out for line in SHOWN.splitlines())


def test_its_values_and_its_gradient_are_those_of_a_plain_scan(ring):
    with jax.enable_x64():
        p = problem(find_cell("ring"))

        def loss(run):
            return lambda letters: total(*run(letters))

        def ours(letters):
            out = p.run(letters, p.xs, p.state)
            return out.outputs, out.state

        def theirs(letters):
            return plain(p, letters, p.xs, p.state)

        both = [jax.jit(jax.value_and_grad(loss(run)))(p.letters) for run in (ours, theirs)]
    assert difference(*both) < TOLERANCE["float64"]


def test_the_check_from_outside_holds_it(ring):
    entered = []
    scope = {**vars(registry), "np": np, "check": lambda *how: lambda run: entered.append((how, run))}
    exec(compile(CHECK, "check", "exec"), scope)
    (name, kind, _), run = entered[0]
    assert (name, kind) == ("ring", "identity")
    run()
