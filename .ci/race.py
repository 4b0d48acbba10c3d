"""Opens the page of a race in Chromium as a reader would: it must play, and what can be pressed must do what it says.

    python3 .ci/race.py PAGE [--screenshots FOLDER]

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

# How many pixels of a canvas have about the colour of an optimizer.
PIXELS = """
const [name, o] = arguments;
const probe = document.createElement("span");
probe.style.color = `var(--c${o % 10})`;
document.body.append(probe);
const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
probe.remove();
const { canvas } = downhillRace.charts[name];
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let count = 0;
for (let at = 0; at < pixels.length; at += 4) {
  const near = Math.abs(pixels[at] - r) + Math.abs(pixels[at + 1] - g) + Math.abs(pixels[at + 2] - b) < 40;
  if (near && pixels[at + 3] > 200) count++;
}
return count;
"""


def step(driver: webdriver.Chrome) -> float:
    return driver.execute_script("return downhillRace.step")


def last(driver: webdriver.Chrome) -> int:
    return driver.execute_script("return downhillRace.data.steps.at(-1)")


def canvases(driver: webdriver.Chrome) -> list:
    return driver.execute_script("return Object.keys(downhillRace.charts)")


def pixels(driver: webdriver.Chrome, name: str, o: int) -> int:
    return driver.execute_script(PIXELS, name, o)


def go(driver: webdriver.Chrome, to: int) -> None:
    driver.execute_script("downhillRace.go(arguments[0])", to)
    settle(driver)


def key(driver: webdriver.Chrome, name: str) -> None:
    driver.execute_script("document.activeElement.blur()")
    ActionChains(driver).send_keys(name).perform()
    settle(driver)


def check_content(driver: webdriver.Chrome) -> None:
    assert step(driver) == last(driver), "the page does not begin with the whole picture"
    outside = driver.execute_script("return performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:')).map(one => one.name)")
    assert outside == [], f"the page loads {outside}"
    wide = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels too wide"
    assert driver.find_element(By.CSS_SELECTOR, ".command code").text, "no command"
    rows = driver.find_elements(By.CSS_SELECTOR, "#end tbody tr")
    assert len(rows) == len(driver.find_elements(By.CSS_SELECTOR, ".series")), "not every optimizer is in the table"


def check_runners(driver: webdriver.Chrome) -> None:
    """Every runner is seen where it is alone, on the plane and among the loss curves."""
    buttons = driver.find_elements(By.CSS_SELECTOR, ".series")
    for button in buttons:
        button.click()
    settle(driver)
    for name in canvases(driver):
        assert sum(pixels(driver, name, o) for o in range(min(len(buttons), 10))) < 60, f"hidden runners stay on {name}"
    for o, button in enumerate(buttons):
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        settle(driver)
        for name in canvases(driver):
            assert pixels(driver, name, o) > 15, f"runner {o} is not to be seen on {name}"
        button.click()
        settle(driver)
    for button in buttons:
        button.click()
    settle(driver)


def check_time(driver: webdriver.Chrome) -> None:
    end = last(driver)
    if end < 2:
        return
    press(driver, "#play")
    time.sleep(0.6)
    first = step(driver)
    assert 0 < first < end, f"it does not play from the start: step {first}"
    time.sleep(0.4)
    assert step(driver) > first, "it stands still"
    press(driver, "#play")
    paused = step(driver)
    time.sleep(0.3)
    assert step(driver) == paused and driver.find_element(By.ID, "play").text == "Play", "it does not pause"
    go(driver, 0)
    start = sum(pixels(driver, "losses", o) for o in range(3))
    key(driver, Keys.ARROW_RIGHT)
    assert step(driver) == 1, "the arrow key does not go one step"
    key(driver, Keys.ARROW_LEFT)
    assert step(driver) == 0
    key(driver, Keys.SPACE)
    time.sleep(0.3)
    assert step(driver) > 0 and driver.execute_script("return downhillRace.playing"), "space does not play"
    key(driver, Keys.SPACE)
    assert not driver.execute_script("return downhillRace.playing")
    slider = driver.find_element(By.ID, "step")
    slider.send_keys(Keys.END)
    settle(driver)
    assert step(driver) == end, "the slider does not move the race"
    assert f"{end:,}" in driver.find_element(By.ID, "at").text
    assert sum(pixels(driver, "losses", o) for o in range(3)) > start, "the curves do not grow"
    losses = driver.find_element(By.ID, "losses")
    ActionChains(driver).move_to_element(losses).click().perform()
    settle(driver)
    assert 0 < step(driver) < end, "a press among the curves does not go there"
    go(driver, end)


def check_hover(driver: webdriver.Chrome) -> None:
    find = """
const [name] = arguments;
const { canvas, frame } = downhillRace.charts[name];
const { runners, steps, plane } = downhillRace.data;
for (const runner of runners) for (const trace of runner.traces) for (let at = Math.floor(trace.n / 2); at >= 0; at--) {
  const value = name === "plane" ? [trace.x[at], trace.y[at]] : [steps[at], trace.l[at]];
  if (value.some((one) => one == null)) continue;
  const [x, y] = [frame.px(value[0]), frame.py(value[1])];
  if (x > frame.left && x < frame.right && y > frame.top && y < frame.bottom) return [x - canvas.clientWidth / 2, y - canvas.clientHeight / 2];
}
return null;
"""
    for name in canvases(driver):
        show(driver, f"#{name}")
        place = driver.execute_script(find, name)
        assert place, f"no runner is within {name}"
        ActionChains(driver).move_to_element_with_offset(driver.find_element(By.ID, name), *map(round, place)).perform()
        settle(driver)
        words = driver.execute_script("return downhillRace.charts[arguments[0]].readout", name)
        assert words.is_displayed() and all(word in words.text for word in ["step", "loss", "gradient norm"]), f"{name}: {words.text!r}"
    ActionChains(driver).move_to_element(driver.find_element(By.TAG_NAME, "h1")).perform()
    settle(driver)
    assert not any(words.is_displayed() for words in driver.find_elements(By.CSS_SELECTOR, ".readout")), "the words stay"


def check_zoom(driver: webdriver.Chrome) -> None:
    if "plane" not in canvases(driver):
        return
    view = lambda: driver.execute_script("return [...downhillRace.view.x, ...downhillRace.view.y]")
    show(driver, "#plane")
    plane = driver.find_element(By.ID, "plane")
    whole = view()
    origin = webdriver.common.actions.wheel_input.ScrollOrigin.from_element(plane)
    ActionChains(driver).scroll_from_origin(origin, 0, -300).perform()
    settle(driver)
    closer = view()
    assert whole[0] < closer[0] < closer[1] < whole[1], "the wheel does not look closer"
    ActionChains(driver).drag_and_drop_by_offset(plane, 40, 30).perform()
    settle(driver)
    moved = view()
    assert moved[0] < closer[0] and moved[2] > closer[2], (closer, moved)
    assert abs((moved[1] - moved[0]) - (closer[1] - closer[0])) < 1e-9 * (whole[1] - whole[0])
    press(driver, "#reset")
    assert view() == whole, "the whole plane does not come back"
    press(driver, "#closer")
    assert view() != whole
    ActionChains(driver).double_click(plane).perform()
    settle(driver)
    assert view() == whole
    plane.send_keys("+")
    settle(driver)
    assert view() != whole, "the key + does not look closer"
    plane.send_keys("0")
    settle(driver)
    assert view() == whole


def check_basins(driver: webdriver.Chrome) -> None:
    count = "const one = arguments[0], pixels = one.getContext('2d').getImageData(0, 0, one.width, one.height).data; return new Set(Array.from({ length: pixels.length / 4 }, (_, at) => pixels.slice(4 * at, 4 * at + 3).join())).size"
    for canvas in driver.find_elements(By.CSS_SELECTOR, ".basin canvas"):
        assert driver.execute_script(count, canvas) >= 1 and canvas.size["width"] > 80, "a basin is empty"


def check_themes(driver: webdriver.Chrome) -> None:
    def ground() -> tuple:
        script = "const { canvas } = Object.values(downhillRace.charts)[0]; return [getComputedStyle(document.body).backgroundColor, canvas.toDataURL().length]"
        return tuple(driver.execute_script(script))

    seen = {}
    for theme in ["light", "dark"]:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
        settle(driver)
        seen[theme] = ground()
        for o in range(min(len(driver.find_elements(By.CSS_SELECTOR, ".series")), 3)):
            assert pixels(driver, "losses", o) > 5, f"runner {o} is not to be seen in the {theme}"
    assert all(a != b for a, b in zip(seen["light"], seen["dark"])), seen
    press(driver, "#theme")
    assert ground() == seen["light"], "the button does not switch"
    driver.refresh()
    chosen = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert chosen == seen["light"][0], "the choice is forgotten"
    driver.execute_script("localStorage.clear()")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    url = arguments.page.resolve().as_uri()
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(profile)
        try:
            driver.get(url)
            settle(driver)
            for check in [check_content, check_runners, check_time, check_hover, check_zoom, check_basins, check_themes]:
                check(driver)
            assert complaints(driver) == []
        finally:
            driver.quit()
    print(f"{arguments.page}: plays; runners, time, words, zoom and themes work")
    if arguments.screenshots:
        screenshots(url, arguments.screenshots)


main()
