# SPDX-License-Identifier: MIT
"""Programs that are found, descriptors that are inspected, and the enums and layouts."""

import errno
import os
import threading

import exeseal
import pytest
from exeseal import _clone, _exeseal, _inspect, _report, _resolve
from exeseal import Evidence, Guarantee, Image, InfoFlag, Mode, Step, Strategy, Type


def test_program_that_is_found():
    with exeseal.resolve("env") as program:
        assert os.stat(program.path).st_ino == os.fstat(program.fileno()).st_ino
        assert program.resolved == os.path.realpath(program.path)
        assert (program.name, program.is_wrapped, program.refused) == (program.path, False, ())
        with exeseal.clone(program) as sealed:
            assert sealed.name == program.path
            assert sealed.run(["env"], env={"A": "b"}, capture_output=True).stdout == b"A=b\n"


def test_program_that_is_not_found():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.resolve("no-such-program-here")
    assert (caught.value.errno, caught.value.details) == (errno.ENOENT, "")


def test_program_that_is_refused():
    with pytest.raises(exeseal.Error) as caught:
        exeseal.resolve("/etc")
    assert (caught.value.errno, caught.value.details) == (errno.EPERM, "/etc: a directory")
    assert str(caught.value) == "[Errno 1] Operation not permitted: '/etc'\n/etc: a directory"


def test_search_that_is_rejected():
    for directories in ["relative"], ["/a:/b"]:
        with pytest.raises(ValueError):
            exeseal.resolve("env", directories=directories)
    with pytest.raises(ValueError, match="null byte"):
        exeseal.resolve("e\0nv")


def test_script_in_a_directory_of_the_caller(tmp_path):
    path = tmp_path / "tool-of-this-test"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    with pytest.raises(exeseal.Error) as caught:
        exeseal.resolve(path.name, directories=[str(tmp_path)])
    assert caught.value.errno == errno.EPERM
    assert caught.value.details.startswith(f"{path}: ")


def test_inspection_of_a_clone():
    with exeseal.clone("/bin/sh") as sealed:
        for file in sealed, sealed.fileno():
            info = exeseal.inspect(file)
            assert (info.type, info.image) == (Type.MEMFD, Image.DYNAMIC)
            assert info.size == sealed.report.bytes
            assert InfoFlag.READ_ONLY | InfoFlag.CLOSE_ON_EXEC in info.flags
            assert Guarantee.SEALED in info.guarantees
            assert info.interpreter.startswith("/")
            assert info.permissions == 0o555


def test_inspection_of_other_descriptors(tmp_path):
    directory = os.open(tmp_path, os.O_PATH)
    assert exeseal.inspect(directory).type == Type.DIRECTORY
    os.close(directory)
    with pytest.raises(exeseal.Error) as caught:
        exeseal.inspect(directory)
    assert caught.value.errno == errno.EBADF
    assert exeseal.inspect_self().size == os.stat("/proc/self/exe").st_size


def test_texts_are_those_of_the_core():
    assert [str(mode) for mode in Mode] == ["", "independent-data-copy", "ro-shared-page"]
    for enum, name in (
        (Mode, _exeseal.mode_name),
        (Strategy, _exeseal.strategy_name),
        (Step, _exeseal.step_name),
        (Evidence, _exeseal.evidence_name),
    ):
        text = bytearray(64)
        assert [name(member, text) >= 0 for member in enum] == [True] * len(enum)
        assert name(len(enum), text) == -errno.ENOENT
        assert all(member == Mode.AUTOMATIC or str(member) for member in enum)
        assert [enum.of(str(member)) for member in enum] == list(enum)
    assert str(Guarantee.SEALED | Guarantee.STABLE) == "sealed,stable"
    assert str(Guarantee(0)) == ""


def test_layouts_are_those_of_the_core():
    assert _clone.OPTIONS_SIZE == _exeseal.CLONE_OPTIONS_SIZE
    assert _inspect.INFO_SIZE == _exeseal.INFO_SIZE
    assert _report.REPORT_SIZE == _exeseal.REPORT_SIZE
    assert _resolve.RESOLUTION_SIZE == _exeseal.RESOLUTION_SIZE


def test_buffers_of_the_core():
    """The core's functions check their buffers, so that a mistake here cannot write elsewhere."""
    report = bytearray(_report.REPORT_SIZE)
    with pytest.raises(TypeError):
        _exeseal.clone_memory("a text", bytes(_clone.OPTIONS_SIZE), report)
    with pytest.raises(BufferError):
        _exeseal.clone_memory(b"x", bytes(_clone.OPTIONS_SIZE), bytes(report))
    assert _exeseal.clone_memory(b"x", bytes(_clone.OPTIONS_SIZE - 1), report) == -errno.EINVAL
    assert _exeseal.probe(Strategy.MEMFD, bytearray(1)) == -errno.EINVAL


def test_buffers_during_a_call():
    """Other threads cannot resize the buffers of a call, and can again after it."""
    reader, writer = os.pipe()
    report = bytearray(_report.REPORT_SIZE)
    refused = []

    def feed():
        with open(writer, "wb", buffering=0) as pipe:
            pipe.write(bytes(1 << 20))  # more than a pipe holds: the call reads by now
            try:
                report.append(0)
            except BufferError:
                refused.append(True)
            pipe.write(b"x")

    thread = threading.Thread(target=feed)
    thread.start()
    fd = _exeseal.clone_descriptor(reader, bytes(_clone.OPTIONS_SIZE), report)
    thread.join()
    os.close(reader)
    os.close(fd)
    assert refused == [True]
    report.append(0)
