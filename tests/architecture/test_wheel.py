"""What gets installed is what was tested: the wheel has every file, and works far from the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT
from tests.byleave import ADMIN_KEY

# Runs in the installed wheel, far from the checkout.
_SMOKE = """
import json, sys
from pathlib import Path

import consent, migrations, recommender, service
from fastapi.testclient import TestClient

from service.app import create_app

with TestClient(create_app()) as client:
    headers = {"Authorization": f"Bearer {sys.argv[1]}"}
    path = "/v1/customers/c-1001/recommendations"
    answers = {
        locale: client.get(path, params={"locale": locale}, headers=headers).json()
        for locale in ("en", "zh-Hans")
    }
    assert client.get("/docs/assets/swagger-ui.css").status_code == 200
print(json.dumps({
    "at": [str(Path(one.__file__).parent.parent) for one in (consent, migrations, recommender, service)],
    "texts": {locale: answer["items"][0]["reason"]["text"] for locale, answer in answers.items()},
    "products": [answer["items"][0]["product"]["id"] for answer in answers.values()],
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel in it; third-party packages are those of this run."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    _run(*pip, "install", "--no-deps", "--no-index", str(wheel))
    (site_packages,) = (folder / "lib").glob("python*/site-packages")
    # A folder named here is searched, but its own .pth files are not read: the checkout stays out of sight.
    (site_packages / "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    written = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == written


def test_the_installed_command_says_what_it_can_do(installed: Path, tmp_path: Path) -> None:
    said = _run(str(installed / "byleave"), "--help", cwd=tmp_path)
    assert all(command in said for command in ("serve", "migrate", "demo", "keys"))


def test_the_installed_wheel_suggests_what_fits(installed: Path, tmp_path: Path) -> None:
    settings = {
        "BYLEAVE_DATABASE_URL": f"sqlite:///{tmp_path / 'byleave.db'}",
        "BYLEAVE_ADMIN_KEY": ADMIN_KEY,
        "BYLEAVE_NOW": "2026-06-10T09:00:00Z",
    }
    for command in ("migrate", "demo"):
        _run(str(installed / "byleave"), command, cwd=tmp_path, settings=settings)
    python = [str(installed / "python"), "-I", "-W", "ignore", "-c", _SMOKE, ADMIN_KEY]
    said = json.loads(_run(*python, cwd=tmp_path, settings=settings).splitlines()[-1])
    assert all(Path(place).is_relative_to(installed.parent.resolve()) for place in said["at"])
    assert said["products"] == ["hp-950-black"] * 2
    assert said["texts"]["en"] == "Fits your HP OfficeJet Pro 8600"
    assert "HP OfficeJet Pro 8600" in said["texts"]["zh-Hans"]
    assert said["texts"]["zh-Hans"] != said["texts"]["en"]


def _run(*command: str, cwd: Path | None = None, settings: dict[str, str] | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BYLEAVE_")}
    ended = subprocess.run(
        command, cwd=cwd, env=environment | (settings or {}), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
