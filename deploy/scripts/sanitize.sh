#!/usr/bin/env bash
# sanitize.sh [pytest's arguments]: the tests of matching on a kernel built with the address and undefined-behaviour
# sanitizers (GCC or Clang), in a copy of the tree, so that what is installed stays as it is. FUZZ_S=600 tries random
# watches and articles for ten minutes.
set -euo pipefail
venv=$(cd "${VENV:-.venv}" && pwd)
compiler=${CC:-gcc}
kernel=pipeline/stages/match/engine/kernel
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R pipeline topics tests pyproject.toml "$copy"
cd "$copy"
find . -name '_kernel*.so' -delete

runtime() { # what must be loaded before Python, which knows nothing of the sanitizers
    "$compiler" -print-file-name="$1"
}
"$compiler" -shared -fPIC -std=c11 -g -O1 -fno-omit-frame-pointer -fno-strict-aliasing -Wall -Wextra -Werror \
    -Wno-cast-function-type -fsanitize=address,undefined -fno-sanitize-recover=undefined -DPy_LIMITED_API=0x030B0000 \
    -I"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')" \
    "$kernel"/*.c -lm -o pipeline/stages/match/engine/_kernel.abi3.so

# Leaks are told where the kernel's own frames allocated: Python itself frees little at its end.
printf 'leak:%s\n' 'python' 'libpython' '_ctypes' 'site-packages' >leaks.txt
export ASAN_OPTIONS=detect_leaks=${LEAKS:-0}:abort_on_error=1:detect_stack_use_after_return=1
export LSAN_OPTIONS=suppressions=$copy/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc
tests=("$@")
[[ $# -gt 0 ]] || tests=(tests/unit/test_match_*.py)
LD_PRELOAD="$(runtime libasan.so) $(runtime libubsan.so)" "$venv/bin/python" -m pytest -p no:cacheprovider -q \
    --timeout 1800 "${tests[@]}"
