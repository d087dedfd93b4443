# Format, lint, types, arrows, tests; stops at the first that fails.
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin}
"$BIN/ruff" format --check --quiet src tests
"$BIN/ruff" check --quiet src tests
"$BIN/mypy"
"$BIN/lint-imports"
"$BIN/python" -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -q "$@"
