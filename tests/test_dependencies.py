"""The contract of the rules names every dependency of the project, a new one too."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

_PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_the_rules_may_import_no_dependency() -> None:
    told = tomllib.loads(_PROJECT.read_text("utf-8"))
    project = told["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    names = {re.split(r"[\[<>=]", one)[0] for one in wanted}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if not module.startswith("_")
        and names & {one.lower().replace("_", "-") for one in distributions}
    }
    contracts = told["tool"]["importlinter"]["contracts"]
    (forbidden,) = [one["forbidden_modules"] for one in contracts if one["type"] == "forbidden"]
    assert forbidden == sorted(modules)
