#!/usr/bin/env bash
# deps.sh run|test: the system packages that running, or testing, needs. On Debian as root the missing ones are
# installed; elsewhere the one line that does it is printed. Fails only where nothing can go on without: Java or Maven
# and no broker of one's own. A C compiler is wanted, not needed.
set -euo pipefail
purpose=${1:-run}

has_java() {
    local java=java
    [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]] && java=$JAVA_HOME/bin/java
    "$java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'
}
has_command() { command -v "$1" >/dev/null 2>&1; }
# Debian keeps the server's programs off the PATH, one folder for each release.
has_postgresql() { has_command initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_prometheus() { has_command promtool && has_command prometheus; }

needed=() packages=() formulae=()
want() { # want <test> <Debian's package> <Homebrew's formula>
    "$1" && return
    # shellcheck disable=SC2206  # several packages in one word
    packages+=($2) formulae+=($3)
}
has_maven() { has_command mvn; }
if [[ -z ${TOCSIN_KAFKA__BOOTSTRAP:-} || $purpose == test ]]; then
    want has_java openjdk-17-jre-headless openjdk@17
    want has_maven maven maven
    needed=("${packages[@]+"${packages[@]}"}")
fi
# For the compiled kernel of matching; without them matching runs in Python alone, many times slower.
has_compiler() { has_command cc || has_command gcc; }
has_headers() {
    "${PYTHON:-python3}" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}
want has_compiler "gcc libc6-dev" gcc
want has_headers python3-dev python
if [[ $purpose == test ]]; then
    want has_postgresql postgresql postgresql
    want has_prometheus prometheus prometheus
fi
[[ ${#packages[@]} -eq 0 ]] && exit 0

install_on_debian() {
    # The servers are for tests, which start their own: keep the packages from starting them as services.
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || apt-get update -q
    apt-get install -q -y --no-install-recommends "${packages[@]}" ||
        { apt-get update -q && apt-get install -q -y --no-install-recommends "${packages[@]}"; }
}

if [[ -e /etc/debian_version && $(id -u) -eq 0 ]]; then
    echo "installing ${packages[*]}"
    install_on_debian
    exit 0
fi
if [[ -e /etc/debian_version ]]; then
    line="sudo apt-get install --no-install-recommends ${packages[*]}"
elif has_command brew; then
    line="brew install ${formulae[*]}"
else
    line="install these with your system's packager, by Debian's names: ${packages[*]}"
fi
if [[ ${#needed[@]} -gt 0 ]]; then
    echo "missing, and needed to start Kafka: $line" >&2
    exit 2
fi
echo "missing; matching is slower, and tests that need it are skipped: $line"
