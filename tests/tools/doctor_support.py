# SPDX-License-Identifier: MIT
"""What the tests of `exeseal doctor` share: the tool in both of its forms, surroundings that take something away, TAP."""
import ctypes
import json
import os
import platform
import re
import shutil
import struct
import subprocess
import tempfile

FAILED = 125
NOBODY = 65534
NUMBERS = {'x86_64': {'memfd_create': 319, 'clone': 56, 'fsopen': 430, 'open_tree': 428, 'ptrace': 101},
           'aarch64': {'memfd_create': 279, 'clone': 220, 'fsopen': 430, 'open_tree': 428, 'ptrace': 117}}
LIBC = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    pass


def need_root():
    if os.geteuid() != 0:
        raise Skip('needs root')


def call(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False, **options)


class Tool:
    """A copy of exeseal where an ordinary user may look, outside of what the tests cover."""

    def __init__(self, program):
        self.directory = tempfile.mkdtemp(prefix='exeseal-doctor-', dir='/var/tmp')
        os.chmod(self.directory, 0o755)
        self.path = shutil.copy(program, os.path.join(self.directory, 'exeseal'))
        os.chmod(self.path, 0o755)

    def remove(self):
        shutil.rmtree(self.directory)


def as_shown(character):
    """In the text a byte that is not printable ASCII is a question mark; JSON has U+FFFD for one that is not UTF-8."""
    if ' ' <= character <= '~':
        return character
    return '?' * (1 if character == '\ufffd' else len(character.encode()))


class Diagnosis:
    """What the doctor says in both forms, which have to agree."""

    def __init__(self, code, text, data):
        self.code, self.text, self.data = code, text, data
        self.strategy = {each['strategy']: each for each in data['strategies']}
        self.mode = {'--fast' if each['fast'] else each['mode'] or 'automatic': each for each in data['modes']}
        self.runtime = {each['path']: each for each in data['runtimes']}
        self.check_form()
        self.check_strategies()
        self.check_modes()
        self.check_runtimes()

    def check_form(self):
        assert all(character == '\n' or ' ' <= character <= '~' for character in self.text), repr(self.text)
        long = [line for line in self.text.splitlines() if len(line) > 100]
        assert not long, f'wider than 100 columns: {long}'
        assert self.code == (0 if self.data['works'] else FAILED), f'exit status {self.code}: {self.data}'
        assert self.data['works'] == self.mode['automatic']['works']

    def paragraph(self, name):
        """The lines of one entry as one, without its name."""
        match = re.search(rf'^{re.escape(name)}(?:\s+)(\S.*(?:\n +.*)*)', self.text, re.MULTILINE)
        assert match, f'no {name!r} in\n{self.text}'
        return ' '.join(match[1].split())

    def check_strategies(self):
        for name, found in self.strategy.items():
            told = self.paragraph(name)
            if not found['works']:
                assert told.startswith('no '), f'{name}: {told}'
                assert told.startswith('no as ') or found['failures'][0]['errno'] in told, f'{name}: {told}'
                assert found['guarantees'] == [] and found['failures'], found
                continue
            assert told.startswith('yes ' + ', '.join(found['guarantees'])), f'{name}: {told}'

    def check_modes(self):
        for name, found in self.mode.items():
            told = self.paragraph(name)
            assert told.startswith(found['strategy'] or 'none works'), f'{name}: {told}'
            assert found['works'] == ('may not be executed' not in told and told != 'none works'), f'{name}: {told}'

    def check_runtimes(self):
        for path, found in self.runtime.items():
            told = self.paragraph(''.join(map(as_shown, path)))
            assert (found['not_executed_because'] or '') in told, told
            assert found['executed'] == (found['evidence'] == 'seen'), found

    def causes(self, strategy):
        return [failure['cause'] for failure in self.strategy[strategy]['failures']]

    def expect(self, strategy, cause, *words):
        """It fails, for this cause, and the text says so."""
        assert not self.strategy[strategy]['works'], f'{strategy} works: {self.data}'
        assert cause in self.causes(strategy), f'{strategy}: {self.causes(strategy)}, not {cause}\n{self.text}'
        for word in words:
            assert word in ' '.join(self.text.split()), f'{word!r} is not in\n{self.text}'


def diagnose(tool, *arguments, before=None, wrap=(), user=None):
    """`wrap` is put before the command; `before` runs in the child, and then it becomes the user."""
    def prepare():
        if before is not None:
            before()
        if user is not None:
            become(user)

    command = [*wrap, tool.path, 'doctor']
    text = call([*command, *arguments], preexec_fn=prepare)
    data = call([*command, '--json', *arguments], preexec_fn=prepare)
    assert text.returncode == data.returncode, f'{text.returncode} and {data.returncode}: {text.stderr} {data.stderr}'
    assert data.stdout, f'{wrap}: {data.stderr.decode()}'
    return Diagnosis(text.returncode, text.stdout.decode('ascii'), json.loads(data.stdout.decode('utf-8')))


def become(user):
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def in_private_mounts(script):
    """A wrapper: `script` runs in mounts of its own, before the command. Needs root."""
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
    """For `before`: these system calls answer with the error."""
    numbers = [number(name) for name in names]
    code = [(0x20, 0, 0, 0)]
    for each in numbers:
        code += [(0x15, 0, 1, each), (0x06, 0, 0, 0x00050000 | error)]
    return lambda: install(code + [(0x06, 0, 0, 0x7fff0000)])


def refusing_user_namespaces():
    """For `before`: clone(2) with CLONE_NEWUSER is EPERM, as container engines have it."""
    clone, new_user = number('clone'), 0x10000000
    code = [(0x20, 0, 0, 0), (0x15, 0, 3, clone), (0x20, 0, 0, 16), (0x45, 0, 1, new_user), (0x06, 0, 0, 0x00050001),
            (0x06, 0, 0, 0x7fff0000)]
    return lambda: install(code)


def allowing_to_execute(*paths):
    """For `before`: Landlock, with no other path to be executed."""
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
    """Runs them with the tool, and prints TAP."""
    print(f'1..{len(checks)}')
    for index, check in enumerate(checks, 1):
        verdict, reason = 'ok', ''
        try:
            check(tool)
        except Skip as skip:
            reason = f' # SKIP {skip}'
        except AssertionError as error:
            verdict = 'not ok'
            print(''.join(f'# {line}\n' for line in str(error).splitlines()), end='')
        print(f'{verdict} {index} - {check.__name__.replace("_", " ")}{reason}', flush=True)
    tool.remove()
