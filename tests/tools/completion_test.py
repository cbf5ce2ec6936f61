#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bash, zsh and fish complete the command line of exeseal. Prints TAP.

completion_test.py EXESEAL COMPLETIONS

COMPLETIONS is the folder of the completion files and of the program that writes them.
"""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

from tap import Skip, report

EXESEAL, COMPLETIONS = map(os.path.realpath, sys.argv[1:3])
BASH, ZSH, FISH = (os.path.join(COMPLETIONS, name) for name in ('exeseal.bash', '_exeseal', 'exeseal.fish'))
COMMANDS = ['doctor', 'help', 'inspect', 'resolve', 'run']
GUARANTEES = ['landlock', 'own-pages', 'peer-sealed', 'read-only', 'sealed', 'stable', 'x-sealed']


def need(shell):
    if shutil.which(shell) is None:
        raise Skip(f'no {shell} here')


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def files_are_those_of_the_help():
    done = run(sys.executable, os.path.join(COMPLETIONS, 'generate'), '--check', EXESEAL)
    assert done.returncode == 0, done.stdout


def a_file_that_differs_is_reported():
    with tempfile.TemporaryDirectory() as directory:
        copy = shutil.copytree(COMPLETIONS, os.path.join(directory, 'copy'))
        with open(os.path.join(copy, '_exeseal'), 'a', encoding='utf-8') as file:
            file.write('#')
        done = run(sys.executable, os.path.join(copy, 'generate'), '--check', EXESEAL)
        assert done.returncode == 1 and '_exeseal differs' in done.stdout, done.stdout


def in_bash(*words):
    """As readline calls the function: "=" is a word of its own."""
    script = 'source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _exeseal; printf "%s\\n" "${COMPREPLY[@]}"'
    done = run('bash', '--norc', '-c', script, 'bash', BASH, 'exeseal', *words)
    assert done.returncode == 0, done.stdout
    return sorted(done.stdout.split())


def bash_completes_each_part():
    need('bash')
    expected = {
        ('',): sorted([*COMMANDS, '-h', '--help', '-V', '--version']),
        ('r',): ['resolve', 'run'],
        ('help', 'in'): ['inspect'],
        ('resolve', '--'): ['--dirs', '--help', '--json'],
        ('run', '--lan'): ['--landlock', '--landlock-if-possible'],
        ('run', '--require', ''): GUARANTEES,
        ('run', '--require', 'sealed,p'): ['sealed,peer-sealed'],
        ('run', '--mode', 'ro'): ['ro-shared-page'],
        ('run', '--mode', '=', 'ro'): ['ro-shared-page'],
        ('run', '--report', '='): ['json'],
        ('run', '--report', '=', 'j'): ['json'],
        ('run', '--report', '--sm'): ['--small-pages'],
        ('run', '--death-signal', 'T'): ['TERM'],
    }
    for words, wanted in expected.items():
        found = in_bash(*words)
        assert found == wanted, f'{words}: {found}'


def bash_completes_files():
    need('bash')
    with tempfile.TemporaryDirectory() as directory:
        for name in ('folder', 'file'):
            os.mkdir(f'{directory}/{name}') if name == 'folder' else open(f'{directory}/{name}', 'w', encoding='ascii').close()
        both = [f'{directory}/file', f'{directory}/folder']
        assert in_bash('run', '--tmp-dir', f'{directory}/f') == both[1:]
        assert in_bash('inspect', f'{directory}/f') == both
        for before in (['/bin/cat'], ['--mode', 'ro-shared-page', 'cat'], ['--report', '=', 'json', 'cat'], ['--', 'cat', '-n']):
            assert in_bash('run', *before, f'{directory}/f') == both, before
            assert in_bash('run', *before, '--mo') == [], before
    assert 'env' in in_bash('run', 'en') and 'env' in in_bash('run', '--landlock', 'en')


def on_terminal(command, typed, awaited):
    """Types each text after the text that is awaited before it; returns what the terminal shows."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM='dumb', PATH=f'{os.path.dirname(EXESEAL)}:{os.environ["PATH"]}', HISTFILE='')
        os.execvp(command[0], command)
    shown = ''
    end = time.monotonic() + 600
    for text, until in zip(typed, awaited):
        os.write(terminal, text.encode())
        seen = len(shown)
        while until not in shown[seen:] and time.monotonic() < end and select.select([terminal], [], [], 600)[0]:
            try:
                shown += os.read(terminal, 4096).decode(errors='replace')
            except OSError:
                break
        assert until in shown[seen:], f'{until!r} does not come: {shown!r}'
    os.close(terminal)
    os.waitpid(process, 0)
    return shown


def bash_completes_at_the_keyboard():
    need('bash')
    on_terminal(['bash', '--norc', '--noprofile', '-i'],
                [f'source {BASH}; echo re""ady\n', 'exeseal res\t', '--j\t', 'true\n', 'exit\n'],
                ['ready', 'resolve ', '--json ', '"resolved": ', 'exit'])


def zsh_completes_at_the_keyboard():
    need('zsh')
    on_terminal(['zsh', '-f', '-i'],
                [f'fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -D; echo re""ady\n', 'exeseal res\t', '--j\t',
                 'true\n', 'exeseal run --requ\t', 'x\t', ' --mod\t', 'ro\t', '\x15exeseal help ins\t', '\nexit\n'],
                ['ready', 'resolve ', '--json ', '"resolved": ', '--require ', 'x-sealed', '--mode ', 'ro-shared-page', 'inspect ',
                 'Usage:'])


def fish_completes_each_part():
    need('fish')

    def complete(line):
        done = run('fish', '--no-config', '-c', f'source {FISH}; complete -C "{line}"')
        return sorted(each.split('\t')[0] for each in done.stdout.splitlines())

    expected = {
        'exeseal ': COMMANDS,
        'exeseal r': ['resolve', 'run'],
        'exeseal help in': ['inspect'],
        'exeseal resolve --': ['--dirs', '--help', '--json'],
        'exeseal run --lan': ['--landlock', '--landlock-if-possible'],
        'exeseal run --mode ro': ['ro-shared-page'],
        'exeseal run --death-signal T': ['TERM'],
    }
    for line, wanted in expected.items():
        found = complete(line)
        assert found == wanted, f'{line}: {found}'
    found = complete('exeseal run --require ')
    assert set(found) >= set(GUARANTEES), found


report([
    files_are_those_of_the_help, a_file_that_differs_is_reported, bash_completes_each_part, bash_completes_files,
    bash_completes_at_the_keyboard, zsh_completes_at_the_keyboard, fish_completes_each_part,
])
