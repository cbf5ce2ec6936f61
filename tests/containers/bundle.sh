# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the demo and the container tests share: a busybox root, a bundle of it, and a place where runc and crun both work.
# To be sourced.

# own_cgroup2 SCRIPT [ARG...]: runs SCRIPT again where /sys/fs/cgroup is a pure cgroup2, which crun before 1.9 insists on:
# in a mount namespace of its own. Returns at once where that is so already. Call it first, with "$0" "$@".
own_cgroup2() {
    [ "$(stat --file-system --format=%T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ] || return 0
    [ -z "${EXESEAL_OWN_CGROUP2:-}" ] || return 0
    # shellcheck disable=SC2016
    exec unshare --mount --propagation private /bin/sh -c '
        mount -t cgroup2 cgroup2 /sys/fs/cgroup || echo "cannot mount cgroup2 on /sys/fs/cgroup" >&2
        exec "$@"' own_cgroup2 env EXESEAL_OWN_CGROUP2=1 /bin/bash "$@"
}

# make_rootfs DIRECTORY: a root file system that holds busybox and nothing else.
make_rootfs() {
    local name
    mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp}
    cp "$(command -v busybox)" "$1/bin/busybox"
    for name in sh sleep cat echo readlink; do ln -s busybox "$1/bin/$name"; done
    echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
}

# make_bundle DIRECTORY COMMAND: an OCI bundle that runs COMMAND by busybox's shell as root. No limits, no terminal, the
# host's network. COMMAND is put into JSON as it is: no double quotes, no backslashes.
make_bundle() {
    make_rootfs "$1/rootfs"
    cat >"$1/config.json" <<JSON
{
  "ociVersion": "1.0.2",
  "hostname": "exeseal",
  "root": {"path": "rootfs", "readonly": true},
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
