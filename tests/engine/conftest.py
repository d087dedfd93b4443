"""The compiled kernels, for tests of what runs on them."""

import shutil

import pytest

from carrousel.engine.kernels import building, loading


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """The kernels: those that are built, or else compiled into a folder of the tests."""
    if not any(map(shutil.which, building.COMPILERS)):
        pytest.skip(f"none of the C++ compilers {', '.join(building.COMPILERS)} is here")
    if loading.built():
        yield
        return
    folder = tmp_path_factory.mktemp("kernels")
    building.build(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "library", lambda: building.library(folder))
        loading.built.cache_clear()
        assert loading.built()
        yield
    loading.built.cache_clear()
