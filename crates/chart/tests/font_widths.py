"""Prints the table of src/text.rs: widths of DejaVu Sans from space to tilde, in thousandths.

    pip install fonttools && python tests/font_widths.py /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
"""

import sys

from fontTools.ttLib import TTFont

font = TTFont(sys.argv[1])
glyphs = font.getBestCmap()
em = font["head"].unitsPerEm
print([round(1000 * font["hmtx"][glyphs[code]][0] / em) for code in range(ord(" "), ord("~") + 1)])
