# SPDX-License-Identifier: MIT
"""Fetches a Debian source package from the machine's package sources, without changing the
system's apt state."""

import glob
import os
import re
import subprocess
import tarfile


class Unavailable(Exception):
    """The reason why the package is not available."""


def run(*command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, **options)
    except OSError as error:
        raise Unavailable(f"{command[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took too long") from None
    if done.returncode != 0:
        errors = re.findall(r"^E: (.*)", done.stderr, re.MULTILINE) or [f"exit status {done.returncode}"]
        raise Unavailable(f"{command[0]}: {errors[0]}")
    return done.stdout


def source_of_stanza(stanza, release, wanted=None):
    """Returns the stanza of a .sources file with the source packages of the release, or of another
    one that is wanted. None if it lacks the release."""
    fields, last = {}, None
    for line in stanza.splitlines():
        if line[:1] in (" ", "\t") and last:
            fields[last] += "\n" + line
        elif not line.startswith("#") and ":" in line:
            name, value = line.split(":", 1)
            last = name.strip().lower()
            fields[last] = value.strip()
    if release not in fields.get("suites", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
        return None
    fields.update(types="deb-src", suites=wanted or release)
    return "".join(f"{name.title()}: {value}\n" for name, value in fields.items())


def source_of_line(line, release, wanted=None):
    """The same for a line of a .list file."""
    match = re.match(r"deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
    if match is None or match[3] != release:
        return None
    return f"deb-src {match[1] or ''}{match[2]} {wanted or release} {match[4].strip()}\n"


def sources(release, wanted):
    """Returns two texts, of a .sources and of a .list file."""
    shell = run("apt-config", "shell", "list", "Dir::Etc::sourcelist/f", "parts", "Dir::Etc::sourceparts/d")
    paths = dict(re.findall(r"^(\w+)='(.*)'$", shell, re.MULTILINE))
    stanzas, lines = [], []
    for path in [paths.get("list", ""), *sorted(glob.glob(os.path.join(paths.get("parts", ""), "*")))]:
        if not os.path.isfile(path) or not path.endswith((".list", ".sources")):
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if path.endswith(".sources"):
            stanzas += [source_of_stanza(stanza, release, wanted) for stanza in re.split(r"\n[ \t]*\n", text)]
        else:
            lines += [source_of_line(line, release, wanted) for line in text.splitlines()]
    return "\n".join(filter(None, stanzas)), "".join(filter(None, lines))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def apt_configuration(directory, stanzas, lines):
    """Makes apt write into this directory only. Hooks of the system's configuration would write
    elsewhere."""
    parts = os.path.join(directory, "sources")
    for folder in (parts, os.path.join(directory, "lists/partial"), os.path.join(directory, "cache/archives/partial")):
        os.makedirs(folder)
    write(os.path.join(parts, "release.sources"), stanzas)
    write(os.path.join(parts, "release.list"), lines)
    return write(
        os.path.join(directory, "apt.conf"),
        f"""#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Dir::Log;
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{parts}";
Dir::State "{directory}";
Dir::State::lists "{directory}/lists";
Dir::Cache "{directory}/cache";
Dir::Log "{directory}";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
""",
    )


def fetch(package, version, directory, release=None):
    """Unpacks the upstream release, without Debian's patches, and returns the folder. The package
    is that of this machine's release of Debian, or of another one. apt checks the signatures."""
    installed = run("sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME").strip()
    stanzas, lines = sources(installed, release)
    if not stanzas and not lines:
        raise Unavailable(f"apt has no source for {installed or 'this system'}")
    apt_get = ("apt-get", "--quiet", "--config-file", apt_configuration(directory, stanzas, lines))
    run(*apt_get, "update")
    run(*apt_get, "source", "--tar-only", "--only-source", f"{package}={version}", cwd=directory)
    (archive,) = (name for name in os.listdir(directory) if re.search(r"\.orig\.tar\.\w+$", name))
    unpacked = os.path.join(directory, "unpacked")
    with tarfile.open(os.path.join(directory, archive)) as file:
        file.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
        file.extractall(unpacked)
    (folder,) = os.listdir(unpacked)
    return os.path.join(unpacked, folder)
