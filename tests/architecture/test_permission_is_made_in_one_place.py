"""The key to customer data is made by `decide` alone.

Python cannot forbid it. These tests see to it that a second maker, or a way to alter a permission that was
made, does not get past a review unseen.
"""

import ast

from tests.architecture.sources import Source, sources

MAKER = "consent/decision.py"
MADE_THERE = {"Permission", "Verdict"}

# Each can make a changed copy of a frozen value, or a value without the function that decides on it.
FORGERIES = {"copy.replace", "dataclasses.replace", "builtins.setattr", "setattr"}
FORGING_METHODS = {"__new__", "__replace__", "__setattr__", "__setstate__"}
FORGING_MODULES = {"cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}


def test_outside_the_decision_a_permission_is_an_annotation_and_nothing_else() -> None:
    found = [
        f"{source.at(node)} {name}"
        for source in sources("consent", "recommender", "service", "migrations")
        if source.path != MAKER
        for name, node in _beyond_annotations(source)
    ]
    assert found == [], "made, subclassed or handed around outside consent/decision.py"


def test_inside_the_decision_only_decide_makes_a_permission() -> None:
    (decision,) = (source for source in sources("consent") if source.path == MAKER)
    makers = {
        function.name
        for function in decision.nodes
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Permission"
    }
    assert makers == {"decide"}


def test_use_cases_decide_within_the_shops_retention() -> None:
    """`decide` reads without a limit of age unless told one: nobody can forget what `Retention.permission` adds."""
    callers = {
        source.path
        for source in sources("service")
        for name, _ in source.calls()
        if name == "consent.decision.decide"
    }
    # Learning is brought up to date by the limit of an earlier moment.
    assert callers == {"service/retention.py", "service/held_learning.py"}


def test_nothing_forges_a_frozen_value() -> None:
    used = [
        f"{source.at(node)} {name}"
        for source in sources("consent", "service", "migrations")
        for name, node in [*source.mentions(), *source.imports]
        if name in FORGERIES
        or name.rpartition(".")[2] in FORGING_METHODS
        or name.partition(".")[0] in FORGING_MODULES
    ]
    assert used == []


def _beyond_annotations(source: Source) -> list[tuple[str, ast.AST]]:
    """Mentions of a permission that are not annotations: a call, a base class, an alias, a name in quotes."""
    annotations = {
        id(part)
        for node in source.nodes
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if annotation is not None
        for part in ast.walk(annotation)
    }
    names = [(name, node) for name, node in source.mentions() if id(node) not in annotations]
    quoted = [
        (node.value, node)
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in annotations
    ]
    return [(name, node) for name, node in [*names, *quoted] if name.rpartition(".")[2] in MADE_THERE]
