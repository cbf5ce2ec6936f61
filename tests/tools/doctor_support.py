# SPDX-License-Identifier: MIT
"""Shared by the tests of `exeseal doctor`: its text and its JSON."""
import json
import re

from tool_support import FAILED, become, call


def as_shown(character):
    """The text has '?' for a byte that is not printable ASCII, JSON U+FFFD if it is not UTF-8."""
    if ' ' <= character <= '~':
        return character
    return '?' * (1 if character == '\ufffd' else len(character.encode()))


class Diagnosis:
    """The output of the doctor in both forms, which must agree."""

    def __init__(self, code, text, data):
        self.code, self.text, self.data = code, text, data
        self.strategy = {each['strategy']: each for each in data['strategies']}
        self.mode = {each['mode'] or 'automatic': each for each in data['modes']}
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
        """The lines of one entry, joined, without its name."""
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
            assert found['works'] == ('cannot be executed here' not in told and told != 'none works'), f'{name}: {told}'

    def check_runtimes(self):
        for path, found in self.runtime.items():
            told = self.paragraph(''.join(map(as_shown, path)))
            assert (found['not_executed_because'] or '') in told, told
            assert found['executed'] == (found['evidence'] == 'seen'), found

    def causes(self, strategy):
        return [failure['cause'] for failure in self.strategy[strategy]['failures']]

    def expect(self, strategy, cause, *words):
        """Expects the strategy to fail for this cause, and these words in the text."""
        assert not self.strategy[strategy]['works'], f'{strategy} works: {self.data}'
        assert cause in self.causes(strategy), f'{strategy}: {self.causes(strategy)}, not {cause}\n{self.text}'
        for word in words:
            assert word in ' '.join(self.text.split()), f'{word!r} is not in\n{self.text}'


def diagnose(tool, *arguments, before=None, wrap=(), user=None, **options):
    """`wrap` precedes the command. The child calls `before`, then becomes `user`."""
    def prepare():
        if before is not None:
            before()
        if user is not None:
            become(user)

    command = [*wrap, tool.path, 'doctor']
    text = call([*command, *arguments], preexec_fn=prepare, **options)
    data = call([*command, '--json', *arguments], preexec_fn=prepare, **options)
    assert text.returncode == data.returncode, f'{text.returncode} and {data.returncode}: {text.stderr} {data.stderr}'
    assert data.stdout, f'{wrap}: {data.stderr.decode()}'
    return Diagnosis(text.returncode, text.stdout.decode('ascii'), json.loads(data.stdout.decode('utf-8')))
