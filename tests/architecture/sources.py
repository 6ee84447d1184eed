"""The source of the project, parsed: what the tests in this folder look through."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORES = ("consent", "recommender")
PACKAGES = (*CORES, "service", "migrations")


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the project."""

    path: str
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def origins(self) -> dict[str, str]:
        """What each imported name stands for: `{"d": "dataclasses", "replace": "dataclasses.replace"}`."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for name in node.names:
                    found[name.asname or name.name.split(".")[0]] = (
                        name.name if name.asname else name.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                found.update({name.asname or name.name: f"{node.module}.{name.name}" for name in node.names})
        return found

    @cached_property
    def imports(self) -> list[tuple[str, ast.AST]]:
        """Every imported module or name, in full: `import a.b` as `a.b`, `from a import b` as `a.b`."""
        return [
            (f"{node.module}.{name.name}" if isinstance(node, ast.ImportFrom) else name.name, node)
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        ]

    def mentions(self) -> Iterator[tuple[str, ast.AST]]:
        """Every name and dotted name in the code, imports resolved: `d.replace` as `dataclasses.replace`."""
        for node in self.nodes:
            name = self.dotted(node)
            if name is not None:
                yield name, node

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """The dotted name of every function that is called by name, with the call."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                name = self.dotted(node.func)
                if name is not None:
                    yield name, node

    def at(self, node: ast.AST) -> str:
        """Where `node` is, in the way that editors understand."""
        return f"{self.path}:{getattr(node, 'lineno', 0)}"

    def dotted(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return self.origins.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            # What is called on a value that has no name (`f().now`) is still called `now`.
            return f"{owner or '?'}.{node.attr}"
        return None


def sources(*folders: str) -> list[Source]:
    """All Python files below `folders`."""
    found = [
        Source(path=path.relative_to(ROOT).as_posix(), text=path.read_text("utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    assert found, f"there is nothing in {folders}, so nothing would be tested"
    return found
