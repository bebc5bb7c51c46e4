#!/usr/bin/env bash
# setup.sh run|dev: the virtual environment in .venv, from the hashed lock, with the project itself in it. Does nothing
# when the locks have not changed since.
set -euo pipefail
purpose=${1:-run}
folder=${VENV:-.venv}

is_suitable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        is_suitable "$candidate" && { echo "$candidate"; return; }
    done
    echo "Tocsin needs Python 3.11, 3.12 or 3.13 with venv (Debian: apt-get install python3 python3-venv);" \
        "name yours with PYTHON=/path/to/python make …" >&2
    return 2
}
install() { # install <lock> <stamp>
    echo "installing $(grep -c '==' "$1") packages from $1 into $folder, once"
    # The lock is whole: resolved again, pip would only warn that lxml has no extra `html_clean`, as justext asks for.
    "$folder/bin/python" -m pip install --disable-pip-version-check --require-hashes --no-deps -r "$1" |
        { grep -e Collecting | sed "s/ (from.*//" || true; }
    echo "$wanted" >"$2"
}
stamp() { cat "$@" | cksum; }

if [[ ! -x $folder/bin/python ]]; then
    python=$(find_python)
    echo "making $folder with $("$python" --version)"
    "$python" -m venv "$folder"
fi
wanted=$(stamp requirements.lock pyproject.toml pipeline/stages/{match/engine,tag/cutting}/kernel/*.[ch])
if [[ $(cat "$folder/.stamp-run" 2>/dev/null) != "$wanted" ]]; then
    install requirements.lock "$folder/.stamp-run.new"
    "$folder/bin/python" -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
    mv "$folder/.stamp-run.new" "$folder/.stamp-run"
fi
if [[ $purpose == dev ]]; then
    wanted=$(stamp requirements-dev.lock)
    [[ $(cat "$folder/.stamp-dev" 2>/dev/null) == "$wanted" ]] || install requirements-dev.lock "$folder/.stamp-dev"
fi
