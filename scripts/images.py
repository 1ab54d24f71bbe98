"""Renews docs/images from the demo: `python -m scripts.images`.

Needs Chromium, Playwright, and pdftoppm (poppler-utils) for the printed sheets.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs/images"
# Name, file, width and height of the window, scheme.
SHOTS = (
    ("page-desktop", "index.html", 1280, 1150, "light"),
    ("page-desktop-dark", "index.html", 1280, 1150, "dark"),
    ("page-phone", "index.html", 390, 1300, "dark"),
    ("page-phone-light", "index.html", 390, 1300, "light"),
    ("email", "email.html", 640, 1300, "light"),
    ("email-dark", "email.html", 640, 1300, "dark"),
    ("email-phone", "email.html", 390, 1300, "light"),
    ("email-phone-dark", "email.html", 390, 1300, "dark"),
)
_PHONE = 600  # pixels, below which it is a telephone with a touch screen
DOTS = 92  # an inch of a printed sheet


def main() -> None:
    """Build the demo, photograph its last edition and print it."""
    with TemporaryDirectory() as folder, sync_playwright() as running:
        output = Path(folder) / "output"
        command = [sys.executable, "-m", "digest", "demo", "--quiet", "--output", str(output)]
        subprocess.run(command, check=True)
        edition = max(path for path in output.glob("????-??-??"))
        browser = running.chromium.launch(executable_path=shutil.which("chromium"))
        for name, file, width, height, scheme in SHOTS:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                is_mobile=width < _PHONE,
                has_touch=width < _PHONE,
            )
            page.goto((edition / file).as_uri())
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
        _print(browser, edition / "index.html", Path(folder) / "printed.pdf")
        browser.close()


def _print(browser: Browser, file: Path, printed: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.pdf(path=printed, format="A4", prefer_css_page_size=True)
    for old in IMAGES.glob("page-print*.png"):
        old.unlink()
    command = ["pdftoppm", "-r", str(DOTS), "-png", str(printed), str(IMAGES / "page-print")]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
