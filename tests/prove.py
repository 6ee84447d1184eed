"""The long proofs: `make prove`. Writes its last lines to docs/proof.md.

Thousands of generated worlds, hundreds of kills, mutation tests of the rule that permits, and planted
breaks: each patch in tests/breaks is a leak that the suite must notice.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants import MODULES, try_mutants

ROOT = Path(__file__).resolve().parent.parent
BREAKS = ROOT / "tests" / "breaks"
SECOND_READING = "tests/property/test_independent_oracle.py"
REPORT = ROOT / "docs" / "proof.md"
CASES = int(os.environ.get("BYLEAVE_PROVE_CASES", "10000"))
KILLS = int(os.environ.get("BYLEAVE_PROVE_KILLS", "200"))
REMOVALS = int(os.environ.get("BYLEAVE_PROVE_REMOVALS", "1000"))
CONTACTED = int(os.environ.get("BYLEAVE_PROVE_CONTACTED", "10000"))
SECONDS = int(os.environ.get("BYLEAVE_PROVE_SECONDS", "10"))

_PYTEST = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "--no-cov"]
_PATCH_HEADER = "# noticed by: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """One thing that was tried, and how it went."""

    name: str
    held: bool
    said: str
    seconds: float


def main() -> int:
    """Run all proofs, print each as it ends, and write the report. 0 if all of them held."""
    proofs: list[Proof] = []
    for proof in _all():
        proofs.append(proof)
        verdict = "held  " if proof.held else "FAILED"
        print(f"{verdict} {proof.name}: {proof.said} ({proof.seconds:.0f} s)", flush=True)
        REPORT.write_text(_report(proofs), "utf-8")
    failed = [proof for proof in proofs if not proof.held]
    print(f"{len(proofs) - len(failed)} held, {len(failed)} failed; written to docs/proof.md")
    return 1 if failed else 0


def _all() -> Iterator[Proof]:
    patches = sorted(BREAKS.glob("*.patch"))
    noticing = sorted({test for patch in patches for test in _noticed_by(patch)})
    yield _passes("the tests below, unbroken", noticing, {"BYLEAVE_TEST_PROFILE": "test"})
    for patch in patches:
        yield _is_noticed(patch)
    yield _timed(f"mutants of consent: {', '.join(MODULES)}", try_mutants)
    yield _kills_while_writing()
    yield _kills_while_using_up()
    yield _withdrawals()
    yield _removals()
    yield _years_of_contact()
    yield _calls()
    yield _second_reading()
    yield _worlds()


def _second_reading() -> Proof:
    return _passes(
        "100000 histories against a second reading of the contract",
        [SECOND_READING],
        {"BYLEAVE_TEST_PROFILE": "prove"},
    )


def _worlds() -> Proof:
    return _passes(
        "thousands of generated worlds",
        ["tests/property", "tests/promises", f"--ignore={SECOND_READING}"],
        {"BYLEAVE_TEST_PROFILE": "prove"},
    )


def _kills_while_writing() -> Proof:
    return _passes(
        f"P8: {KILLS} times kill -9 on each database, while consents are recorded",
        ["tests/promises/test_p08_what_was_acknowledged_stays.py"],
        {"BYLEAVE_TEST_KILLS": str(KILLS)},
    )


def _kills_while_using_up() -> Proof:
    return _passes(
        f"P7: {KILLS} times kill -9 on each database, while 50 at once use up what is good for a few answers",
        ["tests/promises/test_p07_under_kills.py"],
        {"BYLEAVE_TEST_KILLS": str(KILLS)},
    )


def _withdrawals() -> Proof:
    return _passes(
        f"P3: a withdrawal every 40 ms for {SECONDS} s, while clients keep asking three workers",
        ["tests/promises/test_p03_withdrawal_under_load.py"],
        {"BYLEAVE_TEST_SECONDS": str(SECONDS)},
    )


def _removals() -> Proof:
    return _passes(
        f"P9: {REMOVALS} customers of a real shop taken out of the model, which is then as if never learned",
        ["tests/promises/test_p09_the_model_forgets_exactly.py"],
        {"BYLEAVE_TEST_REMOVALS": str(REMOVALS)},
    )


def _years_of_contact() -> Proof:
    return _passes(
        f"P10: {CONTACTED} customers live through a year in which a shop tries each day to reach them",
        ["tests/promises/test_p10_few_useful_on_time.py"],
        {"BYLEAVE_TEST_CONTACTED": str(CONTACTED)},
    )


def _calls() -> Proof:
    return _passes(
        f"{CASES} generated calls and sequences of calls on each database",
        ["tests/integration/test_schemathesis.py"],
        {"BYLEAVE_TEST_CASES": str(CASES)},
    )


def _is_noticed(patch: Path) -> Proof:
    """Under the break a test that the patch names must fail; that it errs or does not run is not enough."""
    what = patch.read_text("utf-8").splitlines()[0].removeprefix("# ")
    started = time.monotonic()
    with _a_copy() as copy:
        subprocess.run(["git", "apply", str(patch)], cwd=copy, check=True, capture_output=True)
        run = _pytest([*_noticed_by(patch), "--maxfail=1"], {"BYLEAVE_TEST_PROFILE": "break"}, copy)
    failures = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    noticed = run.returncode in (1, 2) and bool(failures)  # 2: xdist stopped at the first failure
    said = failures[0].split(" - ")[0] if noticed else "NOT noticed"
    return Proof(name=f"break: {what}", held=noticed, said=said, seconds=time.monotonic() - started)


def _noticed_by(patch: Path) -> list[str]:
    """The test files that a patch names in its second line."""
    named = patch.read_text("utf-8").splitlines()[1]
    return named.removeprefix(_PATCH_HEADER).split()


def _passes(name: str, tests: list[str], environment: dict[str, str], folder: Path = ROOT) -> Proof:
    started = time.monotonic()
    run = _pytest(tests, environment, folder)
    lines = run.stdout.strip().splitlines() or [run.stderr.strip()[-200:]]
    failures = [line.split(" - ")[0] for line in lines if line.startswith(("FAILED", "ERROR"))]
    if failures:
        print(run.stdout, flush=True)
    said = "; ".join([lines[-1].strip("= "), *failures])
    return Proof(name=name, held=run.returncode == 0, said=said, seconds=time.monotonic() - started)


def _pytest(
    arguments: list[str], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_PYTEST, "-n", "2", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _timed(name: str, prove: Callable[[Path], tuple[bool, str]]) -> Proof:
    started = time.monotonic()
    with _a_copy() as copy:
        held, said = prove(copy)
    return Proof(name=name, held=held, said=said, seconds=time.monotonic() - started)


@contextmanager
def _a_copy() -> Iterator[Path]:
    """The working tree without what git ignores, to be broken at will."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tempfile.TemporaryDirectory(prefix="byleave-prove-") as folder:
        copy = Path(folder) / "byleave"
        for name in listed.stdout.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        yield copy


def _report(proofs: list[Proof]) -> str:
    rows = "\n".join(
        f"| {proof.name} | {'held' if proof.held else '**failed**'} | {proof.said} | {proof.seconds:.0f} s |"
        for proof in proofs
    )
    return (
        "# Proof\n\n"
        "What `make prove` last printed. It is not part of `make test`, which runs the same tests on fewer\n"
        "worlds and kills. A break *holds* when the suite fails under it; the test that noticed is named.\n\n"
        f"Python {platform.python_version()}, {os.cpu_count()} cores.\n\n"
        "| proof | | last line | took |\n|---|---|---|--:|\n"
        f"{rows}\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
