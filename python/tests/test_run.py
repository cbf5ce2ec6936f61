# SPDX-License-Identifier: MIT
"""Programs that are started from a sealed descriptor."""

import errno
import os
import signal
import subprocess
import threading

import exeseal
import pytest
from exeseal import Step
from exeseal._sealed import environment_for

ARGUMENTS = b'#!/bin/sh\necho "$@"\n'


@pytest.fixture
def shell():
    with exeseal.clone("/bin/sh") as sealed:
        yield sealed


@pytest.fixture
def script():
    with exeseal.clone(ARGUMENTS) as sealed:
        yield sealed


def output(sealed, argv, **options):
    return sealed.run(argv, check=True, capture_output=True, text=True, **options).stdout


@pytest.mark.parametrize("inherit", [False, True])
def test_program_runs_from_the_descriptor(shell, inherit):
    command = "readlink /proc/$$/exe; echo $0"
    assert output(shell, ["name", "-c", command], inherit=inherit).splitlines() == [
        "/memfd:exeseal (deleted)",
        "name",
    ]


def test_descriptor_is_inherited_on_request_only(shell):
    command = ["sh", "-c", "ls -l /proc/$$/fd"]
    assert "memfd" not in output(shell, command)
    assert "memfd" in output(shell, command, inherit=True)


@pytest.mark.parametrize("inherit", [False, True])
def test_script(script, inherit):
    assert output(script, ["script", "a", "b c"], inherit=inherit) == "a b c\n"


def test_script_by_popen(script):
    with script.Popen(["script", "a"], stdout=subprocess.PIPE) as process:
        assert process.communicate() == (b"a\n", None)
    assert process.returncode == 0


def test_options_of_subprocess(shell, tmp_path):
    done = shell.run(
        ["sh", "-c", 'cat; pwd; echo "$X"; exit 3'],
        input=b"text\n",
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={"X": "x", "PATH": os.environ["PATH"]},
    )
    assert (done.returncode, done.stdout) == (3, f"text\n{tmp_path}\nx\n".encode())
    with pytest.raises(subprocess.CalledProcessError):
        shell.run(["sh", "-c", "exit 1"], check=True)
    with pytest.raises(subprocess.TimeoutExpired):
        shell.run(["sh", "-c", "exec sleep 100"], timeout=0.01)


def test_options_of_the_program_itself_are_rejected(shell):
    for options in {"executable": "/bin/true"}, {"shell": True}, {"args": ["true"]}:
        with pytest.raises(TypeError, match=next(iter(options))):
            shell.run(["sh"], **options)
    for argv in "sh", b"sh", []:
        with pytest.raises(TypeError, match="argv"):
            shell.run(argv)


def test_passed_descriptors_keep_their_numbers(shell):
    reader, writer = os.pipe()
    try:
        for inherit in False, True:
            shell.run(["sh", "-c", f"echo x >/proc/self/fd/{writer}"], pass_fds=[writer], inherit=inherit, check=True)
            assert os.read(reader, 9) == b"x\n"
    finally:
        os.close(reader)
        os.close(writer)


def test_another_user_requires_inherit(shell):
    if os.geteuid() != 0:
        pytest.skip("requires root, to start a program as another user")
    command = ["sh", "-c", "id -u"]
    with pytest.raises(exeseal.Error) as caught:
        shell.run(command, user=65534)
    assert caught.value.errno == errno.EACCES
    assert "use inherit=True" in str(caught.value)
    assert output(shell, command, user=65534, inherit=True) == "65534\n"


def test_cause_of_a_failed_start():
    with exeseal.clone(b"not a program") as sealed:
        for start in sealed.run, sealed.Popen:
            with pytest.raises(exeseal.Error) as caught:
                start(["x"])
            assert caught.value.errno == errno.ENOEXEC
            assert caught.value.report.attempts[-1].step == Step.FORMAT
            assert caught.value.report.attempts[-1].advice in str(caught.value)


def test_other_failures_are_those_of_subprocess(shell):
    with pytest.raises(FileNotFoundError, match="/no/such/directory"):
        shell.run(["sh"], cwd="/no/such/directory")


def test_sockets_that_are_not_passed_are_not_announced(shell, monkeypatch):
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", "1")
    command = ["sh", "-c", 'echo "$LISTEN_FDS$LISTEN_PID"']
    assert output(shell, command) == "\n"
    assert output(shell, command, env=dict(os.environ)) == "11\n"
    for count in "", "0", "01", "-1", "\u0661", "1x", "9" * 12, "9" * 5000:
        monkeypatch.setenv("LISTEN_FDS", count)
        assert output(shell, command) == "\n"


def test_sockets_that_are_passed_are_announced(monkeypatch):
    for count, is_kept in ("1", True), ("2", True), ("3", False), ("02", False):
        monkeypatch.setenv("LISTEN_FDS", count)
        changed = environment_for(None, (4, 7, 3))
        assert (changed is None) == is_kept
        assert is_kept or "LISTEN_FDS" not in changed


def test_close_while_the_program_runs(shell):
    """run() has a descriptor of its own, so that another thread may close the Sealed."""
    with exeseal.clone(b"#!/bin/sh\nread line\necho $line\n") as script:
        reader, writer = os.pipe()
        results = []
        thread = threading.Thread(target=lambda: results.append(output(script, ["x"], stdin=reader)))
        thread.start()
        os.write(writer, b"line\n")
        thread.join()
        script.close()
        os.close(reader)
        os.close(writer)
    assert results == ["line\n"]


def test_fork_while_another_thread_starts_a_program(shell):
    """The child of a fork has the Sealed, but not the thread that was using it."""
    started, going_on = os.pipe(), os.pipe()

    def wait():
        os.write(started[1], b"x")
        os.read(going_on[0], 1)

    thread = threading.Thread(target=lambda: shell.Popen(["sh", "-c", ":"], preexec_fn=wait).wait())
    thread.start()
    os.read(started[0], 1)
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        shell.close()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    os.write(going_on[1], b"x")
    thread.join()
    for fd in (*started, *going_on):
        os.close(fd)
    assert status == 0


def test_starts_by_many_threads(shell):
    results = []

    def work():
        for number in range(5):
            results.append(output(shell, ["sh", "-c", f"echo {number}"]) == f"{number}\n")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 30
