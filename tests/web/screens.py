"""Pictures of the key screens, small, and how far two of them are apart. ``python -m tests.web.screens`` writes the references anew.

They are compared at a width at which letters are grey: another font or renderer passes, a part that is missing, moved or of another colour
does not. Pictures are read, made small and compared by the browser itself.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browsing import opened
from tests.web.serving import Served

FOLDER = Path(__file__).parents[1] / "data" / "screens"
WIDTH, PHONE = 240, 130  # of a reference
SEEN = 48  # width at which two are compared
SMALL = """async ([source, width]) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const canvas = new OffscreenCanvas(width, Math.round((picture.height * width) / picture.width)), pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  const seen = pen.getImageData(0, 0, canvas.width, canvas.height);
  return [btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), Array.from(seen.data)];
}"""


@dataclass(frozen=True)
class Screen:
    """A page of a server with a finished run (``{run}``), as seen through a window, once something is there."""

    name: str
    path: str
    shown: str
    width: int = 1440
    height: int = 900
    scheme: str = "light"


SCREENS = (
    Screen("start", "/?lang=en", "#summary:not(:empty)"),
    Screen("start_phone_es_dark", "/?lang=es", "#summary:not(:empty)", 390, 844, "dark"),
    Screen("levers", "/levers?lang=en", "#levers-share:not(:empty)"),
    Screen("levers_phone_es", "/levers?lang=es", "#levers-share:not(:empty)", 390, 844),
    Screen("result", "/runs/{run}?lang=en", "#rest section"),
    Screen("result_phone_dark", "/runs/{run}?lang=en", "#rest section", 390, 844, "dark"),
)


def picture(chromium: Any, served: Served, screen: Screen) -> bytes:
    """Return what is seen of a screen without scrolling, in the width of references, as PNG."""
    window = {"width": screen.width, "height": screen.height}
    page = chromium.new_page(viewport=window, color_scheme=screen.scheme, reduced_motion="reduce")
    page.goto(f"{served.url}{screen.path.format(run=served.run)}")
    page.wait_for_selector(screen.shown)
    page.evaluate("document.fonts.ready")
    whole = page.screenshot(animations="disabled")
    page.close()
    return base64.b64decode(_small(chromium, whole, WIDTH if screen.width > 500 else PHONE)[0])


def apart(chromium: Any, one: bytes, other: bytes) -> tuple[float, float]:
    """Return how far two pictures are apart on average, and in the worst block of four by four points, from 0 to 1."""
    import numpy as np

    first, second = (
        np.array(_small(chromium, each, SEEN)[1], float).reshape(-1, SEEN, 4)[:, :, :3] / 255 for each in (one, other)
    )
    rows = min(len(first), len(second)) // 4 * 4
    off = np.abs(first[:rows] - second[:rows]).mean(axis=2)
    return float(off.mean()), float(off.reshape(rows // 4, 4, SEEN // 4, 4).mean(axis=(1, 3)).max())


def _small(chromium: Any, png: bytes, width: int) -> list[Any]:
    page = chromium.new_page()
    found: list[Any] = page.evaluate(SMALL, [f"data:image/png;base64,{base64.b64encode(png).decode()}", width])
    page.close()
    return found


def pictures() -> Iterator[tuple[Screen, bytes]]:
    """Yield each screen of a server of its own with its picture."""
    from tests.web.test_browser import furnished

    with tempfile.TemporaryDirectory() as folder, opened() as chromium:
        served = furnished(Path(folder))
        try:
            for screen in SCREENS:
                yield screen, picture(chromium, served, screen)
        finally:
            served.kill()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for screen, png in pictures():
        (FOLDER / f"{screen.name}.png").write_bytes(png)
        print(screen.name, len(png))
