"""Opens a report.html in Chromium as a reader would: nothing may fail, and what can be pressed must do what it says.

    python3 .ci/page.py REPORT [--screenshots FOLDER]

Needs selenium, chromium and chromedriver.
"""

import argparse
import pathlib
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import browser, complaints, press, screenshots, settle, show

# How many pixels of a chart's canvas have about the colour of an optimizer.
PIXELS = """
const [chart, o] = arguments;
const probe = document.createElement("span");
probe.style.color = `var(--c${o % 10})`;
document.body.append(probe);
const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
probe.remove();
const canvas = downhillReport.charts[chart].plot.ctx.canvas;
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let count = 0;
for (let at = 0; at < pixels.length; at += 4) {
  const near = Math.abs(pixels[at] - r) + Math.abs(pixels[at + 1] - g) + Math.abs(pixels[at + 2] - b) < 12;
  if (near && pixels[at + 3] > 200) count++;
}
return count;
"""


def ranges(driver: webdriver.Chrome) -> dict:
    script = "const { x, y } = downhillReport.charts[0].plot.scales; return { x: [x.min, x.max], y: [y.min, y.max], distr: [x.distr, y.distr] }"
    return driver.execute_script(script)


def check_content(driver: webdriver.Chrome) -> None:
    lead = driver.find_element(By.CSS_SELECTOR, "#verdict .lead")
    assert lead.is_displayed() and len(lead.text) > 10, "the verdict is not to be seen"
    assert lead.location["y"] < 600, "the verdict is not on the first screen"
    sections = [section.get_attribute("id") for section in driver.find_elements(By.CSS_SELECTOR, "main > section")]
    assert sections[0] == "verdict" and {"curves", "table", "audit", "repeat"} <= set(sections), sections
    assert driver.find_element(By.CSS_SELECTOR, ".command code").text, "no command"
    outside = driver.execute_script("return performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:')).map(one => one.name)")
    assert outside == [], f"the page loads {outside}"
    wide = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels too wide"


def check_legend(driver: webdriver.Chrome) -> None:
    buttons = driver.find_elements(By.CSS_SELECTOR, ".series")
    first = buttons[0]
    o = int(first.get_attribute("data-o"))
    visible = "return downhillReport.charts[0].plot.series.filter(one => one.show).length"
    before, pixels = driver.execute_script(visible), driver.execute_script(PIXELS, 0, o)
    assert pixels > 50, f"optimizer {o} has only {pixels} pixels"
    first.click()
    settle(driver)
    assert first.get_attribute("aria-pressed") == "false"
    assert driver.execute_script(visible) == before - 3, "median and band stay"
    # After ten optimizers the colours begin again.
    assert len(buttons) > 10 or driver.execute_script(PIXELS, 0, o) < pixels / 10, "its colour stays"
    drawn = f"return [...document.querySelectorAll('.fig .o{o}')].filter(one => getComputedStyle(one).display !== 'none').length"
    assert driver.execute_script(drawn) == 0, "it stays in the figures"
    first.send_keys(Keys.ENTER)
    settle(driver)
    assert driver.execute_script(visible) == before and driver.execute_script(PIXELS, 0, o) > pixels / 2, "it does not come back"
    assert driver.execute_script(drawn) > 0


def check_all(driver: webdriver.Chrome) -> None:
    """With many optimizers all are hidden and shown at once."""
    visible = "return downhillReport.charts[0].plot.series.filter(one => one.show).length"
    before = driver.execute_script(visible)
    for show_them, expected in [("", 1), ("1", before)]:
        for button in driver.find_elements(By.CSS_SELECTOR, f".all[data-show='{show_them}']"):
            driver.execute_script("arguments[0].click()", button)
            settle(driver)
            assert driver.execute_script(visible) == expected, (show_them, expected)


def check_zoom(driver: webdriver.Chrome) -> None:
    show(driver, ".plot")
    plot = driver.find_element(By.CSS_SELECTOR, ".plot .u-over")
    before = ranges(driver)
    width = plot.size["width"]
    drag = ActionChains(driver).move_to_element_with_offset(plot, -width // 4, 0).click_and_hold()
    drag.move_by_offset(width // 4, 2).release().perform()
    settle(driver)
    after = ranges(driver)
    assert after["x"][0] > before["x"][0] and after["x"][1] < before["x"][1], (before, after)
    ActionChains(driver).double_click(plot).perform()
    settle(driver)
    assert ranges(driver)["x"] == before["x"], "a double click does not come back"
    box = driver.find_element(By.CSS_SELECTOR, ".plot")
    box.send_keys("+")
    settle(driver)
    assert ranges(driver)["x"] != before["x"], "the key + does not zoom"
    box.send_keys(Keys.ESCAPE)
    settle(driver)
    assert ranges(driver)["x"] == before["x"]


def check_toggles(driver: webdriver.Chrome) -> None:
    assert ranges(driver)["distr"] == [1, 3], "the loss begins logarithmic"
    press(driver, "#log-y")
    assert ranges(driver)["distr"] == [1, 1] and ranges(driver)["y"][0] >= 0
    press(driver, "#log-y")
    press(driver, "#log-x")
    assert ranges(driver)["distr"] == [3, 3] and ranges(driver)["x"][0] > 0
    press(driver, "#log-x")
    count = "const { ctx } = downhillReport.charts[0].plot; return ctx.canvas.toDataURL().length"
    plain = driver.execute_script(count)
    press(driver, "#seeds-toggle")
    assert driver.execute_script("return downhillReport.seeds") and driver.execute_script(count) != plain, "no seeds"
    press(driver, "#seeds-toggle")
    assert driver.execute_script(count) == plain


def check_themes(driver: webdriver.Chrome) -> None:
    def ground() -> tuple:
        script = "const at = one => getComputedStyle(document.querySelector(one)); return [at('body').backgroundColor, at('body').color, downhillReport.charts[0].plot.axes[0].stroke()]"
        return tuple(driver.execute_script(script))

    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "light"}]})
    settle(driver)
    light = ground()
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    settle(driver)
    dark = ground()
    assert all(a != b for a, b in zip(light, dark)), (light, dark)
    press(driver, "#theme")
    assert ground() == light, "the button does not switch"
    driver.refresh()
    driver.find_element(By.ID, "theme")
    chosen = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert chosen == light[0], "the choice is forgotten"
    driver.execute_script("localStorage.clear()")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    url = arguments.report.resolve().as_uri()
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(profile)
        try:
            began = time.monotonic()
            driver.get(url)
            settle(driver)
            took = time.monotonic() - began
            assert took < 10, f"the page took {took:.1f} s"
            check_content(driver)
            show(driver, ".plot")
            check_legend(driver)
            check_all(driver)
            check_zoom(driver)
            check_toggles(driver)
            check_themes(driver)
            assert complaints(driver) == []
        finally:
            driver.quit()
    print(f"{arguments.report}: shown after {took:.1f} s; legend, zoom, toggles and themes work")
    if arguments.screenshots:
        screenshots(url, arguments.screenshots)


main()
