"""Opens pages that are only read, in Chromium: every picture loads, nothing complains, both themes, wide and narrow.

    python3 .ci/reading.py PAGE...

Needs selenium, chromium and chromedriver.
"""

import pathlib
import sys
import tempfile

from browser import browser, complaints, press, settle

# Pictures that are empty; how far a page goes beyond its window; its ink and paper.
BROKEN = "return [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length"
SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLOURS = "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"


def main() -> None:
    pages = list(dict.fromkeys(pathlib.Path(page).resolve() for page in sys.argv[1:]))
    assert pages, "no pages"
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(profile)
        for page in pages:
            for width in [1280, 420]:
                metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
                driver.get(page.as_uri())
                settle(driver)
                assert driver.execute_script(BROKEN) == 0, f"{page.name}: a picture is broken"
                assert driver.execute_script(SIDEWAYS) <= 0, f"{page.name}: wider than {width} pixels"
            light = driver.execute_script(COLOURS)
            press(driver, "#theme")
            dark = driver.execute_script(COLOURS)
            assert light != dark, f"{page.name}: the theme does not change"
            assert light[0] != light[1] and dark[0] != dark[1], f"{page.name}: text cannot be read"
            press(driver, "#theme")
            said = complaints(driver)
            assert not said, f"{page.name}: {said}"
        driver.quit()
    print(f"{len(pages)} pages can be read")


main()
