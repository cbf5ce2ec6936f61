# SPDX-License-Identifier: MIT
"""Clones of every kind of source, their options, reports and errors."""

import copy
import errno
import os
import pickle
import subprocess
import sys
import threading
import warnings

import exeseal
import pytest
from exeseal import Evidence, Guarantee, Mode, Step, Strategy

SCRIPT = b"#!/bin/sh\nexit 42\n"
SHELL = "/bin/sh"


def content(sealed):
    return os.pread(sealed.fileno(), 1 << 24, 0)


def test_bytes_cannot_be_changed_afterwards():
    with exeseal.clone(SCRIPT) as sealed:
        assert content(sealed) == SCRIPT
        assert os.get_inheritable(sealed.fileno()) is False
        with pytest.raises(PermissionError):
            os.open(f"/proc/self/fd/{sealed.fileno()}", os.O_RDWR | os.O_TRUNC)


def test_report_is_data():
    with exeseal.clone(SCRIPT) as sealed:
        report = sealed.report
    assert (report.strategy, report.evidence) == (Strategy.MEMFD, Evidence.MEMORY)
    assert (report.bytes, report.huge_bytes, report.digest) == (len(SCRIPT), 0, "")
    assert Guarantee.SEALED | Guarantee.OWN_PAGES in report.guarantees
    assert report.attempts[-1] == exeseal.Attempt(Strategy.MEMFD, Step.DONE, 0, "", "")
    assert str(report).startswith(f"cloned by memfd: {len(SCRIPT)} bytes, guarantees {report.guarantees}")


def test_sources_of_the_same_program(tmp_path):
    path = tmp_path / "program"
    path.write_bytes(SCRIPT)
    with open(path, "rb") as file:
        file.read(3)
        for source in path, str(path), file, file.fileno(), bytearray(SCRIPT), memoryview(SCRIPT):
            with exeseal.clone(source) as sealed:
                assert content(sealed) == SCRIPT, source
        assert file.tell() == 3


def test_sealed_source_is_reused():
    with exeseal.clone(SCRIPT) as first, exeseal.clone(first) as second:
        assert second.report.strategy == Strategy.REUSE
        assert os.path.sameopenfile(first.fileno(), second.fileno())


def test_running_program():
    with exeseal.clone_self() as sealed:
        assert sealed.name == sys.executable
        assert sealed.report.bytes == os.stat("/proc/self/exe").st_size


def test_pipe_that_a_thread_feeds():
    """Other threads run during the call."""
    reader, writer = os.pipe()
    program = bytearray(SCRIPT + bytes(1 << 20))  # more than a pipe holds

    def feed():
        with open(writer, "wb") as pipe:
            pipe.write(program)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        with exeseal.clone(reader) as sealed:
            assert content(sealed) == program
    finally:
        thread.join()
        os.close(reader)


def test_clones_by_many_threads():
    failures = []

    def work():
        try:
            for _ in range(20):
                with exeseal.clone(SCRIPT) as sealed:
                    assert content(sealed) == SCRIPT
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_mode_by_number_and_by_name():
    for mode in Mode.INDEPENDENT_DATA_COPY, "independent-data-copy", [Mode.INDEPENDENT_DATA_COPY]:
        with exeseal.clone(SHELL, mode=mode) as sealed:
            assert Guarantee.OWN_PAGES in sealed.report.guarantees


def test_modes_in_order():
    with exeseal.clone(SCRIPT, mode=["ro-shared-page", "independent-data-copy"]) as sealed:
        assert sealed.report.strategy == Strategy.MEMFD
        assert sealed.report.attempts[0].strategy != Strategy.MEMFD
        assert sealed.report.attempts[0].errno != 0


@pytest.mark.parametrize("mode", ["copy", 9, [], ["ro-shared-page"] * 6, ["", "ro-shared-page"]])
def test_mode_that_is_rejected(mode):
    with pytest.raises(ValueError):
        exeseal.clone(SCRIPT, mode=mode)


def test_required_guarantees():
    for require in Guarantee.SEALED | Guarantee.STABLE, "sealed,stable":
        with exeseal.clone(SCRIPT, require=require) as sealed:
            assert Guarantee.SEALED | Guarantee.STABLE in sealed.report.guarantees
    with pytest.raises(ValueError, match="'read-only', 'sealed'"):
        exeseal.clone(SCRIPT, require="strong")


def test_requirement_that_no_strategy_meets():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone(SHELL, mode="ro-shared-page", require="own-pages")
    assert caught.value.errno == errno.EOPNOTSUPP
    assert {attempt.step for attempt in caught.value.report.attempts} == {Step.REQUIRE}


def test_name():
    with exeseal.clone(SCRIPT, name="tool") as sealed:
        assert os.readlink(f"/proc/self/fd/{sealed.fileno()}") == "/memfd:tool (deleted)"
        assert sealed.name == "tool"
    for name in "", "x" * 64, "a\0b":
        with pytest.raises(ValueError):
            exeseal.clone(SCRIPT, name=name)


def test_limit():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone(SCRIPT, max_bytes=len(SCRIPT) - 1)
    assert caught.value.errno == errno.EFBIG
    assert caught.value.report.attempts[-1].step == Step.LIMIT


@pytest.mark.parametrize(
    "options",
    [{"max_bytes": -1}, {"max_bytes": 1 << 64}, {"require": 1 << 64}, {"temp_dir": 1 << 31}],
)
def test_number_out_of_range(options):
    with pytest.raises(ValueError, match="is invalid"):
        exeseal.clone(SCRIPT, **options)


def test_privileges_of_the_source(tmp_path):
    path = tmp_path / "program"
    path.write_bytes(SCRIPT)
    path.chmod(0o4755)
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone(path)
    assert caught.value.report.attempts[-1].step == Step.PRIVILEGES
    exeseal.clone(path, drop_privileges=True).close()


def test_directory_for_files(tmp_path):
    directory = os.open(tmp_path, os.O_PATH)
    try:
        for temp_dir in tmp_path, directory:
            exeseal.clone(SCRIPT, temp_dir=temp_dir).close()
    finally:
        os.close(directory)
    with pytest.raises(NotADirectoryError):
        exeseal.clone(SCRIPT, temp_dir=SHELL)


def test_pages_of_two_sizes_exclude_each_other():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone(SCRIPT, small_pages=True, huge_pages=True)
    assert caught.value.errno == errno.EINVAL


def test_error_has_report_and_advice():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone("/", name="tool")
    error = caught.value
    assert (error.errno, error.filename) == (errno.EISDIR, "/")
    attempt = error.report.attempts[-1]
    assert (attempt.step, attempt.errno) == (Step.SOURCE, errno.EISDIR)
    assert attempt.advice and attempt.advice in str(error)
    assert str(error).startswith("[Errno 21] Is a directory: '/'\nsource: EISDIR ")
    assert isinstance(error, OSError)


def test_error_survives_pickling():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone("/")
    unpickled = pickle.loads(pickle.dumps(caught.value))
    assert (str(unpickled), unpickled.report) == (str(caught.value), caught.value.report)


def test_path_that_cannot_be_opened():
    with pytest.raises(FileNotFoundError, match="No such file or directory: '/no/such/program'"):
        exeseal.clone("/no/such/program")


def test_source_of_the_wrong_kind():
    with pytest.raises(TypeError, match="float is not a path"):
        exeseal.clone(1.5)
    with pytest.raises(exeseal.Error) as caught:
        exeseal.clone(1 << 20)
    assert caught.value.errno == errno.EBADF


def test_descriptor_has_one_owner():
    sealed = exeseal.clone(SCRIPT)
    fd = sealed.detach()
    assert sealed.closed
    sealed.close()
    os.close(fd)
    for use in sealed.fileno, sealed.detach, sealed.__enter__, lambda: sealed.run(["x"]):
        with pytest.raises(ValueError, match="is closed"):
            use()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_descriptor_is_not_duplicated_with_its_owner(duplicate):
    """A second owner would close a number that may belong to another file by then."""
    with exeseal.clone(SCRIPT) as sealed:
        with pytest.raises(TypeError, match="owns a descriptor"):
            duplicate(sealed)


def test_forgotten_clone_is_closed_with_a_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exeseal.clone(SCRIPT)
    assert [warning.category for warning in caught] == [ResourceWarning]


def test_probe_agrees_with_clone():
    report = exeseal.probe("memfd")
    assert report.strategy == Strategy.MEMFD
    for strategy in list(Strategy)[1:]:
        try:
            assert exeseal.probe(strategy).strategy == strategy
        except exeseal.Error as error:
            assert error.report.attempts[-1].strategy == strategy
            assert error.filename == str(strategy)
    with pytest.raises(ValueError, match="'none', 'reuse', 'memfd'"):
        exeseal.probe("copy")


def test_interpreter_without_warnings():
    """Importing the package opens nothing and warns of nothing."""
    code = "import os; n = os.listdir('/proc/self/fd'); import exeseal; assert os.listdir('/proc/self/fd') == n"
    path = os.path.dirname(os.path.dirname(exeseal.__file__))
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env={"PYTHONPATH": path})
