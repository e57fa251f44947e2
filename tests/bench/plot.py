#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# plot.py POINTS SVG: POINTS has lines WHAT N MILLISECONDS KIB. They are printed as a table, and drawn
# into SVG: time on the left, memory on the right, both axes logarithmic.
import math
import sys

WORDS = {
    "online": ("online, N entries in ipv6.cfg", "#1b5e20"),
    "sync-all": ("sync that adds N vifs' gateways", "#b71c1c"),
    "sync-none": ("sync of N vifs, nothing to do", "#0d47a1"),
    "status": ("status of N vifs", "#6a1b9a"),
}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 300, 240, 60, 40, 290


def read(path):
    series = {}
    with open(path) as lines:
        for line in lines:
            what, n, milliseconds, kib = line.split()
            series.setdefault(what, []).append((int(n), float(milliseconds), int(kib)))
    return series


def print_table(series):
    print(f"{'':34} {'N':>6} {'ms':>9} {'KiB':>7} {'us per N':>9}")
    for what, points in series.items():
        for n, milliseconds, kib in points:
            print(f"{WORDS[what][0]:34} {n:6} {milliseconds:9.2f} {kib:7} {milliseconds * 1000 / n:9.1f}")


def decades(values):
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def panel(series, column, title, unit, x0):
    values = [point[column] for points in series.values() for point in points]
    low, high = decades(values)
    most = math.ceil(math.log10(max(p[0] for points in series.values() for p in points)))
    x = lambda n: x0 + math.log10(n) / most * WIDTH
    y = lambda v: BOTTOM - (math.log10(v) - low) / (high - low) * HEIGHT
    yield f'<text class="name" x="{x0 + WIDTH / 2}" y="{TOP - 14}" text-anchor="middle">{title}</text>'
    for decade in range(most + 1):
        yield f'<line class="grid" x1="{x(10**decade):.1f}" y1="{TOP + 10}" x2="{x(10**decade):.1f}" y2="{BOTTOM}"/>'
        yield f'<text class="small" x="{x(10**decade):.1f}" y="{BOTTOM + 16}" text-anchor="middle">{10**decade:,}</text>'
    steps = (1, 2, 5) if high - low == 1 else (1,)
    for value in (step * 10**decade for decade in range(low, high + 1) for step in steps if decade < high or step == 1):
        yield f'<line class="grid" x1="{x0}" y1="{y(value):.1f}" x2="{x0 + WIDTH}" y2="{y(value):.1f}"/>'
        yield f'<text class="small" x="{x0 - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,} {unit}</text>'
    yield f'<text class="small" x="{x0 + WIDTH / 2}" y="{BOTTOM + 34}" text-anchor="middle">N</text>'
    for what, points in series.items():
        path = " ".join(f"{x(p[0]):.1f},{y(p[column]):.1f}" for p in points)
        yield f'<polyline points="{path}" fill="none" stroke="{WORDS[what][1]}" stroke-width="2"/>'
        for p in points:
            yield f'<circle cx="{x(p[0]):.1f}" cy="{y(p[column]):.1f}" r="3" fill="{WORDS[what][1]}"/>'


def draw(series, path):
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 830 405" width="830" height="405"',
        '     font-family="DejaVu Sans, Verdana, sans-serif" font-size="13" role="img"',
        '     aria-labelledby="title">',
        '<title id="title">Time and memory as they grow with N</title>',
        "<style>.name { font-weight: bold; fill: #263238 } .small { font-size: 11px; fill: #455a64 }",
        ".grid { stroke: #cfd8dc; stroke-width: 1 } .text { fill: #263238; font-size: 12px }</style>",
        '<rect width="830" height="405" fill="#ffffff"/>',
    ]
    lines += panel(series, 1, "time", "ms", LEFT + 25)
    lines += panel(series, 2, "memory", "KiB", LEFT + 430)
    for number, what in enumerate(series):
        x, y = LEFT + 20 + 380 * (number % 2), 350 + 22 * (number // 2)
        lines.append(f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{WORDS[what][1]}" stroke-width="2"/>')
        lines.append(f'<text class="text" x="{x + 32}" y="{y + 4}">{WORDS[what][0]}</text>')
    lines.append("</svg>")
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


points = read(sys.argv[1])
print_table(points)
draw(points, sys.argv[2])
