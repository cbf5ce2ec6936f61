# SPDX-License-Identifier: MIT
"""Shared by the tests of the command: a copy that every user can execute, restrictions, and TAP."""
import ctypes
import os
import platform
import shutil
import struct
import subprocess
import tempfile

import tap
from tap import Skip

FAILED = 125
NOBODY = 65534
NUMBERS = {'x86_64': {'memfd_create': 319, 'fsopen': 430, 'open_tree': 428, 'ptrace': 101,
                      'landlock_create_ruleset': 444, 'statx': 332, 'prlimit64': 302, 'fgetxattr': 193, 'preadv': 295,
                      'fchmod': 91},
           'aarch64': {'memfd_create': 279, 'fsopen': 430, 'open_tree': 428, 'ptrace': 117,
                       'landlock_create_ruleset': 444, 'statx': 291, 'prlimit64': 261, 'fgetxattr': 10, 'preadv': 69,
                       'fchmod': 52}}
LIBC = ctypes.CDLL(None, use_errno=True)


def need_root():
    if os.geteuid() != 0:
        raise Skip('needs root')


def call(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600,
                          check=False, **options)


def expect(done, code, stdout=None, stderr=None):
    """stdout: the whole output. stderr: a part of standard error; '' if it must be empty."""
    said = done.stderr.decode()
    assert done.returncode == code, f'{done.args}: exit status {done.returncode}, not {code}: {said}'
    assert stdout is None or done.stdout == stdout.encode(), f'{done.args}: printed {done.stdout!r}'
    is_said = stderr is None or (stderr in said if stderr else not said)
    assert is_said, f'{done.args}: said {said!r}'


class Tool:
    """A copy of exeseal that every user can execute, where no test mounts over it."""

    def __init__(self, program):
        self.directory = tempfile.mkdtemp(prefix='exeseal-tool-', dir='/var/tmp')
        os.chmod(self.directory, 0o755)
        self.path = shutil.copy(program, os.path.join(self.directory, 'exeseal'))
        os.chmod(self.path, 0o755)

    def remove(self):
        shutil.rmtree(self.directory)


def become(user):
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def in_private_mounts(script):
    """The start of a command that first runs `script`, in a new mount namespace. Requires root."""
    need_root()
    probe = call(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
    if probe.returncode != 0:
        raise Skip(f'no mounts here: {probe.stderr.decode().strip()}')
    return ['unshare', '-m', 'sh', '-ec', script + '\nexec "$@"', 'sh']


def as_nobody():
    return ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups']


def number(name):
    if platform.machine() not in NUMBERS:
        raise Skip('this test knows the numbers of system calls for x86_64 and aarch64 only')
    return NUMBERS[platform.machine()][name]


def install(code):
    text = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *each) for each in code))
    program = ctypes.create_string_buffer(struct.pack('HP', len(code), ctypes.addressof(text)))
    assert LIBC.prctl(38, 1, 0, 0, 0) == 0 and LIBC.prctl(22, 2, program) == 0, 'no seccomp'


def refusing(error, *names):
    """A function for `before`: these system calls return the error."""
    numbers = [number(name) for name in names]
    code = [(0x20, 0, 0, 0)]
    for each in numbers:
        code += [(0x15, 0, 1, each), (0x06, 0, 0, 0x00050000 | error)]
    return lambda: install(code + [(0x06, 0, 0, 0x7fff0000)])


def allowing_to_execute(*paths):
    """A function for `before`: Landlock allows only these paths to be executed."""
    create, add, restrict, execute = 444, 445, 446, 1
    probe = LIBC.syscall(create, None, 0, 1)
    if probe < 1:
        raise Skip('no Landlock here')

    def restrict_self():
        ruleset = LIBC.syscall(create, struct.pack('Q', execute), 8, 0)
        for path in filter(os.path.exists, paths):
            rule = struct.pack('=Qi', execute, os.open(path, os.O_PATH))
            assert LIBC.syscall(add, ruleset, 1, rule, 0) == 0, path
        assert LIBC.prctl(38, 1, 0, 0, 0) == 0 and LIBC.syscall(restrict, ruleset, 0) == 0

    return restrict_self


def report(checks, tool):
    """Runs the checks with the tool and prints TAP."""
    tap.report(checks, tool)
    tool.remove()
