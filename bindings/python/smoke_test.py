# SPDX-License-Identifier: MIT
"""Calls each function of the Python module once, and executes what it sealed."""

import errno
import os
import struct
import threading
import unittest

import exeseal

SCRIPT = b"#!/bin/sh\nexit 42\n"
RO_SHARED_PAGE = 2


def options(flags=0, mode=0):
    """struct exeseal_clone_options"""
    return struct.pack("=QQQIi64s4I", flags, 0, 0, mode, 0, b"", 0, 0, 0, 0)


class Smoke(unittest.TestCase):
    def setUp(self):
        self.report = bytearray(1072)

    def sealed(self, fd):
        self.assertGreaterEqual(fd, 3)
        self.addCleanup(os.close, fd)
        return fd

    def report_text(self):
        text = bytearray(4096)
        length = exeseal.format_report(bytes(self.report), text)
        self.assertGreater(length, 0)
        return text[:length].decode()

    def test_bytes(self):
        fd = self.sealed(exeseal.clone_memory(SCRIPT, options(), self.report))
        self.assertEqual(os.pread(fd, 100, 0), SCRIPT)
        self.assertRegex(self.report_text(), f"^sealed by memfd: {len(SCRIPT)} bytes, ")
        with self.assertRaises(OSError):
            os.write(fd, b"x")
        writer = self.sealed(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
        with self.assertRaises(PermissionError):
            os.write(writer, b"x")

    def test_pipe_fed_by_a_thread(self):
        """Other threads run during the call, and cannot resize its buffers."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        program = SCRIPT + bytes(1 << 20)  # more than a pipe holds
        refused = []

        def feed():
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(program[:-1])
                try:
                    self.report.extend(b"x")
                except BufferError:
                    refused.append(True)
                pipe.write(program[-1:])

        thread = threading.Thread(target=feed)
        thread.start()
        fd = self.sealed(exeseal.clone_descriptor(reader, options(), self.report))
        thread.join()
        self.assertEqual(os.fstat(fd).st_size, len(program))
        self.assertEqual(refused, [True])
        self.report.extend(b"x")  # allowed after the call

    def test_bytes_of_the_wrong_kind(self):
        with self.assertRaises(TypeError):
            exeseal.clone_memory("a text", options(), self.report)
        with self.assertRaises(BufferError):
            exeseal.clone_memory(SCRIPT, options(), bytes(self.report))

    def need(self, strategy):
        if exeseal.probe(strategy, self.report) < 0:
            self.skipTest("not available here: " + self.report_text())

    def test_path_and_execve(self):
        self.execute_clone(options(), "memfd")

    def test_view(self):
        self.need(self.strategies().index("overlay"))
        self.execute_clone(options(mode=RO_SHARED_PAGE), "overlay")

    def execute_clone(self, wanted, strategy):
        with open("/bin/echo", "rb") as source:
            fd = self.sealed(exeseal.clone_descriptor(source.fileno(), wanted, self.report))
        self.assertRegex(self.report_text(), f"^sealed by {strategy}: ")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            os.execve(fd, ["echo", "from a descriptor"], {})
        os.close(writer)
        with os.fdopen(reader) as output:
            self.assertEqual(output.read(), "from a descriptor\n")
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def strategies(self):
        text, names = bytearray(64), []
        while (length := exeseal.strategy_name(len(names), text)) >= 0:
            names.append(text[:length].decode())
        return names

    def test_probe(self):
        for strategy, name in list(enumerate(self.strategies()))[1:]:
            result = exeseal.probe(strategy, self.report)
            expected = f"sealed by {name}: " if result == 0 else f"{name}: "
            self.assertTrue(self.report_text().startswith(expected), self.report_text())
        for strategy in 0, len(self.strategies()), 2**32 - 1:
            self.assertEqual(exeseal.probe(strategy, self.report), -errno.EINVAL)
        self.assertEqual(exeseal.probe(1, bytearray(1063)), -errno.EINVAL)

    def resolve(self, name):
        resolution, why = bytearray(4096), bytearray(512)
        fd = exeseal.resolve(name, None, None, bytes(8), resolution, why)
        return fd, resolution[8:2024].rstrip(b"\0").decode(), why.rstrip(b"\0").decode()

    def test_resolve(self):
        fd, path, why = self.resolve("env")
        self.sealed(fd)
        self.assertEqual((os.stat(path).st_ino, why), (os.fstat(fd).st_ino, ""))
        self.assertEqual(self.resolve("no-such-program-here"), (-errno.ENOENT, "", ""))
        self.assertEqual(self.resolve("/etc"), (-errno.EPERM, "", "/etc: a directory\n"))

    def test_names(self):
        text, names = bytearray(64), []
        while (length := exeseal.mode_name(len(names), text)) >= 0:
            names.append(text[:length].decode())
        self.assertEqual(names, ["", "independent-data-copy", "ro-shared-page"])
        self.assertEqual([exeseal.parse_mode(name) for name in names], [0, 1, 2])
        self.assertEqual(exeseal.parse_mode("copy"), -errno.EINVAL)
        self.assertEqual(exeseal.parse_guarantees("sealed,own-pages"), 0b1010)

    def test_error(self):
        directory = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, directory)
        self.assertEqual(exeseal.clone_descriptor(directory, options(), self.report), -errno.EISDIR)
        self.assertRegex(self.report_text(), "^source: EISDIR ")
        self.assertEqual(exeseal.clone_memory(SCRIPT, bytes(95), self.report), -errno.EINVAL)


if __name__ == "__main__":
    unittest.main()
