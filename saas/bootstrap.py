"""Makes .venv with everything that requirements/ pins. Instant and silent when nothing has changed.

Usage: python3 saas/bootstrap.py [--dev]     (--dev: also what tests and checks need)

Only the standard library, and only what Python 3.6 can read: an old Python shall get a sentence
and not a traceback.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
RUN_FILES = ("base.txt", "demo.txt")
DEV_FILES = RUN_FILES + ("dev.txt",)
ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


class Stop(Exception):
    """The message is the one sentence that the person at the terminal gets."""


def version_of(python):
    """(3, 11, 7) of an interpreter, or None when it does not run."""
    try:
        said = subprocess.check_output([python, "-c", ASK], stderr=subprocess.DEVNULL)
        return tuple(int(part) for part in said.decode().strip().split("."))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def choose_python(current=sys.executable, version=tuple(sys.version_info[:3]), names=NEWER):
    """An interpreter that is new enough: the current one, else one on PATH. Raises Stop."""
    if version >= OLDEST:
        return current
    for name in names:
        found = shutil.which(name)
        if found and (version_of(found) or (0,)) >= OLDEST:
            return found
    raise Stop(
        "Tenantry needs Python %d.%d or newer; this is %s (%s). "
        "Install one, for example python3.12, and try again."
        % (OLDEST + (".".join(str(part) for part in version), current))
    )


def fingerprint(venv, files):
    """What the installed packages follow from; empty when the environment cannot be used."""
    python = os.path.join(venv, "bin", "python")
    config = os.path.join(venv, "pyvenv.cfg")
    if not (os.path.exists(python) and os.path.exists(config)):
        return ""
    digest = hashlib.sha256()
    for path in (config,) + tuple(files):
        with open(path, "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()


def is_current(venv, files):
    """Whether the packages of `files` are installed in `venv` already, alone or with more."""
    for kind in (RUN_FILES, DEV_FILES):
        paths = requirement_files(kind)
        if not set(files) <= set(paths):
            continue
        try:
            with open(stamp_path(venv, paths)) as stamp:
                if stamp.read() == fingerprint(venv, paths) != "":
                    return True
        except OSError:
            continue
    return False


def stamp_path(venv, files):
    return os.path.join(venv, "installed-%d" % len(files))


def requirement_files(names):
    return [os.path.join(ROOT, "requirements", name) for name in names]


def create_venv(python, venv):
    """On return `venv` is an empty environment of `python`. Raises Stop."""
    if subprocess.call([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL):
        version = "%d.%d" % (version_of(python) or OLDEST)[:2]
        raise Stop(
            "Python %s (%s) comes without its venv module. On Debian and Ubuntu: "
            "apt install python%s-venv, then try again." % (version, python, version)
        )
    if os.path.isdir(venv):
        shutil.rmtree(venv)
    done = subprocess.run(
        [python, "-m", "venv", venv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if done.returncode:
        raise Stop("Could not create %s:\n%s" % (venv, done.stdout.strip()))


def install(venv, files):
    """Installs exactly what `files` pin, hashes checked, telling how far it is. Raises Stop."""
    total = count_pins(files)
    command = [os.path.join(venv, "bin", "python"), "-m", "pip", "install", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=2"]
    for path in files:
        command += ["-r", path]
    began, seen, lines = time.time(), 0, []
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    for line in pip.stdout or ():
        lines.append(line.rstrip())
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            progress("  %d of %d packages" % (min(seen, total), total))
        elif line.startswith("Installing collected"):
            progress("  all here; unpacking them")
    if pip.wait():
        progress("")
        raise Stop(explain(lines))
    progress("  %d packages installed in %.0f s" % (total, time.time() - began))
    if sys.stdout.isatty():
        print()


def count_pins(files):
    """How many packages the files pin, each counted once."""
    lines = []
    for path in files:
        with open(path) as source:
            lines += source.readlines()
    return len({line.split("==")[0] for line in lines if "==" in line[:60]})


def progress(text):
    """One line that is written over on a terminal; elsewhere only the last one is worth a line."""
    if sys.stdout.isatty():
        sys.stdout.write("\r" + text.ljust(60))
        sys.stdout.flush()
    elif "installed" in text:
        print(text)


def explain(lines):
    """What to tell of pip's output: one sentence where the reason is plain, else its end."""
    text = "\n".join(lines)
    if "NewConnectionError" in text or "NameResolutionError" in text:
        return "The packages could not be fetched: the package index cannot be reached."
    said = "\n".join("  " + line for line in lines if line)[-1500:]
    return "The packages could not be installed. The last words of pip:\n" + said


def setup(kind=RUN_FILES, venv=VENV):
    """On return `venv` holds what the requirement files of `kind` pin. Raises Stop."""
    files = requirement_files(kind)
    if is_current(venv, files):
        return
    inside = version_of(os.path.join(venv, "bin", "python"))
    if inside is None or inside < OLDEST:
        python = choose_python()
        print("Making a Python environment in .venv (Python %d.%d.%d) ..." % version_of(python))
        create_venv(python, venv)
    print("Installing what Tenantry needs (once) ...")
    sys.stdout.flush()
    install(venv, files)
    with open(stamp_path(venv, files), "w") as stamp:
        stamp.write(fingerprint(venv, files))


if __name__ == "__main__":
    try:
        setup(DEV_FILES if "--dev" in sys.argv[1:] else RUN_FILES)
    except Stop as stop:
        sys.stderr.write("%s\n" % stop)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
