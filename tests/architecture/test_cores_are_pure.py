"""The cores, `consent` and `recommender`, take time, data and settings as values and touch nothing else.

The import contracts forbid what does I/O. Here is what they do not see: builtins, clocks behind harmless
imports, imports that are not written as imports, and a module that nobody thought of forbidding.
"""

from tests.architecture.sources import CORES, sources

# A core may import these and its own package. Before you add one: does it do I/O, read a clock, or draw lots?
ALLOWED = {
    "bisect",
    "borax",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "dateutil",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "itertools",
    "json",
    "math",
    "numpy",
    "operator",
    "re",
    "rfc8785",
    "scipy",
    "sklearn",
    "statistics",
    "string",
    "types",
    "typing",
    "unicodedata",
}

# Input, output, code out of text; and `hash` and `id`, which differ from one process to the next.
BUILTINS = {"__import__", "breakpoint", "compile", "eval", "exec", "hash", "id", "input", "open", "print"}
CLOCKS = {"now", "today", "utcnow"}
IMPURE = {
    "functools.cache": "remembers what it has seen of one customer while it serves another",
    "functools.lru_cache": "remembers what it has seen of one customer while it serves another",
    "numpy.fromfile": "reads a file",
    "numpy.genfromtxt": "reads a file",
    "numpy.load": "reads a file",
    "numpy.loadtxt": "reads a file",
    "numpy.memmap": "reads a file",
    "numpy.random": "draws lots",
    "numpy.save": "writes a file",
    "numpy.savez": "writes a file",
    "numpy.savetxt": "writes a file",
    "scipy.io": "reads and writes files",
    "sklearn.datasets": "reads files and the network",
}


def test_the_cores_import_only_what_is_known_to_be_pure() -> None:
    found = [
        f"{source.at(node)} {name}"
        for core in CORES
        for source in sources(core)
        for name, node in source.imports
        if name.partition(".")[0] not in ALLOWED | {core}
    ]
    assert found == []


def test_the_cores_call_no_builtin_that_reaches_outside() -> None:
    found = [
        f"{source.at(call)} {name}()"
        for source in sources(*CORES)
        for name, call in source.calls()
        if name.removeprefix("builtins.") in BUILTINS
    ]
    assert found == []


def test_the_cores_ask_no_clock() -> None:
    found = [
        f"{source.at(call)} {name}()"
        for source in sources(*CORES)
        for name, call in source.calls()
        if name.rpartition(".")[2] in CLOCKS
        # Without an argument it goes by the machine's time zone.
        or (name.endswith(".astimezone") and not call.args)
    ]
    assert found == []


def test_the_cores_use_nothing_impure_of_a_pure_library() -> None:
    found = [
        f"{source.at(node)} {name}: {why}"
        for source in sources(*CORES)
        for name, node in [*source.mentions(), *source.imports]
        for impure, why in IMPURE.items()
        if name == impure or name.startswith(f"{impure}.")
    ]
    assert found == []
