#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/count-tests reports a run without tests, or with a failure, as a failure. Prints TAP.

counts_test.py PATH_OF_COUNT_TESTS
"""
import json
import os
import subprocess
import sys
import tempfile

from tap import report

CMOCKA = '''[==========] Running 3 test(s).
[ RUN      ] seals
[       OK ] seals
[ RUN      ] needs_root
skip needs_root: not root
[  SKIPPED ] needs_root
[ RUN      ] copies
%s[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] needs_root
'''
CMOCKA_GOOD = CMOCKA % '[       OK ] copies\n'
CMOCKA_BAD = CMOCKA % ''
GTEST = '''[ RUN      ] Text.Cuts
[       OK ] Text.Cuts (0 ms)
[ RUN      ] Modes/Parse.Names/ro
../tests/unit/x_test.cc:7: Skipped
no overlay here
[  SKIPPED ] Modes/Parse.Names/ro (0 ms)
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Modes/Parse.Names/ro
'''
GTEST_BAD = '''[ RUN      ] Text.Cuts
x.cc:3: Failure
[  FAILED  ] Text.Cuts (0 ms)
[  FAILED  ] 1 test, listed below:
[  FAILED  ] Text.Cuts
'''
GTEST_OF_C = '''[ RUN      ] tests.seals
[       OK ] tests.seals (0 ms)
[ RUN      ] tests.needs_root
skip needs_root: not root
../tests/abi/x_test.c:7: Skipped

[  SKIPPED ] tests.needs_root (0 ms)
'''
TAP = '1..3\nok 1 - control\nok 2 - runs\nok 3 - crun # SKIP no crun\n'
TAP_BAD = '1..2\nok 1 - control\nnot ok 2 - runs\n'


def entry(result, stdout, returncode=0):
    return {'name': 'exeseal:unit / program', 'stdout': stdout, 'result': result, 'returncode': returncode, 'duration': 1.25}


def count(entries):
    with tempfile.TemporaryDirectory() as build:
        os.mkdir(os.path.join(build, 'meson-logs'))
        if entries is not None:
            with open(os.path.join(build, 'meson-logs', 'testlog.json'), 'w', encoding='utf-8') as file:
                file.writelines(json.dumps(each) + '\n' for each in entries)
        done = subprocess.run([sys.executable, sys.argv[1], 'gcc=' + build], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()


def judge(got, out, status, last, lines):
    """Compares the exit status and the last line; the output must contain the lines."""
    assert got == status, (got, out)
    assert last is None or out[-1:] == [last], out
    missing = [line for line in lines if line not in out]
    assert not missing, (missing, out)


def go(*events, package='example/go/gorunc'):
    """Lines of `go test -json`, from (action, test), (action, None) or ('output', test, text)."""
    lines = []
    for action, test, *text in events:
        event = {'Action': action, 'Package': package, **({'Test': test} if test else {}), **({'Output': text[0]} if text else {})}
        lines.append(json.dumps(event) + '\n')
    return ''.join(lines)


GO_GOOD = go(('start', None), ('run', 'A'), ('pass', 'A'), ('run', 'B'), ('run', 'B/x'), ('run', 'B/y'), ('output', 'B/y', '=== RUN   B/y\n'),
             ('output', 'B/y', '    b_test.go:7: crun: not installed\n'), ('skip', 'B/y'), ('pass', 'B/x'), ('pass', 'B'), ('pass', None))


def check_go(text, status, last, *lines):
    with tempfile.NamedTemporaryFile('w', suffix='.json', encoding='utf-8') as file:
        file.write(text)
        file.flush()
        done = subprocess.run([sys.executable, sys.argv[1], 'go=' + file.name], capture_output=True, text=True, check=False)
    judge(done.returncode, done.stdout.splitlines(), status, last, lines)


def check_cannot(text, status, last, *lines):
    with tempfile.NamedTemporaryFile('w', suffix='.json', encoding='utf-8') as file, tempfile.NamedTemporaryFile('w', encoding='utf-8') as cannot:
        file.write(text)
        file.flush()
        cannot.write('go go/gorunc: A\tno forks here\n')
        cannot.flush()
        done = subprocess.run([sys.executable, sys.argv[1], '--cannot', cannot.name, 'go=' + file.name], capture_output=True, text=True, check=False)
    judge(done.returncode, done.stdout.splitlines(), status, last, lines)


SOURCE = """package gorunc

func TestMain(m *testing.M) {}
func helper(t *testing.T) {}
%s"""


def check_sources(names, text, status, last, *lines):
    """Counts a Go output and the tests with these names, of the module that `go` has events of."""
    functions = ''.join(f'func {name}({"" if name[0] == "E" else f"{name[0].lower()} *testing.{name[0]}"}) {{}}\n' for name in names)
    with tempfile.TemporaryDirectory() as top:
        for path, content in (('go.mod', 'module example\n'), ('go/gorunc/go.mod', '// A module.\nmodule example/go/gorunc\n'),
                              ('go/gorunc/a_test.go', SOURCE % functions), ('go/gorunc/testdata/b_test.go', SOURCE % 'func TestX(t *testing.T) {}\n'),
                              ('build-x/b_test.go', SOURCE % 'func TestX(t *testing.T) {}\n'), ('log', text)):
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            with open(os.path.join(top, path), 'w', encoding='utf-8') as file:
                file.write(content)
        done = subprocess.run([sys.executable, sys.argv[1], '--go', top, f'go={top}/log'], capture_output=True, text=True, check=False)
    judge(done.returncode, done.stdout.splitlines(), status, last, lines)


def check(entries, status, last, *lines):
    judge(*count(entries), status, last, lines)


CHECKS = {
    'cmocka: cases are counted, a skip keeps its reason':
        lambda: check([entry('OK', CMOCKA_GOOD)], 0, '2 passed, 0 failed, 1 skipped',
                      'skipped gcc unit/program: needs_root: not root'),
    'cmocka: a case that does not end has failed':
        lambda: check([entry('FAIL', CMOCKA_BAD, 1)], 1, '1 passed, 1 failed, 1 skipped', 'failed gcc unit/program: copies'),
    'GoogleTest: cases are counted, a skip keeps its reason':
        lambda: check([entry('OK', GTEST)], 0, '1 passed, 0 failed, 1 skipped',
                      'skipped gcc unit/program: Modes/Parse.Names/ro: no overlay here'),
    'GoogleTest of a C test: a skip keeps the reason that C printed':
        lambda: check([entry('OK', GTEST_OF_C)], 0, '1 passed, 0 failed, 1 skipped',
                      'skipped gcc unit/program: tests.needs_root: not root'),
    'GoogleTest: a failure fails': lambda: check([entry('FAIL', GTEST_BAD, 1)], 1, '0 passed, 1 failed, 0 skipped'),
    'TAP: cases are counted, a skip keeps its reason':
        lambda: check([entry('OK', TAP)], 0, '2 passed, 0 failed, 1 skipped', 'skipped gcc unit/program: crun: no crun'),
    'TAP: a failure fails': lambda: check([entry('FAIL', TAP_BAD)], 1, '1 passed, 1 failed, 0 skipped'),
    'a program that fails after good cases fails':
        lambda: check([entry('FAIL', CMOCKA_GOOD, -11)], 1, '2 passed, 1 failed, 1 skipped'),
    'a timeout fails': lambda: check([entry('OK', TAP), entry('TIMEOUT', '')], 1, '2 passed, 1 failed, 1 skipped'),
    'the seconds of a suite are those of its programs':
        lambda: check([entry('OK', ''), entry('OK', TAP)], 0, '3 passed, 0 failed, 1 skipped',
                      'gcc            unit                     3       0       1      2.5'),
    'a program that says nothing counts as one': lambda: check([entry('OK', '')], 0, '1 passed, 0 failed, 0 skipped'),
    'a skipped program keeps its reason':
        lambda: check([entry('SKIP', 'skip podman: no podman\n', 77), entry('OK', '')], 0, '1 passed, 0 failed, 1 skipped',
                      'skipped gcc unit/program: no podman'),
    'a skipped TAP program keeps its reason':
        lambda: check([entry('SKIP', '1..0 # SKIP no podman\n'), entry('OK', '')], 0,
                      '1 passed, 0 failed, 1 skipped',
                      'skipped gcc unit/program: no podman'),
    'nothing but skips is not green': lambda: check([entry('SKIP', '', 77)], 1, '0 passed, 0 failed, 1 skipped'),
    'an empty log is not green': lambda: check([], 1, '0 passed, 1 failed, 0 skipped'),
    'a missing log is not green': lambda: check(None, 1, None),
    'Go: leaves are counted, a skip keeps its reason':
        lambda: check_go(GO_GOOD, 0, '2 passed, 0 failed, 1 skipped', 'skipped go go/gorunc: B/y: crun: not installed'),
    'Go: the seconds are those of the packages':
        lambda: check_go(GO_GOOD + json.dumps({'Action': 'pass', 'Package': 'example/go/other', 'Elapsed': 0.5}) + '\n', 0, '2 passed, 0 failed, 1 skipped',
                         'go             go                       2       0       1      0.5'),
    'Go: a failed subtest counts once':
        lambda: check_go(go(('run', 'A'), ('run', 'A/x'), ('fail', 'A/x'), ('fail', 'A'), ('fail', None)), 1,
                         '0 passed, 1 failed, 0 skipped', 'failed go go/gorunc: A/x'),
    'Go: a test that fails after good subtests fails':
        lambda: check_go(go(('run', 'A'), ('run', 'A/x'), ('pass', 'A/x'), ('fail', 'A'), ('fail', None)), 1,
                         '1 passed, 1 failed, 0 skipped', 'failed go go/gorunc: A'),
    'Go: a test that does not end has failed':
        lambda: check_go(go(('run', 'A'), ('pass', 'A'), ('run', 'B'), ('fail', None)), 1, '1 passed, 1 failed, 0 skipped',
                         'failed go go/gorunc: B'),
    'Go: a package that fails without a test fails':
        lambda: check_go(GO_GOOD + 'no JSON\n' + go(('output', None, 'FAIL [build failed]\n'), ('fail', None), package='example/go/other'), 1,
                         '2 passed, 1 failed, 1 skipped', 'failed go go/other: FAIL [build failed]'),
    'Go: a package that does not end has failed':
        lambda: check_go(GO_GOOD + go(('start', None), package='example/go/other'), 1, '2 passed, 1 failed, 1 skipped'),
    'Go: packages without tests are nothing':
        lambda: check_go(GO_GOOD + go(('start', None), ('skip', None), package='example/go/other'), 0, '2 passed, 0 failed, 1 skipped'),
    'what cannot pass here and fails is skipped, with its reason':
        lambda: check_cannot(go(('run', 'A'), ('fail', 'A'), ('run', 'B'), ('pass', 'B'), ('fail', None)), 0, '1 passed, 0 failed, 1 skipped',
                             'skipped go go/gorunc: A: no forks here'),
    'what cannot pass here and passes has failed':
        lambda: check_cannot(go(('run', 'A'), ('pass', 'A'), ('run', 'B'), ('pass', 'B'), ('pass', None)), 1, '1 passed, 1 failed, 0 skipped',
                             'failed go go/gorunc: A: passes, and is said not to: no forks here'),
    'what is not said to be unable and fails has failed':
        lambda: check_cannot(go(('run', 'A'), ('fail', 'A'), ('run', 'B'), ('fail', 'B'), ('fail', None)), 1, '0 passed, 1 failed, 1 skipped',
                             'failed go go/gorunc: B'),
    'Go: each test in the sources was run, or skipped':
        lambda: check_sources(['TestA', 'FuzzB'], go(('run', 'TestA'), ('skip', 'TestA'), ('run', 'FuzzB'), ('pass', 'FuzzB'), ('pass', None)), 0,
                              '1 passed, 0 failed, 1 skipped'),
    'Go: a test in the sources that was not run has failed':
        lambda: check_sources(['TestA', 'TestC', 'FuzzB'], go(('run', 'TestA'), ('pass', 'TestA'), ('run', 'FuzzB'), ('pass', 'FuzzB'), ('pass', None)), 1,
                              '2 passed, 1 failed, 0 skipped', 'failed sources go/gorunc: TestC: it was not run'),
    'Go: an example in the sources that was not run has failed':
        lambda: check_sources(['TestA', 'ExampleB', 'Example'], go(('run', 'TestA'), ('pass', 'TestA'), ('run', 'Example'), ('pass', 'Example'), ('pass', None)), 1,
                              '2 passed, 1 failed, 0 skipped', 'failed sources go/gorunc: ExampleB: it was not run'),
    'Go: a package in the sources that was not run has failed':
        lambda: check_sources(['TestA', 'FuzzB'], go(('run', 'TestA'), ('pass', 'TestA'), ('pass', None), package='example/go/other'), 1,
                              '1 passed, 1 failed, 0 skipped', 'failed sources go/gorunc: none of its 2 tests was run'),
    'Go: an empty log is not green': lambda: check_go('', 1, '0 passed, 1 failed, 0 skipped'),
}

report(CHECKS)
