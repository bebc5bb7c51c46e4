#!/usr/bin/env bash
# deps.sh run|test: the system packages that running, or testing, needs. On Debian as root the missing ones are
# installed; elsewhere each is named in a line of its own, with what to do. Fails only where nothing can go on without:
# Java or Maven and no broker of one's own. A C compiler is wanted, not needed.
set -euo pipefail
purpose=${1:-run}

has_java() {
    local java=java
    [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]] && java=$JAVA_HOME/bin/java
    "$java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'
}
has_command() { command -v "$1" >/dev/null 2>&1; }
has_maven() { has_command mvn; }
has_compiler() { has_command cc || has_command gcc; }
has_headers() {
    "${PYTHON:-python3}" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' 2>/dev/null
}
# Debian keeps the server's programs off the PATH, one folder for each release.
has_postgresql() { has_command initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_prometheus() { has_command promtool && has_command prometheus; }

# Each Debian has its own releases of Java; where nobody has asked which there are, what all have had since Debian 12.
javas_package() {
    local release
    for release in 17 21 25; do
        has_package "openjdk-$release-jre-headless" && { echo "openjdk-$release-jre-headless"; return; }
    done
    echo default-jre-headless
}
has_package() { [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]]; }

is_debian() { [[ -e /etc/debian_version ]]; }
installs() { is_debian && [[ $(id -u) -eq 0 ]]; }
has_lists() { compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

packages=() formulae=() lines=() is_needed=
want() { # want <test> <what, and what for> <Debian's packages> <Homebrew's formula> <elsewhere>
    "$1" && return
    # shellcheck disable=SC2206  # several packages in one word
    packages+=($3) formulae+=($4)
    lines+=("missing: $2. Debian: apt-get install $3. Homebrew: brew install $4. Elsewhere: $5.")
}
if [[ -z ${TOCSIN_KAFKA__BOOTSTRAP:-} || $purpose == test ]]; then
    installs && ! has_java && ! has_lists && apt-get update -q
    # shellcheck disable=SC2016  # to be typed, not to be run here
    want has_java "Java 17 or newer, which runs Kafka" "$(javas_package)" openjdk@17 \
        'any JDK or JRE, on the PATH or in JAVA_HOME (Homebrew'\''s too: JAVA_HOME=$(brew --prefix openjdk@17))'
    want has_maven "Maven (mvn), which fetches Kafka's files" maven maven "Apache Maven's bin folder on the PATH"
    [[ ${#packages[@]} -eq 0 ]] || is_needed=yes
fi
slower="without which matching is many times slower and tagging half as fast"
want has_compiler "a C compiler (cc or gcc), $slower" "gcc libc6-dev" gcc "gcc or clang from your system's packager"
want has_headers "Python's headers (Python.h), $slower" python3-dev python "your packager's python3-devel or the like"
if [[ $purpose == test ]]; then
    skipped="without which its tests are skipped"
    want has_postgresql "PostgreSQL (initdb), $skipped" postgresql postgresql "initdb of any PostgreSQL on the PATH"
    want has_prometheus "Prometheus (prometheus, promtool), $skipped" prometheus prometheus "both programs on the PATH"
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
    has_lists || apt-get update -q
    apt-get install -q -y --no-install-recommends "${packages[@]}" ||
        { apt-get update -q && apt-get install -q -y --no-install-recommends "${packages[@]}"; }
}

if installs; then
    echo "installing ${packages[*]}"
    install_on_debian
    exit 0
fi
printf '%s\n' "${lines[@]}" >&2
if is_debian; then
    echo "all of it: sudo apt-get install --no-install-recommends ${packages[*]}" >&2
elif has_command brew; then
    echo "all of it: brew install ${formulae[*]}" >&2
fi
if [[ -n $is_needed ]]; then
    [[ $purpose == test ]] ||
        echo "or set TOCSIN_KAFKA__BOOTSTRAP=host:port of a Kafka of yours: then neither Java nor Maven is needed" >&2
    exit 2
fi
