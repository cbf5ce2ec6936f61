#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws docs/performance/*.svg from figures.json and soak.json. Uses Debian's python3 for its
python3-matplotlib.

plot.py [--check]: with --check it compares. It exits with 77 if matplotlib is missing, or is not
the version that drew the files.
"""
import os
import re
import sys
import tempfile

from figures import FILE, HUGE, ORDINARY, PROJECT, RUNC, SMALL, TMPFS, load, ratio, result, row_of, rows, size, sizes

try:
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
except ImportError:
    print("skip plots: requires python3-matplotlib")
    sys.exit(77)

DIRECTORY = os.path.join(PROJECT, "docs", "performance")
STYLE = {
    "svg.hashsalt": "exeseal", "svg.fonttype": "none", "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True, "grid.color": "#e4e4e4",
    "legend.frameon": False, "savefig.facecolor": "white",
}
COLOURS = {
    HUGE: "#1f4fbf", SMALL: "#7fa8f0", TMPFS: "#2e9e6b", "exeseal, overlay": "#8fce9f", "exeseal, bind": "#b5a642", "exeseal, reuse": "#9467bd",
    RUNC: "#d9541e", "pentacle 1.1": "#f0a860", "sendfile loop": "#777777", "memset and memcpy": "#222222",
    FILE: "#d9541e", "by path": "#d9541e", "one clone for all starts": "#7fa8f0", "a fresh clone for each start": "#1f4fbf",
    "copies itself": "#d9541e", "finds itself sealed": "#1f4fbf", "does not look": "#bbbbbb", "no clones": "#bbbbbb",
}
SHADED = (HUGE, RUNC)  # more would hide the lines
DASHED = ("sendfile loop", "memset and memcpy")


def line(axes, name, points):
    """Points are (x, value, low, high)."""
    if not points:
        return
    x, value, low, high = zip(*points)
    axes.plot(x, value, "--" if name in DASHED else "o-", color=COLOURS[name], label=name, markersize=3, linewidth=2.2 if name == HUGE else 1.3)
    if name in SHADED:
        axes.fill_between(x, low, high, color=COLOURS[name], alpha=0.13, linewidth=0)


def quantiles(found):
    return (found["median"], found["p10"], found["p90"])


def clones(figures):
    found = [row for row in sizes(figures) if "results" in row]
    if not found:
        return None
    figure, (times, ratios) = pyplot.subplots(1, 2, figsize=(10, 4.2))
    for name in [each["name"] for each in found[0]["results"]]:
        line(times, name, [(row["bytes"] / 1e6, *quantiles(result(row, name))) for row in found if result(row, name)])
        if name != RUNC:
            line(ratios, name, [(row["bytes"] / 1e6, *quantiles(ratio(row, name, RUNC))) for row in found if ratio(row, name, RUNC)])
    for axes in (times, ratios):
        axes.set_xscale("log")
        axes.set_xticks([row["bytes"] / 1e6 for row in found], [size(row["bytes"]) for row in found], rotation=90)
        axes.minorticks_off()
    times.set(yscale="log", ylabel="ms", title="clone and close")
    times.yaxis.set_major_formatter("{x:g}")
    ratios.axhline(1, color=COLOURS[RUNC], linewidth=1.3)
    ratios.set(ylim=(0, 1.75), ylabel="ratio", title="ratio to runc's CloneBinary (below 1 is faster)")
    figure.legend(*times.get_legend_handles_labels(), loc="lower center", ncol=5)
    figure.tight_layout(rect=(0, 0.12, 1, 1))
    return figure


def bars(axes, groups, names, bounds=("p10", "p90")):
    """One group for each (title, row), one bar for each contestant, and a line between two
    quantiles."""
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        found = [(i, result(row, name)) for i, (_, row) in enumerate(groups) if result(row, name)]
        middle = [each["median"] for _, each in found]
        low = [each["median"] - each[bounds[0]] for _, each in found]
        high = [each[bounds[1]] - each["median"] for _, each in found]
        axes.bar([i - 0.4 + (place + 0.5) * width for i, _ in found], middle, width * 0.92, label=name, color=COLOURS[name], yerr=[low, high],
                 error_kw={"elinewidth": 1, "ecolor": "#444444", "capsize": 2})
    axes.set_xticks(range(len(groups)), [title for title, _ in groups])
    axes.grid(False, axis="x")
    axes.set_ylabel("ms")


def bar_plot(groups, names, title):
    groups = [(each, row) for each, row in groups if "results" in row]
    if not groups:
        return None
    figure, axes = pyplot.subplots(figsize=(7.5, 3.8))
    bars(axes, groups, names)
    axes.set_title(title)
    figure.legend(*axes.get_legend_handles_labels(), loc="lower center", ncol=len(names))
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    return figure


def starts(figures):
    groups = [(f"{row['name']}\n{size(row.get('bytes', 0))}", row) for row in rows(figures, "start")]
    return bar_plot(groups, [FILE, SMALL, HUGE], "start and end of a program (median, p10 to p90)")


def containers(figures):
    groups = [(f"{row['name']} run", row) for row in rows(figures, "run")]
    return bar_plot(groups, ["by path", "one clone for all starts", "a fresh clone for each start"], "a container that ends at once (median, p10 to p90)")


def reexec(figures):
    groups = [(row["name"].replace(", ", ",\n").replace("'s ", "'s\n") + ("\nordinary user" if row["user"] == ORDINARY else "\nroot"), row)
              for row in rows(figures, "reexec") if row["unit"] == "ms"]
    return bar_plot(groups, ["does not look", "finds itself sealed", "copies itself"], "start and end of a program of 10 MB (median, p10 to p90)")


def at_once(figures):
    found = [row for row in rows(figures, "at-once") if "results" in row]
    if not found:
        return None
    figure, axes = pyplot.subplots(figsize=(7.5, 3.8))
    for name in (RUNC, SMALL, HUGE):
        line(axes, name, [(int(row["name"]), *quantiles(result(row, name))) for row in found if result(row, name)])
    axes.set_xscale("log", base=2)
    axes.set_xticks([int(row["name"]) for row in found], [row["name"] for row in found])
    axes.set_ylim(bottom=0)
    axes.set(xlabel="threads that clone at once", ylabel="ms a clone", title="clones of runc at once (median, p10 to p90)")
    axes.legend()
    figure.tight_layout()
    return figure


def latency(figures):
    places = ("idle", "beside four busy loops")
    if not any("results" in row for row in rows(figures, "latency")):
        return None
    figure, (maps, meanwhile) = pyplot.subplots(1, 2, figsize=(10, 3.8))
    bars(maps, [(place, row_of(figures, "latency", "mmap and munmap, " + place)) for place in places], ["no clones", SMALL, HUGE], ("median", "p99"))
    maps.set(yscale="log", title="mmap and munmap in another thread (median, p99)")
    maps.set_ylim(bottom=0.001)
    maps.yaxis.set_major_formatter("{x:g}")
    maps.minorticks_off()
    bars(meanwhile, [(place, row_of(figures, "latency", "clones, " + place)) for place in places], [SMALL, HUGE], ("median", "p95"))
    meanwhile.set(title="the clones (median, p95)")
    figure.legend(*maps.get_legend_handles_labels(), loc="lower center", ncol=3)
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    return figure


def pauses(figures):
    groups = [(f"{row['name']}\n{size(row.get('bytes', 0))}", row) for row in rows(figures, "pauses")]
    return bar_plot(groups, [SMALL, HUGE], "each clone after a pause (median, p10 to p90)")


def columns(axes, soak, names):
    """A line for each program, or for all of them together, over the minutes of the long run."""
    minutes = [each[0] / 60 for each in soak["samples"]]
    for place, (quantity, program) in enumerate(soak["columns"], 1):
        if quantity in names:
            label = quantity.removesuffix(", MB") if program == "all" else f"{names[quantity]}{program}"
            axes.plot(minutes, [each[place] for each in soak["samples"]], label=label, linewidth=1.3)
    axes.set(xlabel="minutes")
    axes.set_ylim(bottom=0)


def soak(figures):
    found = figures["soak"]
    figure, (memory, counted) = pyplot.subplots(1, 2, figsize=(10, 4.2))
    columns(memory, found, {"RSS, MB": "RSS of ", "shared memory, MB": ""})
    columns(counted, found, {"descriptors": "descriptors of ", "mounts": "", "processes": "", "zombies": "", "temporary files": ""})
    memory.set(ylabel="MB", title="memory")
    counted.set(title="descriptors, mounts, processes, files")
    for axes in (memory, counted):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2)
    figure.tight_layout()
    return figure


PLOTS = {"clones": clones, "starts": starts, "containers": containers, "reexec": reexec, "at-once": at_once, "latency": latency, "pauses": pauses,
         "soak": soak}


def draw(directory):
    """Returns the names of the drawn files."""
    figures, drawn = load(), []
    for name, plot in PLOTS.items():
        figure = plot(figures)
        if figure:
            drawn.append(name + ".svg")
            figure.savefig(os.path.join(directory, drawn[-1]), metadata={"Date": None})
            pyplot.close(figure)
    return sorted(drawn)


def read(directory, name):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return file.read()


def check():
    there = sorted(os.listdir(DIRECTORY))
    version = re.search(r"Matplotlib v([\d.]+)", read(DIRECTORY, there[0])).group(1)
    if version != matplotlib.__version__:
        print(f"skip plots: drawn by matplotlib {version}, and here is {matplotlib.__version__}")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        drawn = draw(directory)
        if drawn != there:
            sys.exit(f"docs/performance has {there}, and figures.json gives {drawn}: run tests/bench/plot.py")
        for name in drawn:
            if read(directory, name) != read(DIRECTORY, name):
                sys.exit(f"docs/performance/{name} is not what figures.json gives: run tests/bench/plot.py")


def main():
    matplotlib.rcParams.update(STYLE)
    if sys.argv[1:] == ["--check"]:
        check()
        return
    os.makedirs(DIRECTORY, exist_ok=True)
    for name in os.listdir(DIRECTORY):
        os.remove(os.path.join(DIRECTORY, name))
    draw(DIRECTORY)


main()
