"""The `byleave` command line, inside this process."""

from typer.testing import CliRunner, Result

from service.cli import app


class CommandLine:
    """Runs a command and gives its result; `byleave("import", "orders", "orders.csv")`."""

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    def key(self, *scopes: str, name: str = "back end") -> str:
        made = self("keys", "create", "--name", name, *(f"--scope={scope}" for scope in scopes))
        assert made.exit_code == 0, made.output
        return made.stdout.strip()


def imported(command_line: CommandLine, *words: str) -> dict[str, int]:
    """The counts that an import printed."""
    result = command_line("import", *words)
    counts = counted(result.stdout)
    nothing = set(counts) == {"rejected"}
    assert result.exit_code == (1 if nothing else 0), result.output
    return counts


def counted(output: str) -> dict[str, int]:
    lines = [line.split() for line in output.splitlines() if line.startswith("   ")]
    return {words[1]: int(words[0].replace(",", "")) for words in lines}
