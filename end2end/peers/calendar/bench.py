"""Times python-dateutil and recurring-ical-events at what `crates/interop/examples/calendars.rs` does; prints JSON.

`bench.py FILE.ics FROM TO`
"""

import datetime as dt
import json
import statistics
import sys
import time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

UTC = dt.timezone.utc


def median(times, work):
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        last = work()
        took.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(took), last


def said(at):
    if not isinstance(at, dt.datetime):
        at = dt.datetime(at.year, at.month, at.day)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    file, begin, end = sys.argv[1], *map(dt.datetime.fromisoformat, sys.argv[2:4])
    london = ZoneInfo("Europe/London")
    june = dt.datetime(2026, 6, 1, tzinfo=UTC), dt.datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)

    def distant():
        rule = rrulestr("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", dtstart=dt.datetime(1997, 1, 6, 9, tzinfo=london))
        return rule.between(*june, inc=True)

    distant_us, starts = median(5, distant)
    with open(file, "rb") as opened:
        text = opened.read()
    parse_us, calendar = median(1, lambda: icalendar.Calendar.from_ical(text))
    expand_us, events = median(1, lambda: recurring_ical_events.of(calendar).between(begin, end))
    takes = lambda event: (str(event.get("STATUS", "")).upper(), str(event.get("TRANSP", "")).upper())
    busy = sorted(
        (said(event["DTSTART"].dt), said(event["DTEND"].dt), str(event["UID"]))
        for event in events
        if takes(event)[0] != "CANCELLED" and takes(event)[1] != "TRANSPARENT"
        and said(event["DTSTART"].dt) < said(event["DTEND"].dt)
    )
    json.dump({
        "distant_us": distant_us, "starts": list(map(said, starts)),
        "parse_us": parse_us, "expand_us": expand_us, "busy": busy,
    }, sys.stdout)


main()
