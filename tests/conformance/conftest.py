"""Cell by cell, not test by test: what a cell has compiled is shared by its tests and then forgotten."""


def pytest_collection_modifyitems(items):
    """Put the tests of one cell together."""
    ours = [n for n, item in enumerate(items) if "tests/conformance/" in item.nodeid]
    ordered = sorted((items[n] for n in ours), key=lambda item: item.nodeid.partition("[")[2])
    for n, item in zip(ours, ordered, strict=True):
        items[n] = item
