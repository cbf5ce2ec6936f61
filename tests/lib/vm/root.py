#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the guest's root directory for test suites: root.py BUILD DIRECTORY USERS SUITE...

Each program has the same path as here, below the same build and source directories, with its
shared libraries. The rest is busybox and a few of this machine's programs. /plan.json lists what is
run. USERS is root, user, or both with a comma. A SUITE is

    kernel                       unit and cmocka, without tests that repeat one thing many times
                                 and do not depend on the kernel
    unit, cmocka, gtest, fault   a meson suite that consists of programs
    go, go-nocgo                 the Go module's tests, over the core and in Go alone, as the first
                                 of USERS: root's run them as an ordinary user too
    ima                          under an IMA policy that forbids unsigned programs: as root and
                                 last, since the policy stays
    exec:PROGRAM [ARGUMENT...]   one program of BUILD or /usr/bin, which exits with 0, or with 77 if
                                 it skips
    anything else                the programs of meson's cmocka and unit suites whose name has it
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

PROJECT = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..', '..'))
SUITES = {'unit', 'cmocka', 'gtest', 'fault'}
KERNEL_SUITES = {'unit', 'cmocka'}
LONG = {'attack-guarantees', 'fault-', 'race-', 'views-many', 'views-swap', 'views-threads', 'launch-spawn', 'limits-guest_signals',
        # minutes under emulation, or a suite by itself
        'verity-', 'views-names', 'views-guest', 'reexec-limits', 'reexec-same'}
# minutes under emulation: four thousand starts, and a clone for each call that may fail
GO_LONG = ['TestStartsExecuteTheRightFile', 'TestInterruptedCallsAreRestarted', 'TestFailedCallsLeaveNoDescriptor']
GO = {'go': ('1', ['go/exeseal', 'go/gorunc', 'go/resolve', 'go/internal/conformance']), 'go-nocgo': ('0', ['go/exeseal', 'go/gorunc', 'go/resolve'])}
# the guest's libraries and programs, if it has another architecture; / in the guest
SYSROOT = os.environ.get('SYSROOT', '')
LOADER = '/lib/ld-linux-aarch64.so.1'
EMULATOR = ['qemu-aarch64'] if SYSROOT else []
SECONDS = 1800  # a program that takes longer hangs
# instead of busybox's own: some tests require a dynamic program
PROGRAMS = ['busybox', 'sh', 'bash', 'cat', 'cp', 'echo', 'env', 'ls', 'rm', 'sleep', 'sort', 'true']
SOURCES = ['docs', 'go', 'lib', 'tests', 'go.mod', 'go.sum', 'README.md']


def find_program(name):
    return os.path.realpath(shutil.which(name, path=f'{SYSROOT}/bin:{SYSROOT}/usr/bin' if SYSROOT else None))


def libraries_of(path):
    """The libraries that the loader would load. The loader itself is named as on the machine,
    not as in SYSROOT."""
    if 'NEEDED' not in subprocess.run(['readelf', '--dynamic', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout:
        return []
    directories = f'{SYSROOT}/lib/aarch64-linux-gnu:{SYSROOT}/usr/lib/aarch64-linux-gnu'
    ldd = [*EMULATOR, SYSROOT + LOADER, '--library-path', directories, '--list'] if SYSROOT else ['ldd']
    lines = subprocess.check_output([*ldd, path], text=True).splitlines()
    libraries = (next((word for word in line.split() if word.startswith('/')), None) for line in lines)
    return [library for library in libraries if library and not (SYSROOT and library == LOADER)]


class Root:
    def __init__(self, directory):
        self.directory = directory
        for name in 'dev', 'etc', 'mnt', 'proc', 'root', 'run', 'sys', 'tmp', 'var/tmp', 'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64':
            os.makedirs(self.of('/' + name))
        for name in 'bin', 'sbin', 'lib', 'lib64':
            os.symlink('usr/' + name, self.of('/' + name))
        self.write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n')
        self.write('/etc/group', 'root:x:0:\nnogroup:x:65534:\n')
        for program in PROGRAMS:
            self.add(find_program(program), '/usr/bin/' + program)
        for applet in subprocess.check_output([*EMULATOR, find_program('busybox'), '--list'], text=True).split():
            if not os.path.lexists(self.of('/usr/bin/' + applet)):
                os.symlink('busybox', self.of('/usr/bin/' + applet))

        if SYSROOT:
            os.makedirs(os.path.dirname(self.of(SYSROOT)))
            os.symlink('/', self.of(SYSROOT))
            self.add(SYSROOT + LOADER)

    def of(self, path):
        return self.directory + path

    def write(self, path, text):
        with open(self.of(path), 'w', encoding='utf-8') as file:
            file.write(text)

    def add(self, path, to=None):
        """Copies a program or library, and what it requires."""
        to = self.of(to or path.removeprefix(SYSROOT))
        if os.path.lexists(to):
            return
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(path, to)
        for library in libraries_of(path):
            self.add(library)

    def add_sources(self):
        for name in SOURCES:
            source, to = os.path.join(PROJECT, name), self.of(os.path.join(PROJECT, name))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copytree(source, to, dirs_exist_ok=True) if os.path.isdir(source) else shutil.copy(source, to)


def entry(suite, name, command, directory='/', environment=None):
    return {'suite': suite, 'name': name, 'command': command, 'seconds': SECONDS, 'directory': directory, 'environment': environment or {}}


def introspect(build, what):
    return json.loads(subprocess.check_output(['meson', 'introspect', what, build], text=True))


def is_wanted(name, suite, test):
    if name == 'kernel':
        return suite in KERNEL_SUITES and not test.startswith(tuple(LONG))
    return suite == name or name not in SUITES and suite in KERNEL_SUITES and name in test


def check_exclusions(tests):
    """A test that was renamed would no longer be excluded, without a sign of it."""
    go = '\n'.join(path.read_text() for path in pathlib.Path(PROJECT, 'go').rglob('*_test.go'))
    unused = [prefix for prefix in LONG if not any(test['name'].startswith(prefix) for test in tests)]
    unused += [name for name in GO_LONG if f'func {name}(' not in go]
    if unused:
        raise SystemExit(f'tests/lib/vm: {", ".join(unused)} is excluded, but there is no such test')


def meson_tests(root, build, wanted):
    """The programs that match one of the suites or names. A name without a match is an error."""
    targets = {target['id']: target['filename'] for target in introspect(build, '--targets')}
    tests = introspect(build, '--tests')
    check_exclusions(tests)
    unused = set(wanted)
    for test in tests:
        suite = test['suite'][0].split(':')[-1]
        why = {name for name in wanted if is_wanted(name, suite, test['name'])}
        if suite not in SUITES or not why:
            continue
        unused -= why
        for path in sum((targets[id] for id in test['depends']), test['cmd'][:1]):
            root.add(path)
        environment = test['env'] | ({'GTEST_BRIEF': '0'} if test['protocol'] == 'gtest' else {})
        yield entry(suite, test['name'], test['cmd'], test['workdir'] or build, environment)
    if unused:
        raise SystemExit(f'tests/lib/vm: there is no suite or test {" ".join(sorted(unused))}')


def go_tests(root, build, suite):
    cgo, packages = GO[suite]
    for package in packages:
        program = os.path.join(build, suite, os.path.basename(package) + '.test')
        subprocess.run(['go', 'test', '-c', '-o', program], cwd=os.path.join(PROJECT, package), check=True, env=os.environ | {'CGO_ENABLED': cgo})
        root.add(program)
        yield entry(suite, package, [program, '-test.v=test2json', f'-test.timeout={SECONDS - 60}s', '-test.skip=^(' + '|'.join(GO_LONG) + ')$'], os.path.join(PROJECT, package))


def exec_test(root, build, command):
    command = command.split()
    path = os.path.realpath(command[0])
    # the guest mounts file systems elsewhere
    place = path if path.startswith(build + '/') else '/usr/bin/' + os.path.basename(path)
    root.add(path, place)
    return entry('exec', os.path.basename(path), [place, *command[1:]])


def main(build, directory, users, *suites):
    build = os.path.realpath(build)
    root = Root(directory)
    root.add_sources()
    plan = []
    if names := [suite for suite in suites if suite not in GO and suite != 'ima' and not suite.startswith('exec:')]:
        plan += meson_tests(root, build, names)
    for suite in suites:
        plan += go_tests(root, build, suite) if suite in GO else [exec_test(root, build, suite[5:])] if suite.startswith('exec:') else []
    users = users.split(',')
    plan = [test | {'ordinary': user == 'user'} for user in users for test in plan if not (user != users[0] and test['suite'] in GO)]
    if 'ima' in suites:
        plan.append(exec_test(root, build, f'{build}/tests/limits-ima_test --load-policy') | {'ordinary': False})
    root.write('/plan.json', json.dumps(plan))


if __name__ == '__main__':
    main(*sys.argv[1:])
