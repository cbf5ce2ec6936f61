# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shared by the demo and the container tests: a busybox root, a bundle of it, and surroundings in
# which both runc and crun work. To be sourced.

# own_cgroup2 SCRIPT [ARG...]: crun before 1.9 requires a pure cgroup2 at /sys/fs/cgroup. If another
# file system is there, runs SCRIPT again in a mount namespace with a cgroup2. Call it first, with
# "$0" "$@".
own_cgroup2() {
    [ "$(stat --file-system --format=%T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ] || return 0
    [ -z "${EXESEAL_OWN_CGROUP2:-}" ] || return 0
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private /bin/sh -c '
        mount -t cgroup2 cgroup2 /sys/fs/cgroup || echo "cannot mount cgroup2 on /sys/fs/cgroup" >&2
        exec "$@"' own_cgroup2 env EXESEAL_OWN_CGROUP2=1 /bin/bash "$@"
}

# make_rootfs DIRECTORY: makes a root file system that contains only busybox ($BUSYBOX if set).
make_rootfs() {
    local name
    mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp}
    cp "${BUSYBOX:-$(command -v busybox)}" "$1/bin/busybox"
    for name in sh sleep cat echo readlink; do ln -s busybox "$1/bin/$name"; done
    echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
}

# make_bundle DIRECTORY COMMAND [HOOK]: makes an OCI bundle that runs COMMAND in busybox's shell as
# root, after HOOK has run in the runtime's namespaces. It has no limits, no terminal, and the
# host's network. DIRECTORY is absolute. The arguments are put into JSON unchanged, so they must not
# contain double quotes or backslashes.
make_bundle() {
    local hooks=
    [ $# -lt 3 ] || hooks="\"hooks\": {\"createRuntime\": [{\"path\": \"$3\"}]},"
    make_rootfs "$1/rootfs"
    cat >"$1/config.json" <<JSON
{
  "ociVersion": "1.0.2",
  "hostname": "exeseal",
  "root": {"path": "$1/rootfs", "readonly": true},
  $hooks
  "process": {
    "terminal": false,
    "user": {"uid": 0, "gid": 0},
    "args": ["/bin/sh", "-c", "$2"],
    "env": ["PATH=/bin"],
    "cwd": "/",
    "noNewPrivileges": true
  },
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]}
  ],
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]
  }
}
JSON
}

# make_witness SCRIPT TOOL LOG: makes an OCI hook that the runtime runs after creating the container
# and before starting it. The hook describes two processes in LOG: the runtime that runs the hook,
# and the container's init, which still runs the runtime's code. Each line has the role,
# device:inode, the guarantees that TOOL reports, and the target of /proc/PID/exe.
make_witness() {
    cat >"$1" <<HOOK
#!/bin/bash
state=\$(cat)
init=\$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' <<<"\$state")
see() {
    echo "\$1 \$(stat -L -c %d:%i "/proc/\$2/exe") \$("$2" inspect "\$2" | sed -n 's/^guarantees: //p') \$(readlink "/proc/\$2/exe")"
}
{ see runtime "\$PPID"; see init "\$init"; } >>"$3" 2>&1
HOOK
    chmod 755 "$1"
}

# These succeed if the witness wrote to LOG that the runtime ran ...
ran_from_file() { # ... not sealed; the runtime from FILE, or from a view of it: LOG FILE
    grep -q "^runtime $(stat -L -c %d:%i "$2") " "$1" && ! grep -q '^runtime [^ ]* [^ ]*sealed' "$1"
}

ran_sealed() { # ... from a sealed memfd named NAME, and the init from the same one: LOG NAME
    local runtime init
    [ -e "$1" ] || return 1
    runtime=$(sed -n 's/^runtime //p' "$1") init=$(sed -n 's/^init //p' "$1")
    [[ $runtime == *" read-only,sealed,peer-sealed,landlock /memfd:$2 (deleted)" && $runtime == "$init" ]]
}

# TAP. `check NAME COMMAND...` is ok if COMMAND succeeds. Otherwise its line and the LOGs are shown.
checks=0
logs=()
show_logs() {
    local log
    for log in "${logs[@]}"; do [ ! -s "$log" ] || tail -n 20 "$log" | sed "s|^|# ${log##*/}: |"; done
}
check() {
    checks=$((checks + 1))
    if "${@:2}"; then echo "ok $checks - $1"; return; fi
    echo "# ${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: ${*:2}"
    echo "not ok $checks - $1"
    show_logs
}
skip() { checks=$((checks + 1)); echo "ok $checks - $1 # SKIP $2"; }
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
done_checking() { echo "1..$checks"; }
