#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/performance.md, and the figures in README.md and docs/self-sealing.md, from
figures.json and soak.json.

page.py [--check]: with --check it compares instead, and exits non-zero where something differs.
"""
import os
import sys
import textwrap

from figures import FILE, HUGE, ORDINARY, PROJECT, ROOT, RUNC, SMALL, TMPFS, is_of_size, load, ratio, result, row_of, rows, size, sizes

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
SHARED, FRESH, PATH = "one clone for all starts", "a fresh clone for each start", "by path"
PROGRAMS = {"go": "Go's `go`"}


def number(value):
    """Three digits, and never an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.5f}"


def share(value):
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def table(head, body):
    lines = ["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head)] + body]
    return "\n".join(lines) + "\n"


def paragraph(text):
    return textwrap.fill(" ".join(text.split()), width=80, break_long_words=False, break_on_hyphens=False) + "\n"


def title(row):
    name = PROGRAMS.get(row["name"], row["name"])
    return name + (f", {row['user']}" if row.get("user") == ORDINARY else "")


def ratio_cell(row, of, to):
    found = ratio(row, of, to)
    return f"{share(found['median'])} ({share(found['p10'])}-{share(found['p90'])})" if found else ""


def cells(row, found, to, extra):
    first = [title(row), found["name"]]
    if "samples" not in found:
        return first + [found.get("skipped", "")] + [""] * (3 + len(extra))
    more = [number(found[name]) for name in extra]
    spread = f"{number(found['p10'])}-{number(found['p90'])}"
    return first + [number(found["median"]), spread] + more + [ratio_cell(row, found["name"], to), str(found["samples"])]


def long_table(found, to, extra=()):
    """A line for each contestant, and one for each row that was skipped."""
    unit = next((row["unit"] for row in found if "results" in row), "ms")
    body = []
    for row in found:
        if "skipped" in row:
            body.append([title(row), "skipped: " + row["skipped"]] + [""] * (4 + len(extra)))
        lines = [cells(row, each, to, extra) for each in row.get("results", []) if each.get("samples") or each.get("skipped")]
        body += lines[:1] + [[""] + line[1:] for line in lines[1:]]
    return table(["", "", f"median, {unit}", "p10-p90", *extra, f"ratio to {to}" if to else "", "samples"], body)


def size_table(figures):
    """Contestants by sizes: the medians, and their ratios to runc's."""
    found = [row for row in sizes(figures) if "results" in row]
    body = []
    for each in found[0]["results"] if found else []:
        line = [each["name"]]
        for row in found:
            time, to = result(row, each["name"]), ratio(row, each["name"], RUNC)
            line.append((number(time["median"]) if time else "") + (f" ({share(to['median'])})" if to else ""))
        body.append(line)
    body.append(["in huge pages, MB"] + [f"{result(row, HUGE).get('huge_bytes', 0) / 1e6:.1f}" for row in found])
    absent = "".join("\n" + paragraph(f"{row['name'].capitalize()}: skipped, {row['skipped']}.") for row in sizes(figures) if "skipped" in row)
    return table(["ms (ratio)"] + [size(row["bytes"]) for row in found], body) + absent


def difference(row):
    return next(iter(row.get("differences", [])), None)


# The goals: what is compared, and the largest value that is good enough.

def by_ratio(group, name, of, to, user=ROOT):
    def value(figures):
        found = ratio(row_of(figures, group, name, user), of, to)
        return found and found["median"]
    return value


def by_quantile(group, name, quantile):
    """Of huge pages to small pages, each over all samples."""
    def value(figures):
        row = row_of(figures, group, name)
        huge, small = result(row, HUGE), result(row, SMALL)
        return huge[quantile] / small[quantile] if huge and small and small[quantile] else None
    return value


def by_difference(group, name):
    def value(figures):
        found = difference(row_of(figures, group, name))
        return found and found["median"]
    return value


def by_count(group, name):
    def value(figures):
        found = result(row_of(figures, group, name), HUGE)
        return found and found["max"]
    return value


GOALS = [
    ("clone and close of runc, ratio to runc's CloneBinary, root", by_ratio("clone", "runc", HUGE, RUNC), 0.58),
    ("the same, an ordinary user", by_ratio("clone", "runc", HUGE, RUNC, ORDINARY), 0.58),
    ("clone and close of Go's `go` (15 MB), ratio to runc's CloneBinary, root", by_ratio("clone", "go", HUGE, RUNC), 0.58),
    ("the same, an ordinary user", by_ratio("clone", "go", HUGE, RUNC, ORDINARY), 0.58),
    ("clone and close of 0.5 MB, ratio to small pages", by_ratio("clone", "a file of 500000 bytes", HUGE, SMALL), 1.02),
    ("start of runc from a clone, ratio to the start from its file", by_ratio("start", "runc", HUGE, FILE), 0.85),
    ("`runc run` with a fresh clone for each start, ratio to by path", by_ratio("run", "runc", FRESH, PATH), 1.05),
    ("`runc run` with one clone for all starts, ratio to by path", by_ratio("run", "runc", SHARED, PATH), 0.82),
    ("`exeseal run` less the program, the clone and an empty program, ms", by_difference("tool", "exeseal run"), 0.2),
    ("clones after pauses of 5 s, ratio to small pages, median", by_quantile("pauses", "clones after pauses of 5 s", "median"), 1),
    ("the same, p90", by_quantile("pauses", "clones after pauses of 5 s", "p90"), 1),
    ("mmap of another thread during clones, ratio to small pages, p99, idle", by_quantile("latency", "mmap and munmap, idle", "p99"), 2),
    ("the same with four busy loops", by_quantile("latency", "mmap and munmap, beside four busy loops", "p99"), 2),
    ("these clones, ratio to small pages, p95, idle", by_quantile("latency", "clones, idle", "p95"), 2),
    ("the same with four busy loops", by_quantile("latency", "clones, beside four busy loops", "p95"), 2),
    ("cgroup charge of 50 clones, ratio to small pages (the unit is a batch of pages)", by_quantile("memory", "cgroup charge", "median"), 1.002),
    ("st_blocks of 50 clones, ratio to small pages", by_quantile("memory", "st_blocks", "median"), 1),
    ("clones that failed with EBUSY, with a thread that forks", by_count("forks", "EBUSY in 300 clones"), 0),
]


def goal_line(figures, text, measure, limit):
    value = measure(figures)
    if value is None:
        return [text, f"at most {limit}", "", "not measured"]
    return [text, f"at most {limit}", number(value), "yes" if value <= limit else "**no**"]


def goals(figures):
    return table(["quantity", "goal", "measured", "reached"], [goal_line(figures, *goal) for goal in GOALS])


def why(figures):
    """Names the origin of the goals, and the smallest time that this machine allows."""
    row = row_of(figures, "clone", "runc")
    least, tmpfs = (ratio(row, name, RUNC) for name in ("memset and memcpy", TMPFS))
    if least is None or tmpfs is None:
        return ""
    return paragraph(f"""The goals were set by measurements on another machine, an AMD EPYC, where
        copies in huge pages took about half the time of runc's CloneBinary. For a copy of runc on this
        machine, writing the memory twice in user space ("memset and memcpy") takes
        {least['median']:.2f} of the time of CloneBinary. A sealed memfd gets its huge pages from
        MADV_COLLAPSE, which fills them with zeros before the copy writes to them. A tmpfs with huge
        pages is written once, and takes {tmpfs['median']:.2f}; but its files cannot be sealed.""")


def machine(figures):
    found = figures["machine"]
    kind = "a virtual machine" if found["virtual"] else "no virtual machine"
    versions = ", ".join(f"{name} {version.removeprefix(name)}" for name, version in sorted(found["versions"].items()))
    short = "This is a **short** run: its figures are rough. " if figures["short"] else ""
    return paragraph(f"""{short}Measured on {found['date']} in {figures['seconds']:.0f} seconds:
        Linux {found['kernel']}, {found['arch']}, {found['processors']} processors
        ({found['model']}), {kind}, {found['memory_mb'] / 1024:.0f} GiB of memory. {versions}. Load
        before: {found['load'].split()[0]}.""")


def plot(name, alt):
    path = f"performance/{name}.svg"
    return f"![{alt}]({path})\n" if os.path.exists(os.path.join(PROJECT, "docs", path)) else ""


def section(heading, *parts):
    return "\n".join([f"## {heading}\n", *(part for part in parts if part)])


def page(figures):
    return "\n".join([
        "# Performance\n",
        paragraph("""`tests/bench/run` measures exeseal, its peers, and the minimum of work that the
            machine needs for the same result. All contestants of a row are measured in one run:
            each round has one sample of each, in an order that is shuffled for each round."""),
        paragraph("""Times are wall-clock times in milliseconds. Eight of ten samples are within
            "p10-p90". A ratio is the median of the ratios within each round, so that other load
            affects both sides; below 1 is faster. This page, the plots and the tables in README.md
            and docs/self-sealing.md are written from `tests/bench/figures.json`, and a test
            compares them."""),
        machine(figures),
        paragraph("""There are no measurements on many processors (MADV_COLLAPSE waits for all of
            them), on bare metal (where no hypervisor takes free memory back, and where compaction
            may take longer), on a real arm64 machine, or on more than one NUMA node. Measure there
            before you rely on huge pages. A program with several threads gets them only with
            `EXESEAL_CLONE_HUGE_PAGES` (here: `WithHugePages`)."""),
        section("Clone and close, by size",
                plot("clones", "Time of clone and close by size"),
                paragraph("""The left plot shows the time to open a file, clone it, and close the
                    clone, for files of 0.5 MB to 1 GiB. The right plot shows the ratio to runc's
                    CloneBinary. Huge pages, which were requested, are used from 4 MiB to 256 MiB.
                    Views (overlay, bind) and reuse copy nothing."""),
                paragraph(""""sendfile loop" is the minimum for a sealed copy in small pages:
                    memfd_create(2), sendfile(2), F_ADD_SEALS. "memset and memcpy" is the minimum
                    for the memory itself, in pages that are already in use. tmpfs is used if
                    memfd_create(2) is refused."""),
                size_table(figures),
                paragraph("The programs of the goals, for both users. An ordinary user cannot mount."),
                long_table([row for row in rows(figures, "clone") if not is_of_size(row)], RUNC)),
        section("Start of a program",
                plot("starts", "Time from start to end of programs"),
                paragraph("""The bars show vfork(2), execveat(2) and the end of runc, crun and node
                    with `--version` and of `go version`. Huge pages cause fewer page faults. crun
                    is slow from its file because it first copies itself, or mounts its file
                    read-only."""),
                long_table(rows(figures, "start"), FILE)),
        section("Container",
                plot("containers", "Time of runc run and crun run"),
                paragraph("""The bars show `runc run` and `crun run` of a container that ends at
                    once, through go-runc. If it is started by path, each runtime protects itself;
                    from the sealed descriptor it need not."""),
                long_table(rows(figures, "run"), PATH)),
        section("Command",
                paragraph("""`exeseal run busybox true`, compared with its parts. The remainder is
                    the cost of the command itself, beyond one start of an empty program."""),
                long_table(rows(figures, "tool"), "busybox true"),
                *(tool_rest(row) for row in rows(figures, "tool") if difference(row))),
        section("Programs that run from a copy of themselves",
                plot("reexec", "Start of programs that copy themselves"),
                paragraph("""The bars show the start and the end of a program of 10 MB that first
                    checks whether it is sealed, from its file and from a sealed copy. As root, runc
                    1.1 uses a read-only mount of its file instead of a copy."""),
                long_table([row for row in rows(figures, "reexec") if row["unit"] == "ms"], "finds itself sealed")),
        section("Many at once",
                plot("at-once", "Time per clone by number of threads"),
                paragraph("""The lines show the time until all clones of runc are made and closed,
                    divided by their number, for 1 to 64 threads of one process. On two processors
                    more than two threads cannot be faster; the point is that clones in huge pages
                    do not slow each other down."""),
                long_table(rows(figures, "at-once"), RUNC)),
        section("Memory",
                paragraph("""One process in a memory cgroup of its own holds 50 clones of runc.
                    "Mapped by huge pages" is ShmemPmdMapped in smaps while all of them are
                    mapped."""),
                long_table(rows(figures, "memory"), SMALL)),
        section("Other threads",
                plot("latency", "Latency of another thread's mmap, and of the clones"),
                paragraph("""The left plot shows how long another thread of the process waits for
                    mmap(2) and munmap(2) of one page while clones of runc are made one after the
                    other. The right plot shows the clones. Bars are medians; the lines above them
                    end at p99 and p95."""),
                long_table(rows(figures, "latency"), SMALL, ("p95", "p99", "max"))),
        section("Worst case",
                paragraph("""A program with priority SCHED_FIFO 10 occupies one processor, and
                    clones are made on another. MADV_COLLAPSE waits for a kernel worker on each
                    processor that has pages to drain. "max" can therefore reach one second, after
                    which the kernel takes the processor from the program."""),
                long_table(rows(figures, "hog"), SMALL, ("p99", "max"))),
        section("With a thread that forks",
                paragraph("""300 clones are made while another thread forks a child every
                    millisecond; each child lives for 30 ms. A child keeps the mappings of that
                    moment. If one of them were a writable mapping of the memfd, sealing it would
                    fail with EBUSY."""),
                long_table(rows(figures, "forks"), None)),
        section("After pauses",
                plot("pauses", "Clones after pauses of 5 s"),
                paragraph("""The bars show clones of Go's `go`, each after 5 idle seconds; the lines
                    extend from p10 to p90. In that time a hypervisor with free page reporting takes
                    free blocks of 2 MiB back, and the first access to such a block costs most with
                    huge pages."""),
                long_table(rows(figures, "pauses"), SMALL)),
        section("Long run", plot("soak", "Memory, descriptors, mounts and processes during the long run"),
                *long_run(figures["soak"])),
        section("Goals", paragraph("The goals for huge pages, and the results of this run. Quantiles are over all samples of a contestant."),
                goals(figures),
                why(figures)),
    ]).rstrip("\n") + "\n"


def long_run(soak):
    """The operations, and whether anything grew."""
    last = soak["samples"][-1][0]
    duration = f"{last / 60:.0f} minutes" if last >= 120 else f"{last:.0f} seconds"
    yield paragraph(f"""`scripts/soak` ran {len(soak['operations'])} programs at the same time for
        {duration} ({soak['date']}, Linux {soak['kernel']}, {soak['processors']} processors, beside
        other work). In the C++ program, system calls of the core fail with EMFILE, ENFILE, ENOMEM,
        ENOSPC, EDQUOT, EIO or EINTR, or move fewer bytes than requested, and signals arrive. The Go
        programs run out of descriptors ten times a second, their streams end early or fail, and
        their children are ended. At each of {len(soak['samples'])} samples all threads are at rest,
        so that whatever is left was lost. The first fifth of the samples is the warm-up; the table
        compares the medians of the first and the last quarter of the others. The memory of the Go
        programs moves in steps of more than 1 MB in both directions, as the plot shows; 2 MB are
        allowed. `scripts/soak --write 3600 BUILD` writes this section.""")
    body = [[quantity, program, f"{first:g}", f"{end:g}", f"{allowed:g}", "yes" if end - first <= allowed else "**no**"]
            for quantity, program, first, end, allowed in soak["judged"]]
    yield table(["quantity", "program", "first quarter", "last quarter", "allowed growth", "within it"], body)
    yield paragraph("""The two medians are 60 percent of the run apart. In that time one descriptor, mount,
        process, zombie or file is enough to be reported, but memory only if more than the allowed
        growth is lost: 0.5 MB in the C++ program, 2 MB in a Go program. To see what that means,
        leaks were put into `exeseal_clone`. A run of 10 seconds, as in `tools/test`, reported one
        descriptor in 4,000 calls, one zombie in 5 seconds, and 200 bytes in each call, the latter in
        the C++ program only. A run of 60 seconds reported 20 bytes in each call, and a run of 120
        seconds one zombie in a minute.""")
    yield paragraph("""No run reports what is lost once or during the warm-up, or by a function that the
        programs do not call repeatedly: `exeseal_resolve`, `exeseal_inspect`, and the Python
        package. In Go, a file that is forgotten without Close is closed by the garbage collector,
        which runs before each sample, and is not reported; a bare descriptor is.""")
    yield paragraph("""How often each operation succeeded and failed. Each failure in the C++ program followed a fault,
        except those in the last column. The Go programs do not know which failure followed a fault.""")
    body = [[program, name, *map(str, count), *[""] * (3 - len(count))] for program, counts in soak["operations"].items() for name, count in sorted(counts.items())]
    yield table(["program", "operation", "succeeded", "failed", "without a fault"], body)


def tool_rest(row):
    found = difference(row)
    return paragraph(f"""`{found['of']}` less {', '.join(found['beside'])}:
        {number(found['median'])} ms ({number(found['p10'])} to {number(found['p90'])}).""")


def readme_line(text, row, ours, theirs):
    """Empty if one of them did not take part."""
    first, second, both = result(row, ours), result(row, theirs), ratio(row, ours, theirs)
    return [[text, number(first["median"]), number(second["median"]), f"{both['median']:.2f}"]] if both else []


def readme(figures):
    run = row_of(figures, "run", "runc")
    body = (readme_line("clone of runc (8.8 MB), huge pages requested, and runc's own CloneBinary", row_of(figures, "clone", "runc"), HUGE, RUNC) +
            readme_line("`runc --version` from a clone, and from its file", row_of(figures, "start", "runc"), HUGE, FILE) +
            readme_line("`runc run` from one clone for all starts, and by path", run, SHARED, PATH) +
            readme_line("`runc run` from a fresh clone for each start (as by a link), and by path", run, FRESH, PATH))
    return (table(["median, ms", "exeseal", "compared", "median ratio"], body) + "\n" +
            "![Time of clone and close by size](docs/performance/clones.svg)\n\n" +
            paragraph("[docs/performance.md](docs/performance.md) has all figures, the machine, and the goals that were missed."))


def reexec_line(row):
    values = [result(row, name) for name in ("does not look", "finds itself sealed", "copies itself")]
    both = ratio(row, "copies itself", "finds itself sealed")
    times = [number(value["median"]) if value else "" for value in values]
    return [[f"{row['name']}, {row['user']}", *times, f"{both['median']:.1f}"]] if both else []


def reexec(figures):
    found = [row for row in rows(figures, "reexec") if row["unit"] == "ms"]
    grown, held = (difference(row_of(figures, "reexec", name, None)) for name in ("size of the program", "memory of the copy"))
    text = ""
    if grown and held:
        text = f"""A stripped Go program that uses cgo grows by {grown['median']:.0f} kB. While a
            program of 10 MB runs, its copy occupies {held['median']:.1f} MB."""
    return (paragraph(text) + "\n" +
            table(["start and end of a program of 10 MB, median, ms", "no check", "finds itself sealed", "copies itself", "ratio of the last two"],
                  [line for row in found for line in reexec_line(row)]) + "\n" +
            paragraph("As root, runc 1.1 uses a read-only mount of its file instead of a copy. [Performance](performance.md) has the spread and the machine."))


def put(path, new, check):
    """Replaces what is between the two comments, or the whole file if it has none."""
    path = os.path.join(PROJECT, path)
    old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
    if BEGIN in old:
        before, rest = old.split(BEGIN)
        new = before + BEGIN + new + END + rest.split(END)[1]
    if check and old != new:
        sys.exit(f"{path} has other figures than tests/bench/figures.json: run tests/bench/page.py")
    if not check:
        with open(path, "w", encoding="utf-8") as file:
            file.write(new)


def main():
    check = sys.argv[1:] == ["--check"]
    figures = load()
    put("docs/performance.md", page(figures), check)
    put("README.md", readme(figures), check)
    put("docs/self-sealing.md", reexec(figures), check)


main()
