"""Mutation tests of the rule that permits: each small change to what it is made of must fail a test.

Run by `make prove`, in a copy. A mutant that survives is listed here with the reason why it changes
nothing, or the proof fails.
"""

import os
import subprocess
import sys
from pathlib import Path

# What the mutant says instead -> why that is the same.
EQUIVALENT = {
    "and event.position >= grant.position": "a grant is no use of itself, and positions are unique",
    "and denial.position <= event.position": "an event is no denial of itself, and positions are unique",
    "return [denial for denial in denials if denial.position >= grant.position or is_late(grant, denial)]": (
        "a grant is no denial, and positions are unique"
    ),
    "if event.is_objection and event.position >= lifted.get((event.consent_id, event.scope.purpose), 0)": (
        "what lifts an objection is none, and positions are unique"
    ),
    "is_after = later.position >= denial.position and scope.purpose == denial.scope.purpose": (
        "a denial reopens nothing, so not itself either"
    ),
    "-expires_at.timestamp() if expires_at else 1.0,": (
        "used where there is no expiry only, and then it is the same number for all that are compared"
    ),
    'shown = self.known.get(event.evidence.notice_id or "XXXX")': "no notice has either id",
    "told_by = (question.kept_since, *(event.position for event in ledger if field not in event.scope.fields))": (
        "which events are not about a field tells which are"
    ),
    'return BOUND_PREFIX + sha256(told.encode("UTF-8", "surrogateescape")).hexdigest()': "the same encoding",
}

MODULES = (
    "decision",
    "coverage",
    "reasons",
    "scope",
    "notices",
    "merging",
    "point_in_time",
    "chain_links",
)
"""What decides: the modules of `consent` that say whether a datum may be read, and whose a chain is."""

_SETTINGS = """
[tool.mutmut]
source_paths = ["consent", "recommender", "service"]
also_copy = ["migrations"]
only_mutate = [{modules}]
pytest_add_cli_args_test_selection = ["tests/unit/consent", "tests/property/test_decision_properties.py"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--no-cov"]
"""


def try_mutants(copy: Path) -> tuple[bool, str]:
    """Run all mutants in the working tree `copy`; gives whether none survived unexplained, and a summary."""
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(_SETTINGS.format(modules=", ".join(f'"consent/{name}.py"' for name in MODULES)))
    run = _mutmut(copy, "run", "--max-children", "2")
    results = _mutmut(copy, "results", "--all", "true").stdout.splitlines()
    states = [line.strip().rpartition(": ") for line in results if "__mutmut_" in line]
    if not states:
        return False, f"mutmut made no mutants: {(run.stdout + run.stderr).strip()[-200:]}"
    survivors = [name for name, _, state in states if state != "killed"]
    said = {name: _mutated(_mutmut(copy, "show", name).stdout) for name in survivors}
    unexplained = {name: line for name, line in said.items() if line not in EQUIVALENT}
    summary = f"{len(states)} mutants, {len(states) - len(survivors)} killed, {len(survivors)} survive"
    if unexplained:
        return False, f"{summary}; unexplained: {unexplained}"
    reasons = "; ".join(f"`{line}`: {EQUIVALENT[line]}" for line in said.values())
    return True, f"{summary} and change nothing ({reasons})"


def _mutmut(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", *arguments]
    # A mutant is to be noticed, not explained by the smallest example: that takes longer than mutmut waits.
    environment = os.environ | {"BYLEAVE_TEST_PROFILE": "break"}
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=1800
    )


def _mutated(diff: str) -> str:
    """The line that the mutant has in place of ours."""
    added = [line[1:].strip() for line in diff.splitlines() if line.startswith("+") and line[1:2] != "+"]
    return " ".join(added)
