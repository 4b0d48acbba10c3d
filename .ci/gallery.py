"""The gallery: docs/gallery.md and its pictures, all made by the commands that stand below them.

    python3 .ci/gallery.py PROGRAM           writes docs/gallery.md and docs/pictures/gallery
    python3 .ci/gallery.py PROGRAM --check   fails unless what is there says the same

PROGRAM is the binary. `--reproduced FOLDER` takes the experiments from where `downhill reproduce --all --out FOLDER` left
them. Checked is what a reader reads: the page, word for word, and every text within a picture; not the bytes of curves, whose
last digits may differ between machines.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
PICTURES = "pictures/gallery"

RACES = [
    ("bowl", "A bowl, ten times steeper one way", "bowl -o sgd -o momentum -o adam --tune"),
    ("ravine", "A ravine", "ravine -o sgd -o momentum -o nesterov -o adam --tune"),
    ("saddle", "A saddle, from a hair beside its ridge", "saddle --from 1,1e-6 -o sgd:lr=0.1 -o momentum:lr=0.1 -o rmsprop:lr=0.01 -o adam:lr=0.01 --steps 150"),
    ("bumpy", "A bowl with traps: noise shakes some out", "bumpy -o sgd -o momentum -o adam --tune --starts 16 --noise 0.5"),
    ("himmelblau", "Four minima: where starts lead", "himmelblau -o sgd -o adam --tune --starts 32 --basins"),
    ("beale", "Beale's function", "beale -o sgd -o momentum -o adam -o rmsprop --tune"),
]
RUN = "train moons -o sgd:lr=0.5 --hidden 64,64 --activation tanh --batch-size full --steps 1500 --probe sharpness --probe-every 25"
PROBE = "--slices --path"


def run(program: pathlib.Path, folder: pathlib.Path, words: str) -> None:
    # 1 is a claim that did not come out: the page says so.
    done = subprocess.run([program, *shlex.split(words), "--quiet"], cwd=folder, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1), f"downhill {words}: status {done.returncode}"


def made(program: pathlib.Path, folder: pathlib.Path, reproduced: pathlib.Path | None) -> dict[str, str]:
    """The page and its pictures by their paths below docs."""
    files, page = {}, [
        "# Gallery",
        "",
        "Made by `python3 .ci/gallery.py target/release/downhill`. Below each picture stands the command that draws it; the pages that",
        "the commands leave beside their pictures show more: a race plays, an experiment has its numbers.",
        "",
        "## Races",
        "",
        "Rates are tuned for each optimizer over one grid, by the final value (`--tune`), unless the command names them.",
        "",
    ]

    def show(name: str, title: str, command: str, source: pathlib.Path, words: str = "") -> None:
        files[f"{PICTURES}/{name}.svg"] = source.read_text()
        page.extend([f"### {title}", "", f"![{title}]({PICTURES}/{name}.svg)", ""])
        page.extend([words, ""] if words else [])
        page.extend([f"    downhill {command}", ""])

    for name, title, words in RACES:
        run(program, folder, f"race {words} --out race-{name}")
        show(f"race-{name}", title, f"race {words}", folder / f"race-{name}" / "race.svg")

    page.extend(["## Inside a network", ""])
    run(program, folder, f"{RUN} --out run")
    words = "The sharpness, the largest eigenvalue of the loss's Hessian, rises to the edge of stability and swings around it."
    show("sharpness", "A run and its sharpness", f"{RUN} --out RUN", folder / "run" / "curves.svg", words)
    run(program, folder, f"probe run {PROBE}")
    for name, title, words in [
        ("path", "The path of training", "On the plane that holds most of it."),
        ("slice", "The loss along random directions", "In units of each unit's own weights (Li et al. 2018)."),
        ("plane", "The loss on a plane", "Of two such directions."),
    ]:
        show(f"probe-{name}", title, f"probe RUN {PROBE}", folder / "run" / "probe" / f"{name}.svg", words)

    page.extend(["## What the field says, run and checked", ""])
    if reproduced is None:
        reproduced = folder / "reproduced"
        run(program, folder, f"reproduce --all --out {reproduced}")
    listed = subprocess.run([program, "list", "experiments", "--json"], capture_output=True, check=True).stdout
    for item in json.loads(listed)["experiments"]:
        record = json.loads((reproduced / f"{item['name']}.json").read_text())
        picture, caption = record["pictures"][0]
        verdict = record["verdict"].replace("-", " ")
        words = f"*{record['source']}.* {record['says']} **{verdict.capitalize()}.** {caption}"
        show(record["name"], record["title"], f"reproduce {record['name']}", reproduced / picture, words)
    files["gallery.md"] = "\n".join(page).rstrip() + "\n"
    return files


def content(name: str, text: str) -> list[str]:
    """What a reader reads of a file."""
    return re.findall(r">\s*([^<>]+?)\s*<", text) if name.endswith(".svg") else text.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--reproduced", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reproduced = args.reproduced and args.reproduced.resolve()
        files = made(args.program.resolve(), pathlib.Path(folder), reproduced)
    if not args.check:
        (DOCS / PICTURES).mkdir(parents=True, exist_ok=True)
        for old in (DOCS / PICTURES).glob("*.svg"):
            old.unlink()
        for name, text in files.items():
            (DOCS / name).write_text(text)
        return
    stale = []
    for name, text in files.items():
        there = (DOCS / name).read_text() if (DOCS / name).exists() else ""
        if content(name, there) != content(name, text):
            gone = [line for line in content(name, there) if line not in content(name, text)]
            new = [line for line in content(name, text) if line not in content(name, there)]
            stale.append(f"docs/{name}: was {gone[:3]}, is {new[:3]}")
    left = {f"{PICTURES}/{path.name}" for path in (DOCS / PICTURES).glob("*.svg")} - set(files)
    stale.extend(f"docs/{name}: no command draws it" for name in sorted(left))
    if stale:
        sys.exit("the gallery is not up to date:\n" + "\n".join(stale))
    print(f"{len(files) - 1} pictures say what their commands draw")


main()
