# SPDX-License-Identifier: MIT
"""The expected behaviour of each peer, as data. A column is a family of versions, a row is a
start.

ok: it runs and does not copy itself. again: it copies itself and runs. fails: it does not run.
"""

# A start has the name that from_descriptor knows. "/tmpfs": the program is on a tmpfs.
STARTS = {
    "path": "its file (the control)",
    "reexec": "**a copy of itself** that it made by exeseal_reexec_self, before its own code",
    "default": "**the default**: memfd, seals 0xf, mode 0555",
    "x-sealed": "X_SEALED required: memfd, seals 0x3f",
    "tmpfs": "memfds refused: private tmpfs",
    "tmpfile": "strategy tmpfile",
    "overlay": "strategy overlay",
    "overlay/tmpfs": "strategy overlay, of a program on a tmpfs",
    "bind": "strategy bind",
    "bind/tmpfs": "strategy bind, of a program on a tmpfs",
    "memfd-0x1": "a memfd that cannot be sealed (0x1)",
    "memfd-0xe": "a memfd without F_SEAL_SEAL (0xe)",
    "memfd-0x1f": "a memfd with F_SEAL_FUTURE_WRITE as well (0x1f)",
    "memfd-0x3e": "a memfd sealed with F_SEAL_EXEC only, which adds other seals (0x3e)",
}

# The strategies without a start of that name, and the reason.
NOT_STARTED = {
    "reuse": "it hands out what a start made",
    "memfd": "it is the start default",
    "verity": "the file system that these run on has no fs-verity",
}

EXPECTED = """
               runc-1.1  runc-1.2  crun   lxc-5  lxc-6  pentacle-1.0  pentacle-1.1  exeseal
path           again     again     again  again  again  again         again   again
reexec         ok        ok        ok     ok     ok     ok            ok      ok
default        ok        ok        ok     ok     ok     ok            ok      ok
x-sealed       again     ok        again  again  again  again         ok      ok
tmpfs          again     again     again  again  again  again         again   again
tmpfile        again     again     again  ok     ok     again         again   ok
overlay        again     again     ok     again  again  again         again   again
overlay/tmpfs  again     again     ok     again  again  again         again   again
bind           again     again     ok     again  again  again         again   again
bind/tmpfs     again     again     again  again  again  again         again   again
memfd-0x1      again     again     again  again  again  again         again   again
memfd-0xe      again     again     again  again  again  again         again   again
memfd-0x1f     again     ok        again  again  again  again         ok      ok
memfd-0x3e     again     again     again  again  again  again         again   again
"""

# Starts that an ordinary user may not make.
MOUNTING = ("tmpfs", "overlay", "overlay/tmpfs", "bind", "bind/tmpfs")

# With vm.memfd_noexec=1, a memfd made without MFD_EXEC cannot be executed.
EXPECTED_NOEXEC = """
               runc-1.1  runc-1.2  crun   lxc-5  lxc-6  pentacle-1.0  pentacle-1.1  exeseal
path           again     again     again  fails  again  fails         again   again
reexec         ok        ok        ok     ok     ok     ok            ok      ok
default        ok        ok        ok     ok     ok     ok            ok      ok
x-sealed       fails     ok        fails  fails  again  fails         ok      ok
"""


def table(text):
    """{(start, family): outcome}, in the order of the text."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    return {(row[0], family): outcome for row in rows for family, outcome in zip(head, row[1:])}
