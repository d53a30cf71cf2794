"""Compares the product's recurrence engine with engines of others over cases drawn by lot.

`oracles.py rules SEED NUMBER` and `oracles.py calendars SEED NUMBER` ask `WAYMARK_BIN`, python-dateutil and
recurring-ical-events here, and rrule.js and ical.js through `oracles.mjs`. `oracles.py availabilities SEED NUMBER` follows
sections 4 and 5 of RFC 7953 here, over stretches that recurring-ical-events expands. The answer is JSON: the counts, and the
first cases on which two engines agree and the product does not, unless `explained` knows why
(docs/decisions/2026-11-30-recurrence-readings.md).
"""

import collections
import concurrent.futures
import datetime as dt
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

import cases

HERE = pathlib.Path(__file__).parent
WAYMARK = os.environ["WAYMARK_BIN"]
STAMP = cases.STAMP
UTC = dt.timezone.utc
# Engines may search for ever where a rule yields nothing.
PATIENCE = 0.3


def main():
    kind, seed, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    drawn = list(getattr(cases, kind)(seed, number))
    compare = {"rules": compare_rules, "calendars": compare_calendars, "availabilities": compare_availabilities}
    # One process for each core, each with its own engines, which are asked one case after another.
    cores = os.cpu_count() or 1
    counts, wrong = collections.Counter(), []
    with concurrent.futures.ProcessPoolExecutor(cores) as pool:
        for part, faults in pool.map(compare[kind], [drawn[at::cores] for at in range(cores)]):
            counts.update(part)
            wrong += faults
    json.dump({"seed": seed, "counts": counts, "wrong": wrong[:5]}, sys.stdout)


def compare_rules(drawn):
    """dateutil and, without a zone, rrule.js."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ours = list(pool.map(our_starts, drawn))
    counts, wrong = collections.Counter(), []
    for case, own, theirs, others in zip(drawn, ours, map(by_dateutil, drawn), by_node("rules", drawn)):
        if theirs is None or (case["zone"] is None and others is None):
            counts["an engine gave up"] += 1
        elif case["zone"] is None and theirs != others:
            counts["two engines differ"] += 1
        elif own == theirs:
            counts["agree, with occurrences" if theirs else "agree, without"] += 1
        elif explained(case, set(own) ^ set(theirs)):
            counts["differ as explained"] += 1
        else:
            counts["wrong"] += 1
            wrong.append({**case, "ours": own[:5], "theirs": theirs[:5]})
    return counts, wrong


def explained(case, differing):
    """Whether the written readings say why two engines are not followed."""
    parts = dict(part.split("=") for part in case["rrule"].split(";"))
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
        return True
    # Weeks that reach over a year's beginning; a different one shifts COUNT and BYSETPOS.
    shifts = "COUNT" in parts or "BYSETPOS" in parts
    return "BYWEEKNO" in parts and (shifts or all(start[4:8] in FIRST_DAYS for start in differing))


FIRST_DAYS = {f"01{day:02}" for day in range(1, 5)} | {f"12{day:02}" for day in range(28, 32)}


def our_starts(case):
    rfc = lambda text: dt.datetime.strptime(text, STAMP).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = [WAYMARK, "calendar", "expand", "--dtstart", case["dtstart"], "--rrule", case["rrule"],
            "--from", rfc(case["from"]), "--to", rfc(case["to"]), "--limit", "100000"]
    if case["zone"]:
        line += ["--zone", case["zone"]]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    starts = [json.loads(line)["start"] for line in done.stdout.splitlines()]
    return [start.replace("-", "").replace(":", "").rstrip("Z") for start in starts]


class GaveUp(Exception):
    pass


def give_up(*_):
    raise GaveUp


def by_dateutil(case):
    zone = ZoneInfo(case["zone"]) if case["zone"] else UTC
    at = lambda name: dt.datetime.strptime(case[name], STAMP)
    begin, end = at("from").replace(tzinfo=UTC), at("to").replace(tzinfo=UTC)
    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        found = set()
        for start in rrulestr(case["rrule"], dtstart=at("dtstart").replace(tzinfo=zone)):
            if start.replace(tzinfo=None) > at("to") + dt.timedelta(hours=30):
                break
            if begin <= start.astimezone(UTC) < end:
                found.add(start.astimezone(UTC).strftime(STAMP))
        return sorted(found)
    # It refuses some rules that yield nothing, and loses its way in others.
    except (GaveUp, ValueError, IndexError):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def compare_calendars(drawn):
    """recurring-ical-events and ical.js."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ours = list(pool.map(our_busy, drawn))
    counts, wrong = collections.Counter(), []
    for case, own, theirs, others in zip(drawn, ours, map(by_python, drawn), by_node("calendars", drawn)):
        if theirs is None or others is None:
            counts["an engine gave up"] += 1
        elif theirs != sorted(map(tuple, others)):
            counts["two engines differ"] += 1
        elif own == theirs:
            counts["agree, with occurrences" if theirs else "agree, without"] += 1
        else:
            counts["wrong"] += 1
            wrong.append({**case, "ours": own[:5], "theirs": theirs[:5]})
    return counts, wrong


def our_busy(case):
    return sorted({(line["start"], line["end"], line["uid"]) for line in our_lines(case)})


def our_lines(case):
    with tempfile.NamedTemporaryFile(suffix=".ics") as file:
        file.write(case["ics"].encode())
        file.flush()
        line = [WAYMARK, "calendar", "busy", file.name, "--from", case["from"], "--to", case["to"]]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
    return list(map(json.loads, done.stdout.splitlines()))


def by_python(case):
    begin, end = dt.datetime.fromisoformat(case["from"]), dt.datetime.fromisoformat(case["to"])
    found = set()
    try:
        for event in recurring_ical_events.of(icalendar.Calendar.from_ical(case["ics"])).between(begin, end):
            takes = str(event.get("STATUS", "")) != "CANCELLED" and str(event.get("TRANSP", "")) != "TRANSPARENT"
            start, stop = instant(event["DTSTART"].dt), instant(event["DTEND"].dt)
            if takes and start <= stop and start < end and (begin < stop or begin <= start == stop):
                found.add((said(start), said(stop), str(event["UID"])))
    except ValueError:
        return None
    return sorted(found)


def compare_availabilities(drawn):
    """The procedure of RFC 7953, stretch by stretch."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ours = list(pool.map(our_effects, drawn))
    counts, wrong = collections.Counter(), []
    for case, own, theirs in zip(drawn, ours, map(by_procedure, drawn)):
        if own == theirs:
            counts["agree, with occurrences" if theirs else "agree, without"] += 1
        else:
            counts["wrong"] += 1
            wrong.append({**case, "ours": own[:9], "theirs": theirs[:9]})
    return counts, wrong


def our_effects(case):
    return joined((line["start"], line["end"], line["effect"]) for line in our_lines(case))


def by_procedure(case):
    begin, end = dt.datetime.fromisoformat(case["from"]), dt.datetime.fromisoformat(case["to"])
    calendar = icalendar.Calendar.from_ical(case["ics"])
    layers, turns = [], {begin, end}
    for component in calendar.walk("VAVAILABILITY"):
        start = instant(component["DTSTART"].dt) if "DTSTART" in component else begin
        stop = instant(component["DTEND"].dt) if "DTEND" in component else end
        if "DURATION" in component:
            stop = instant(component["DTSTART"].dt + component["DURATION"].dt)
        span = (max(start, begin), min(stop, end))
        events = icalendar.Calendar()
        for available in component.walk("AVAILABLE"):
            event = icalendar.Event()
            for name, value in available.property_items(recursive=False):
                if name not in ("BEGIN", "END"):
                    event.add(name, value, encode=False)
            events.add_component(event)
        free = []
        if span[0] < span[1]:
            for event in recurring_ical_events.of(events).between(*span):
                stretch = (max(instant(event["DTSTART"].dt), span[0]), min(instant(event["DTEND"].dt), span[1]))
                if stretch[0] < stretch[1]:
                    free.append(stretch)
            layers.append((int(component.get("PRIORITY", 0)) or 10, str(component.get("BUSYTYPE", "BUSY-UNAVAILABLE")), span, free))
            turns |= {*span, *(at for stretch in free for at in stretch)}
    turns, found = sorted(turns), []
    for at, until in zip(turns, turns[1:]):
        effect = None
        # From the lowest to the highest; equals together.
        for priority in range(10, 0, -1):
            level = [layer for layer in layers if layer[0] == priority and layer[2][0] <= at < layer[2][1]]
            if level:
                effect = min((FIRMNESS.index(kind), kind) for _, kind, _, _ in level)[1]
            if any(start <= at < stop for layer in level for start, stop in layer[3]):
                effect = None
        if effect:
            found.append((said(at), said(until), EFFECTS[effect]))
    return joined(found)


FIRMNESS = ["BUSY", "BUSY-UNAVAILABLE", "BUSY-TENTATIVE"]
EFFECTS = {"BUSY": "busy", "BUSY-UNAVAILABLE": "out-of-office", "BUSY-TENTATIVE": "tentative"}


def joined(stretches):
    """In order; those that touch and count alike as one."""
    found = []
    for start, stop, effect in sorted(stretches):
        if found and found[-1][1:] == (start, effect):
            found[-1] = (found[-1][0], stop, effect)
        else:
            found.append((start, stop, effect))
    return found


def instant(at):
    if not isinstance(at, dt.datetime):
        at = dt.datetime(at.year, at.month, at.day)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def said(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def by_node(kind, drawn):
    """One answer for each case; None where the engine does not answer in time."""
    open_node = lambda: subprocess.Popen(
        ["node", str(HERE / "oracles.mjs"), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE
    )
    node = open_node()
    patience = 10.0  # the first time it must start
    for case in drawn:
        if kind == "rules" and case["zone"]:
            yield None
            continue
        node.stdin.write(json.dumps(case).encode() + b"\n")
        node.stdin.flush()
        ready, _, _ = select.select([node.stdout], [], [], patience)
        if ready:
            patience = PATIENCE if kind == "rules" else 10.0
            yield json.loads(node.stdout.readline())
        else:
            node.kill()
            node.wait()
            node, patience = open_node(), 10.0
            yield None
    node.kill()
    node.wait()


if __name__ == "__main__":
    main()
