"""Shapes and types are checked at run time here, and only here; long tests share one compilation cache."""

import gc
import os
from importlib.metadata import version
from pathlib import Path

import pytest

FLAGS = ["--xla_backend_optimization_level=0"]
"""Compiling is what these tests wait for: without LLVM's optimisations and XLA's fusion emitters, in one piece and in
the plain order it is faster."""
if version("jaxlib").startswith("0.10."):  # XLA ends a process that gives it a flag it does not know
    FLAGS += ["--xla_cpu_use_fusion_emitters=false", "--xla_cpu_parallel_codegen_split_count=1"]
    FLAGS += ["--xla_cpu_enable_concurrency_optimized_scheduler=false"]
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_FLAGS", " ".join(FLAGS))

from jaxtyping import install_import_hook  # noqa: E402 - JAX reads what is set above

import tests.typecheck  # noqa: E402, F401 - the hook names it
from tests.browsing import make_browser  # noqa: E402

CHECKED = (
    "engine",
    "layers",
    "models",
    "storage",
    "ngram",
    "text",
    "generation",
    "evaluation",
    "training",
    "model",
    "inspection",
    "pages",
)
"""Not the cells: their functions run on numpy arrays too."""

install_import_hook([f"carrousel.{name}" for name in CHECKED], "tests.typecheck.check")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A file's tests run in one process and share what they make; those of cells, many and short, come last."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: item.nodeid.startswith("tests/conformance/"))


def pytest_collection_finish(session):
    """Where tests are spread over processes, groups must be kept together: what they share takes minutes to make."""
    if getattr(session.config.option, "loadgroup", False):
        lost = [
            item.nodeid for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid
        ]
        if lost:
            raise pytest.UsageError(f"groups of tests are not kept together, {lost[0]} for one: see pyproject.toml")
    gc.freeze()  # what is imported stays, and need not be looked through again and again


DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip, naming the cause, where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"real data is absent: no folder {DATA.name} beside the checkout")
    return DATA


@pytest.fixture(scope="session")
def browser():
    """A real Chromium; tests that open pages in it are of the group `browser`, so that one process starts one."""
    made = make_browser()
    yield made
    made.close()
