# Shared by packaging/quickstart and tests/run (sourced, bash): one line per step, and the one list of Debian packages.
# Packages are installed without recommendations; libboost-all-dev must never join the list, since it brings Boost 1.74,
# which excludes 1.81.
# shellcheck shell=bash disable=SC2034

build_packages=(
    g++ cmake ninja-build ccache lld pkg-config
    libboost1.81-dev libboost-context1.81-dev libboost-json1.81-dev libboost-url1.81-dev
    libssl-dev libyaml-cpp-dev libspdlog-dev prometheus-cpp-dev libsqlite3-dev libabsl-dev libarchive-dev libcli11-dev
    libsystemd-dev libcrypt-dev zlib1g-dev tzdata ca-certificates
)
quickstart_packages=(curl jq)
test_packages=(libgtest-dev libgmock-dev curl jq faketime)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs
step_group=  # process group of the step that is running, for end_step

# step LABEL TEXT: one line that says what was or is being done.
step() { printf '%-10s %s\n' "$1" "$2"; }

# stop REASON...: each on a line, then exit 1.
stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# run_step LABEL TEXT LOG COMMAND...: runs it with its output in LOG; shows what matters of the log, and exits, when it fails.
# The command gets a process group of its own, so that end_step can end all of it at any moment.
run_step() {
    local label=$1 text=$2 log=$3 began=$SECONDS code=0
    shift 3
    mkdir -p "$(dirname "$log")"
    printf '%-10s %s ... ' "$label" "$text"
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    step_group=$!
    set +m
    wait "$step_group" || code=$?
    step_group=
    if ((code == 0)); then
        printf '%d s\n' $((SECONDS - began))
        return 0
    fi
    printf 'failed\n'
    show_failure "$log"
    exit 1
}

# Ends the step that is running, with everything it started.
end_step() {
    if [[ -n $step_group ]]; then
        kill -TERM -- "-$step_group" 2>/dev/null || true
        wait "$step_group" 2>/dev/null || true
        step_group=
    fi
}

# The first failed command of a build log, or the log's end.
show_failure() {
    local first
    first=$(grep -nm1 -E '^FAILED:|^CMake Error' "$1" | cut -d: -f1) || true
    if [[ -n $first ]]; then
        tail -n "+$first" "$1" | grep -vE '^\S*(cmake|ccache|\+\+\S*) .* -c \S+$' | head -n 60 >&2 # without the command itself
    else
        tail -n 40 "$1" >&2
    fi
    printf 'the whole log: %s\n' "$1" >&2
}

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
    local -A there=()
    local package status
    while read -r package status; do
        if [[ $status == installed ]]; then there[$package]=1; fi
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
    for package in "$@"; do
        if [[ -z ${there[$package]:-} ]]; then printf '%s\n' "$package"; fi
    done
}

# need_packages PACKAGE...: installs what is missing as root or through sudo, or says what to install and exits 1.
need_packages() {
    local name=unknown
    local -a wanted missing as_root=()
    mapfile -t wanted < <(printf '%s\n' "$@" | sort -u)
    # shellcheck disable=SC1091
    if [[ -r /etc/os-release ]]; then name=$(. /etc/os-release && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}"); fi
    if [[ $name != 'debian 12' ]]; then
        step packages "warning: this is $name; garner is built and tested on Debian 12"
    fi
    if ! command -v dpkg-query >/dev/null; then
        step packages "cannot be looked up here (no dpkg); needed: ${wanted[*]}"
        return 0
    fi
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if ((${#missing[@]} == 0)); then
        step packages "all ${#wanted[@]} are installed"
        return 0
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
            stop "missing packages: ${missing[*]}" \
                'they cannot be installed from here: neither root nor able to use sudo. As root, run:' \
                "    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
        fi
        as_root=(sudo)
    fi
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if ((${#missing[@]})); then stop "still missing after apt-get install: ${missing[*]}"; fi
}

# For need_packages, whose as_root it uses.
install_packages() {
    local log=$logs/apt.log plan removed
    local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
    mkdir -p "$logs"
    : >"$log"
    if ((${#as_root[@]})); then "${as_root[@]}" true || stop 'sudo refused; nothing was installed'; fi
    # A plan that cannot be made means that the lists are missing or old.
    if ! plan=$("${apt[@]}" install --no-install-recommends --simulate "$@" 2>>"$log"); then
        apt_step 'package lists are fetched' "${apt[@]}" update
        plan=$("${apt[@]}" install --no-install-recommends --simulate "$@" 2>>"$log") ||
            stop "apt-get cannot install: $*" "$(tail -n 15 "$log")" "the whole log: $log"
    fi
    removed=$(awk '$1 == "Remv" {printf "%s ", $2}' <<<"$plan")
    if [[ -n $removed ]]; then step packages "installing removes ${removed% } (Boost 1.74 and 1.81 exclude each other)"; fi
    if ! apt_try "installing $*" "${apt[@]}" install --no-install-recommends "$@"; then
        apt_step 'once more with fresh package lists' "${apt[@]}" update
        apt_step "installing $*" "${apt[@]}" install --no-install-recommends "$@"
    fi
}

# apt runs in the foreground: interrupting it half way would leave packages half configured.
apt_try() {
    local began=$SECONDS
    printf '%-10s %s ... ' packages "$1"
    if "${@:2}" >>"$logs/apt.log" 2>&1 </dev/null; then
        printf '%d s\n' $((SECONDS - began))
    else
        printf 'failed\n'
        return 1
    fi
}

apt_step() { apt_try "$@" || stop "$(tail -n 15 "$logs/apt.log")" "the whole log: $logs/apt.log"; }

# How many compilers at once: one a core, but not more than memory holds (about 1.5 GB each).
parallel_jobs() {
    local cores by_memory
    cores=$(nproc)
    by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)
    if ((by_memory < 1)); then by_memory=1; fi
    printf '%d\n' $((cores < by_memory ? cores : by_memory))
}

# build PRESET [TARGET...]: configures build/PRESET the first time, then builds.
build() {
    local preset=$1 directory=$root/build/$1
    local -a targets=()
    shift
    if (($#)); then targets=(--target "$@"); fi
    cd "$root" || exit 1
    if [[ ! -f $directory/build.ninja ]]; then
        run_step configure "build/$preset" "$logs/$preset-configure.log" cmake --preset "$preset"
    fi
    run_step build "build/$preset${*:+: $*}" "$logs/$preset-build.log" \
        cmake --build "$directory" --parallel "$(parallel_jobs)" "${targets[@]}"
}
