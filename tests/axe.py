"""What axe-core, which knows the rules of accessible pages (WCAG), says about an open page."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser import Browser

__all__ = ["serious_findings"]


def serious_findings(browser: Browser) -> list[str]:
    """Return what is serious or critical, each with the elements that are concerned."""
    browser.run(_script() + "; 0")
    findings = browser.run(
        "axe.run().then(found => found.violations"
        ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
        ".map(({id, nodes}) => `${id}: ${nodes.map(node => node.html).join(' | ')}`))"
    )
    assert isinstance(findings, list)
    return findings


def _script() -> str:
    """Return axe-core out of a package that also has a driver, which is not used."""
    package = find_spec("axe_playwright_python")
    if package is None:
        pytest.skip("needs axe-playwright-python, without its dependencies: make .venv/dev")
    return Path(str(package.origin)).with_name("axe.min.js").read_text(encoding="utf-8")
