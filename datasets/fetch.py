#!/usr/bin/env python3
"""Makes the CSV files of this folder from the Python packages that ship the data, and prints their SHA-256.

    pip download --no-deps -d wheels scikit-learn==1.9.1 palmerpenguins==0.1.6 bokeh-sampledata==2026.1
    python3 datasets/fetch.py wheels

Needs nothing but Python's standard library: a wheel is a zip file. What each column means, and the licences, are
in the cards beside the files.
"""

import csv
import gzip
import hashlib
import io
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent


def read(wheels: Path, package: str, path: str) -> list[list[str]]:
    """The rows of a CSV inside a wheel, unzipped if it is gzip."""
    found = sorted(wheels.glob(f"{package}-*.whl"))
    if not found:
        sys.exit(f"no wheel of {package} in {wheels}; see the first lines of {__file__}")
    content = zipfile.ZipFile(found[-1]).read(path)
    if path.endswith(".gz"):
        content = gzip.decompress(content)
    return list(csv.reader(io.StringIO(content.decode("utf-8"))))


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    """One header line, then the rows; unix line ends."""
    assert all(len(row) == len(header) for row in rows)
    text = "".join(",".join(row) + "\n" for row in [header, *rows])
    assert '"' not in text
    (HERE / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
    print(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}.csv  {len(rows)} rows")


def named(rows: list[list[str]], names: list[str]) -> list[list[str]]:
    """The last cell, a class number, as the class's name."""
    return [[*row[:-1], names[int(row[-1])]] for row in rows]


def main(wheels: Path) -> None:
    def sklearn(file: str) -> list[list[str]]:
        return read(wheels, "scikit_learn", f"sklearn/datasets/data/{file}")

    # scikit-learn's first line holds the counts and the class names, not the columns' names.
    first, *rows = sklearn("iris.csv")
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    write("iris", [*columns, "species"], named(rows, first[2:]))

    first, *rows = sklearn("wine_data.csv")
    columns = ["alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"]
    columns += ["nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_od315", "proline"]
    write("wine", [*columns, "cultivar"], named(rows, first[2:]))

    first, *rows = sklearn("breast_cancer.csv")
    measures = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity"]
    measures += ["concave_points", "symmetry", "fractal_dimension"]
    columns = [f"{kind}_{measure}" for kind in ("mean", "error", "worst") for measure in measures]
    write("breast-cancer", [*columns, "diagnosis"], named(rows, first[2:]))

    # Written there as 0.000000000000000000e+00; all are whole numbers.
    rows = [[str(int(float(cell))) for cell in row] for row in sklearn("digits.csv.gz")]
    columns = [f"row{i}_col{j}" for i in range(8) for j in range(8)]
    write("digits", [*columns, "digit"], rows)

    header, *rows = read(wheels, "palmerpenguins", "palmerpenguins/data/penguins.csv")
    keep = [header.index(name) for name in header if name != "rowid"]
    rows = [[row[j] for j in keep] for row in rows]
    write("penguins", [header[j] for j in keep], rows)

    # The car's name is left out, the origin's number written as what it stands for.
    _, *rows = read(wheels, "bokeh_sampledata", "bokeh_sampledata/_data/auto-mpg.csv")
    origins = {"1": "usa", "2": "europe", "3": "japan"}
    header = ["mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model_year", "origin"]
    write("auto-mpg", header, [[*row[:7], origins[row[7]]] for row in rows])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
