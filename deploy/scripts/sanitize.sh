#!/usr/bin/env bash
# sanitize.sh [pytest's arguments]: the tests of matching and of tagging on kernels built with GCC's address and
# undefined-behaviour sanitizers, in a copy of the tree, so that what is installed stays as it is. FUZZ_S=600 tries random
# watches and articles for ten minutes; CC names another GCC. Short texts are looked through there in the ways that elsewhere
# long ones are.
set -euo pipefail
venv=$(cd "${VENV:-.venv}" && pwd)
compiler=${CC:-gcc}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R pipeline topics tests pyproject.toml "$copy"
cd "$copy"
find . -name '_kernel*.so' -delete

runtime() { # what must be loaded before Python, which knows nothing of the sanitizers
    local file
    file=$("$compiler" -print-file-name="$1")
    [[ $file == */* ]] || { echo "$compiler has no $1: it is no GCC, or one without sanitizers; name one with CC" >&2; return 2; }
    echo "$file"
}
asan=$(runtime libasan.so)
ubsan=$(runtime libubsan.so)
for room in pipeline/stages/{match/engine,tag/cutting}; do
    "$compiler" -shared -fPIC -std=c11 -g -O1 -fno-omit-frame-pointer -fno-strict-aliasing -Wall -Wextra -Werror \
        -Wno-cast-function-type -fsanitize=address,undefined -fno-sanitize-recover=undefined -DPy_LIMITED_API=0x030B0000 \
        -DFIRST_WINDOW=4u -DWORTH_STRETCHES=0u \
        -I"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')" \
        "$room"/kernel/*.c -lm -o "$room/_kernel.abi3.so"
done

# pytest, whose process ends at once, must swallow nothing (-s). What Python leaves behind at its end is its own; of leaks
# only those count that a line of the kernel asked memory for.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1:log_path=$copy/report
export LSAN_OPTIONS=exitcode=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc
tests=("$@")
[[ $# -gt 0 ]] || tests=(tests/unit/test_match_*.py tests/unit/test_tag_{cutting,properties}.py)
LD_PRELOAD="$asan $ubsan" "$venv/bin/python" -m pytest -p no:cacheprovider -q -s \
    --timeout 1800 "${tests[@]}" || { cat report* >&2 2>/dev/null; exit 1; }
if grep -A1 -hE '^ +#0 .* in (malloc|calloc|realloc|__interceptor_)' report* 2>/dev/null | grep -E "#1 .*/kernel/[a-z]+\.c:" >&2; then
    echo "the kernel leaks what it asked for there" >&2
    exit 1
fi
