#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
prometheus.py FILE: reads FILE as Prometheus's text format, and stricter: in UTF-8, each metric once,
with HELP, TYPE gauge and then its samples, no series twice, no control characters. Prints a line for
each metric, its name, and for each sample: NAME, VALUE and the labels, LABEL=VALUE, with tabs
between, and \\n for a newline in a label. Status 1, with the line, for a file that is otherwise.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\+Inf|-?[0-9]+)")
UNESCAPED = {r"\n": "\n", r"\"": '"', r"\\": "\\"}


def labels_of(text):
    pairs = [match.groups() for match in re.finditer(LABEL, text or "")]
    labels = {name: re.sub(r"\\.", lambda m: UNESCAPED[m[0]], value) for name, value in pairs}
    assert len(labels) == len(pairs), "a label twice"
    return labels


def read(lines):
    metrics = {}
    name = None
    for line in lines:
        try:
            assert not re.search(r"[\x00-\x1f\x7f]", line), "a control character"
            if match := re.fullmatch(rf"# HELP ({NAME}) ([^\\]+)", line):
                name = match[1]
                assert name not in metrics, "a metric twice"
                metrics[name] = None
            elif line.startswith("#"):
                assert line == f"# TYPE {name} gauge" and metrics[name] is None, "no HELP before"
                metrics[name] = []
            else:
                match = SAMPLE.fullmatch(line)
                assert match, "no sample"
                assert match[1] == name and metrics[name] is not None, "no TYPE before"
                sample = (labels_of(match[2]), match[match.re.groups])
                assert sample[0] not in [seen for seen, _ in metrics[name]], "a series twice"
                metrics[name].append(sample)
        except (AssertionError, KeyError) as error:
            sys.exit(f"{error}: {line!r}")
    if None in metrics.values():
        sys.exit("a metric without TYPE")
    return metrics


def main(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if text and not text.endswith("\n"):
        sys.exit("no newline at the end")
    for name, samples in read(text.split("\n")[:-1]).items():
        print(name)
        for labels, value in samples:
            pairs = [f"{label}={text}" for label, text in labels.items()]
            print("\t".join([name, value, *pairs]).replace("\n", "\\n"))


main(*sys.argv[1:])
