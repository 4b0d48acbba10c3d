"""What the checks of pages share: Chromium as a reader has it, and pictures of a page in both themes and widths."""

import pathlib
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.by import By

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


def browser(profile: str, width: int = 1280, height: int = 900) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def settle(driver: webdriver.Chrome) -> None:
    """Two frames later everything that was asked for is drawn."""
    driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))")


def press(driver: webdriver.Chrome, selector: str) -> None:
    show(driver, selector)
    driver.find_element(By.CSS_SELECTOR, selector).click()
    settle(driver)


def show(driver: webdriver.Chrome, selector: str) -> None:
    driver.execute_script(f"document.querySelector('{selector}').scrollIntoView({{ block: 'center', behavior: 'instant' }})")
    settle(driver)
    time.sleep(0.2)


def complaints(driver: webdriver.Chrome) -> list:
    """What the browser's console says, but for the words about reading pixels back: that is these checks' own doing."""
    return [entry for entry in driver.get_log("browser") if "willReadFrequently" not in entry["message"]]


def screenshots(url: str, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in [1280, 420]:
        for theme in ["light", "dark"]:
            with tempfile.TemporaryDirectory() as profile:
                driver = browser(profile, max(width, 520), 900)
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
                metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
                driver.get(url)
                height = driver.execute_script("return document.documentElement.scrollHeight")
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**metrics, "height": min(height, 16000)})
                time.sleep(1)
                driver.save_screenshot(str(folder / f"{width}-{theme}.png"))
                driver.quit()
