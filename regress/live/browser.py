"""One headless Chromium for each process of tests, driven by selenium; pages'
own scripts are off unless a test turns them on.

    with browser.chromium() as b:       # cookies of before are gone
        b.get(url)
        b.sign_in(user)                 # fills whatever moatd's pages ask
"""

import atexit
import base64
import contextlib
import pathlib
import shutil
import tempfile
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.chrome.service import Service

import moat
import npm

FLAGS = """--headless --no-sandbox --disable-gpu --no-first-run
--disable-background-networking --disable-component-update --disable-sync
--disable-default-apps --disable-extensions --mute-audio --hide-scrollbars
--force-device-scale-factor=1 --window-size=1280,800""".split()
STEPS = 12


class Chromium:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="moatd-chromium-"))
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={self.dir}"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)
        self.scripts(False)

    def quit(self):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---- the browser's own ----
    def cdp(self, command, **args):
        return self.driver.execute_cdp_cmd(command, args)

    def scripts(self, on):
        self.cdp("Emulation.setScriptExecutionDisabled", value=not on)

    def fresh(self):
        self.driver.get("about:blank")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Network.setExtraHTTPHeaders", headers={})
        self.scripts(False)
        self.cdp("Emulation.clearDeviceMetricsOverride")
        self.cdp("Emulation.setEmulatedMedia", features=[])

    def screen(self, width, height, dark=False):
        """A screen of that size; below 600 pixels it is a phone's."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def shot(self, path):
        """The whole page as a picture."""
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        data = self.cdp("Page.captureScreenshot", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "scale": 1,
                              "width": size["width"],
                              "height": size["height"]})["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def axe(self):
        """What axe-core finds: its violations. It is injected by the
        debugger, which no policy of the page keeps out."""
        self.scripts(True)
        self.driver.set_script_timeout(30)
        self.driver.execute_script(
            (npm.modules() / "axe-core" / "axe.min.js").read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: "
            "['violations']}).then(r => done(r.violations), "
            "e => done(String(e)))")
        self.scripts(False)
        assert isinstance(found, list), found
        return found

    def take_cookies(self, browser, url):
        """Those of an oidc.Browser."""
        for jar in browser.cookies.values():
            for name, value in jar.items():
                self.cdp("Network.setCookie", name=name, value=value, url=url,
                         path="/", httpOnly=True)

    # ---- pages ----
    def get(self, url):
        self.driver.get(url)

    @property
    def url(self):
        return self.driver.current_url

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def source(self):
        return self.driver.page_source

    @property
    def text(self):
        return self.driver.find_element("tag name", "body").text

    def find(self, css):
        try:
            return self.driver.find_element("css selector", css)
        except NoSuchElementException:
            return None

    def fill(self, **fields):
        """Types into fields by name and sends the form by its button."""
        for name, value in fields.items():
            e = self.driver.find_element("name", name)
            e.clear()
            e.send_keys(value)
        form = e.find_element("xpath", "ancestor::form")
        self.press(form.find_element("css selector",
                                     "button:not([type=button])"))

    def press(self, element):
        """Clicks what leads to another page, and waits for that page."""
        if isinstance(element, str):
            found = self.find(element)
            assert found is not None, f"no {element} on {self.url}:\n{self.text}"
            element = found
        old = self.driver.find_element("tag name", "html")
        element.click()
        moat.until(lambda: self.gone(old), 15, 0.02, "the next page")

    @staticmethod
    def gone(element):
        from selenium.common.exceptions import WebDriverException
        try:
            element.is_enabled()
            return False
        except WebDriverException:
            return True

    # ---- what people do on moatd's pages ----
    def step(self, user):
        """Answers one page of moatd; false where it asks for nothing."""
        if self.find("input[name=username]") and self.path.endswith("/login"):
            self.fill(username=user["username"], password=user["password"])
        elif self.find("input[name=otp]"):
            self.fill(otp=user["codes"].next())
        elif self.find("button[name=decision]"):
            self.press("button[name=decision][value=allow]")
        else:
            return False
        return True

    def sign_in(self, user, issuer):
        """Answers moatd's pages until they ask for nothing, or another
        server's page is there; the paths that were seen."""
        seen = []
        for _ in range(STEPS):
            if not self.url.startswith(issuer + "/"):
                return seen
            seen.append(self.path)
            if not self.step(user):
                return seen
        raise AssertionError(f"pages without end: {seen}\n{self.text}")


_one = None


def end():
    global _one
    if _one is not None:
        _one.quit()
        _one = None


@contextlib.contextmanager
def chromium():
    """The process's Chromium, without the cookies of earlier tests."""
    global _one
    if _one is None:
        _one = Chromium()
        atexit.register(end)
    _one.fresh()
    yield _one
