"""A real Chromium without a window, for the tests of pages: what it asked for, what it complained of, how it looks."""

import base64
import json
import shutil
import time
from pathlib import Path

from tests.needed import absent

PICTURES = Path(__file__).parents[1] / "build" / "pages"
"""Where tests leave what pages looked like."""
PATIENCE = 20.0
"""Seconds that an event may take on a busy machine."""
NEEDED = ("chromium", "chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--window-size=1280,900",
)


class Browser:
    """One browser for all pages of a test process."""

    def __init__(self):
        from selenium import webdriver  # noqa: PLC0415 - only the process that tests pages needs it
        from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))

    def open(self, path, *, dark=False):
        """Open a page from the disk and wait until its scripts have run."""
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.url = path.resolve().as_uri()
        self.driver.get(self.url)
        assert self.run("return document.documentElement.dataset.ready") == "yes", self.complaints()

    def run(self, script, *arguments):
        """What a piece of script returns."""
        return self.driver.execute_script(script, *arguments)

    def becomes(self, expected, script):
        """Whether a piece of script soon returns this; what an event sets off comes after the event."""
        until = time.monotonic() + PATIENCE
        while (found := self.run(script)) != expected and time.monotonic() < until:
            time.sleep(0.05)
        assert found == expected
        return True

    def find(self, selector):
        """The first element that a style sheet's selector finds."""
        return self.driver.find_element("css selector", selector)

    def press(self, element, *keys):
        """Press keys with an element in focus."""
        self.run("arguments[0].focus()", element)
        for key in keys:
            element.send_keys(key)

    def complaints(self):
        """What stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Every address that the page asked for, itself apart; data within the page is no request."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if url.split("#")[0] != self.url and not url.startswith("data:")]

    def picture(self, name):
        """Leave a picture of the whole page among the artefacts of the tests."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        size = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], 12000), "scale": 1}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))

    def contrasts(self, selector):
        """The least contrast of text on its own ground among some elements, by WCAG's formula."""
        return self.run(CONTRAST, selector)

    def close(self):
        """End the browser."""
        self.driver.quit()


CONTRAST = """
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
const all = [...document.querySelectorAll(arguments[0])];
if (!all.length) return 0;
return Math.min(...all.map((element) => {
  const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}));
"""


def make_browser():
    """The browser, or a skip that names what is absent; with CI set that is a failure."""
    lacking = [program for program in NEEDED if shutil.which(program) is None]
    if lacking:
        absent(f"pages are tested in Debian's chromium and chromium-driver: no {' and no '.join(lacking)} here")
    return Browser()
