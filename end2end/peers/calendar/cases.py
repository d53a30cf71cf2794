"""Draws recurrence rules and calendars by lot, for engines to be compared on.

`rules`, `calendars` and `availabilities` of (seed, number) yield dictionaries; the same seed yields the same ones.
"""

import datetime as dt
import functools
import random
import re

import icalendar
from dateutil.rrule import rrulestr

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/Berlin", "Pacific/Apia"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
STAMP = "%Y%m%dT%H%M%S"
# A zone that no database knows. Its changes of ten minutes lie between the quarters at which events begin and end: of times that a
# file's own zone skips the two engines agree on a reading that RFC 5545 section 3.3.5 forbids.
WARD = "\r\n".join([
    "BEGIN:VTIMEZONE", "TZID:Ward Clock",
    "BEGIN:STANDARD", "DTSTART:19701025T060000", "TZOFFSETFROM:+0140", "TZOFFSETTO:+0130",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:19700329T055000", "TZOFFSETFROM:+0130", "TZOFFSETTO:+0140",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT", "END:VTIMEZONE",
])

# The zones that still change their clocks, as their rules have been since before the calendars begin.
MARCH, OCTOBER = "BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU"
CHANGES = {
    "Europe/London": [
        ("DAYLIGHT", "19960331T010000", "+0000", "+0100", MARCH),
        ("STANDARD", "19961027T020000", "+0100", "+0000", OCTOBER),
    ],
    "Europe/Berlin": [
        ("DAYLIGHT", "19960331T020000", "+0100", "+0200", MARCH),
        ("STANDARD", "19961027T030000", "+0200", "+0100", OCTOBER),
    ],
    "America/New_York": [
        ("DAYLIGHT", "20070311T020000", "-0500", "-0400", "BYMONTH=3;BYDAY=2SU"),
        ("STANDARD", "20071104T020000", "-0400", "-0500", "BYMONTH=11;BYDAY=1SU"),
    ],
    "Australia/Lord_Howe": [
        ("STANDARD", "20080406T020000", "+1100", "+1030", "BYMONTH=4;BYDAY=1SU"),
        ("DAYLIGHT", "20081005T020000", "+1030", "+1100", "BYMONTH=10;BYDAY=1SU"),
    ],
}


def some(lot, numbers, most=3):
    return sorted(lot.sample(list(numbers), lot.randint(1, most)))


def listed(numbers):
    return ",".join(map(str, numbers))


def rules(seed, number):
    lot = random.Random(seed)
    return (rule(lot) for _ in range(number))


def rule(lot):
    """A rule with DTSTART, zone and a window."""
    freq = lot.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
    is_short = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    parts = [f"FREQ={freq}"]
    often = lot.choice([0.1, 0.25, 0.4])

    def maybe(name, numbers, chance=1.0, most=4):
        if lot.random() < often * chance:
            parts.append(f"{name}={listed(some(lot, numbers, most))}")

    if lot.random() < 0.5:
        parts.append(f"INTERVAL={lot.choice([1, 2, 3, 4, 5, 6, 7, 10, 13, 24, 25, 45, 60, 90, 100])}")
    maybe("BYMONTH", range(1, 13))
    maybe("BYWEEKNO", [1, 2, 5, 10, 20, 26, 27, 51, 52, 53, -1, -2, -10], 1 if freq == "YEARLY" else 0.2)
    maybe("BYYEARDAY", [1, 2, 50, 100, 101, 200, 365, 366, -1, -2, -100, -366], 1 if freq == "YEARLY" or is_short else 0.2)
    maybe("BYMONTHDAY", [1, 2, 3, 7, 10, 13, 15, 20, 28, 29, 30, 31, -1, -2, -5, -31])
    if lot.random() < often * 1.5:
        days = some(lot, DAYS, 4)
        if freq in ("YEARLY", "MONTHLY") and lot.random() < 0.5:
            places = [1, 2, 3, 4, 5, -1, -2, -5] + ([20, 53, -53] if freq == "YEARLY" else [])
            days = [f"{lot.choice(places)}{day}" for day in days]
        parts.append(f"BYDAY={listed(days)}")
    maybe("BYHOUR", range(24))
    maybe("BYMINUTE", range(60))
    maybe("BYSECOND", range(60), 0.7)
    if lot.random() < often * 0.8 and any(part.startswith("BY") for part in parts):
        parts.append(f"BYSETPOS={listed(some(lot, [1, 2, 3, 4, -1, -2, -3, 5, 10, -10]))}")
    if lot.random() < 0.4:
        parts.append(f"WKST={lot.choice(DAYS)}")
    year = lot.choice([1997, 2000, 2015, 2019, 2020, 2023, 2024, 2025, 2026])
    second = lot.choice([0, 9 * 3600, 13 * 3600 + 1800, lot.randrange(86400)])
    start = dt.datetime(year, 1, 1) + dt.timedelta(days=lot.randrange(366), seconds=second)
    begin = start + dt.timedelta(days=lot.choice([-3, 0, 1, 7, 30] + ([] if is_short else [400, 1000])))
    wide = {"YEARLY": 2000, "MONTHLY": 800, "WEEKLY": 400, "DAILY": 200, "HOURLY": 20, "MINUTELY": 2, "SECONDLY": 1}[freq]
    if any(part.startswith(("BYMONTH=", "BYYEARDAY", "BYWEEKNO", "BYMONTHDAY")) for part in parts):
        wide *= 4
    end = begin + dt.timedelta(days=wide)
    which = lot.random()
    if which < 0.25:
        parts.append(f"COUNT={lot.choice([1, 2, 3, 5, 10, 50, 200, 1000])}")
    elif which < 0.5:
        until = begin + dt.timedelta(seconds=lot.randrange(wide * 86400))
        parts.append(f"UNTIL={until.strftime(STAMP)}Z")
    lot.shuffle(parts)
    zone = lot.choice(ZONES) if not is_short and lot.random() < 0.4 else None
    return {
        "dtstart": start.strftime(STAMP), "rrule": ";".join(parts), "zone": zone,
        "from": begin.strftime(STAMP), "to": end.strftime(STAMP),
    }


def calendars(seed, number):
    lot = random.Random(seed)
    return (calendar(lot) for _ in range(number))


@functools.cache
def definition(zone):
    """By rules: of a list of dates ical.js sees only the first, and then reads every time wrong."""
    if zone == "Ward Clock":
        return WARD
    if zone not in CHANGES:
        return icalendar.Timezone.from_tzid(zone).to_ical().decode().strip()
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    for kind, onset, before, after, rule in CHANGES[zone]:
        lines += [f"BEGIN:{kind}", f"DTSTART:{onset}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
        lines += [f"RRULE:FREQ=YEARLY;{rule}", f"END:{kind}"]
    return "\r\n".join([*lines, "END:VTIMEZONE"])


def calendar(lot):
    """A calendar of one or two events with their versions, and a window."""
    zones, events = set(), []
    drawn = [Event(lot, f"e{number}@x", lot.choice(ZONES), zones) for number in range(lot.choice([1, 1, 2]))]
    for event in drawn:
        events += event.versions()
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *map(definition, sorted(zones)), *events, "END:VCALENDAR", ""]
    begin = drawn[0].start + dt.timedelta(days=lot.choice([-10, -2, 0, 1, 5, 20, 60]))
    end = begin + dt.timedelta(days=lot.choice([7, 40, 200]))
    return {"ics": "\r\n".join(text), "from": f"{begin:%Y-%m-%d}T00:00:00Z", "to": f"{end:%Y-%m-%d}T00:00:00Z"}


def availabilities(seed, number):
    lot = random.Random(seed)
    return (availability(lot) for _ in range(number))


def availability(lot):
    """A calendar of one to four VAVAILABILITY (RFC 7953), and a window."""
    zones, parts = set(), []
    begin = dt.datetime(2026, lot.choice([1, 3, 10]), lot.randint(1, 28))
    end = begin + dt.timedelta(days=lot.choice([1, 7, 40]))
    for number in range(lot.choice([1, 2, 2, 3, 4])):
        lines = ["BEGIN:VAVAILABILITY", f"UID:v{number}@x", "DTSTAMP:20260101T000000Z"]
        start = begin + dt.timedelta(days=lot.randint(-5, 20), hours=lot.randint(0, 23))
        zone = lot.choice(ZONES)
        which = lot.choice(["", "from", "to", "both", "long"])
        for name, at in (("DTSTART", start), ("DTEND", start + dt.timedelta(hours=lot.choice([5, 30, 200])))):
            if which == "both" or which == {"DTSTART": "from", "DTEND": "to"}[name] or (which, name) == ("long", "DTSTART"):
                zones.add(zone)
                lines.append(f"{name};TZID={zone}:{at.strftime(STAMP)}")
        if which == "long":
            lines.append(f"DURATION:{lot.choice(['P1D', 'PT7H', 'P1W', 'P2DT3H'])}")
        lines += lot.choice([[], [], ["PRIORITY:0"], ["PRIORITY:1"], ["PRIORITY:5"], ["PRIORITY:9"]])
        lines += lot.choice([[], ["BUSYTYPE:BUSY"], ["BUSYTYPE:BUSY-UNAVAILABLE"], ["BUSYTYPE:BUSY-TENTATIVE"]])
        for inner in range(lot.choice([0, 1, 1, 2, 3])):
            event = Event(lot, f"a{number}.{inner}@x", lot.choice(ZONES), zones)
            event.kind, event.sequence = lot.choice(["utc", "zone", "zone"]), None
            # Among hourly ones recurring-ical-events takes away more than EXDATE and RECURRENCE-ID name.
            event.may_be_hourly = False
            event.zone = lot.choice(ZONES)
            event.start = begin + dt.timedelta(days=lot.randint(-20, 3), hours=lot.randint(0, 23))
            text = "\r\n".join(event.versions()).replace(":VEVENT", ":AVAILABLE")
            lines += [line for line in text.split("\r\n") if not line.startswith(("STATUS", "TRANSP"))]
        parts += [*lines, "END:VAVAILABILITY"]
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *map(definition, sorted(zones)), *parts, "END:VCALENDAR", ""]
    return {"ics": "\r\n".join(text), "from": f"{begin:%Y-%m-%d}T00:00:00Z", "to": f"{end:%Y-%m-%d}T00:00:00Z"}


class Event:
    """One UID: a master, changes of its occurrences, and now and then another version."""

    def __init__(self, lot, uid, zone, zones):
        self.lot, self.uid, self.zones = lot, uid, zones
        self.kind = lot.choice(["date", "utc", "zone", "zone", "zone", "float", "own"])
        self.may_be_hourly = self.kind != "date"
        self.zone = "Ward Clock" if self.kind == "own" else zone
        day = dt.datetime(2026, lot.choice([1, 2, 3, 3, 9, 10, 10, 11]), lot.randint(1, 28))
        clock = dt.timedelta(hours=lot.choice([0, 1, 2, 7, 9, 13, 20, 22, 23]), minutes=lot.choice([0, 0, 30, 15]))
        self.start = day if self.kind == "date" else day + clock
        self.sequence = lot.choice([None, 0, 1, 3])

    def stamp(self, name, at, params=""):
        if self.kind == "date":
            return f"{name};VALUE=DATE{params}:{at:%Y%m%d}"
        if self.kind == "utc":
            return f"{name}{params}:{at.strftime(STAMP)}Z"
        if self.kind == "float":
            return f"{name}{params}:{at.strftime(STAMP)}"
        self.zones.add(self.zone)
        return f"{name};TZID={self.zone}{params}:{at.strftime(STAMP)}"

    def length(self):
        if self.kind == "date":
            return self.lot.choice([None, dt.timedelta(days=self.lot.choice([1, 1, 2, 5])), "P2D", "P1W"])
        minutes = self.lot.choice([15, 30, 60, 90, 480, 600, 1500, 2880])
        return self.lot.choice([dt.timedelta(minutes=minutes), dt.timedelta(minutes=60), "PT30M", "PT8H", "P1DT1H", "P1D", "P1W", None])

    def when(self, at, length):
        lines = [self.stamp("DTSTART", at)]
        if isinstance(length, dt.timedelta):
            lines.append(self.stamp("DTEND", at + length))
        elif length:
            lines.append(f"DURATION:{length}")
        return lines

    def rrule(self):
        lot, start = self.lot, self.start
        freq = lot.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"] + (["HOURLY"] if self.may_be_hourly else []))
        parts = [f"FREQ={freq}"]
        if lot.random() < 0.4:
            parts.append(f"INTERVAL={lot.choice([5, 7, 12, 25] if freq == 'HOURLY' else [2, 3, 4])}")
        own = DAYS[start.weekday()]
        if freq == "WEEKLY" and lot.random() < 0.6:
            parts.append("BYDAY=" + ",".join(sorted({own, *lot.sample(DAYS, 2)}, key=DAYS.index)))
        if freq == "MONTHLY" and lot.random() < 0.5:
            nth = f"BYDAY={(start.day - 1) // 7 + 1}{own}"
            parts.append(lot.choice([nth, f"BYMONTHDAY={start.day}", "BYDAY=-1FR", "BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"]))
        which = lot.random()
        if which < 0.35:
            parts.append(f"COUNT={lot.choice([1, 2, 5, 10, 30])}")
        elif which < 0.6:
            until = start + dt.timedelta(days=lot.choice([3, 10, 40, 200]), minutes=lot.choice([0, 0, -30]))
            is_date = self.kind == "date" or (self.kind != "float" and lot.random() < 0.12)
            end = "" if self.kind == "float" else "Z"
            parts.append(f"UNTIL={until:%Y%m%d}" if is_date else f"UNTIL={until.strftime(STAMP)}{end}")
        return ";".join(parts)

    def versions(self):
        lot, length = self.lot, self.length()
        lines, occurrences, found = self.when(self.start, length), [self.start], []
        rule = self.rrule() if lot.random() < 0.75 else None
        if rule:
            endless = rrulestr(re.sub(r";UNTIL=[^;]*", "", rule), dtstart=self.start)
            occurrences = [at for at, _ in zip(endless, range(12))] or occurrences
            lines.append(f"RRULE:{rule}" + (";" if lot.random() < 0.05 else ""))
            if lot.random() < 0.04:
                lines.append("RRULE:FREQ=MONTHLY;COUNT=3")
        if lot.random() < 0.2:
            further = self.start + dt.timedelta(days=lot.randint(1, 60), hours=0 if self.kind == "date" else lot.choice([0, 3]))
            lines.append(self.stamp("RDATE", further))
            occurrences.append(further)
        if lot.random() < 0.35:
            for at in lot.sample(occurrences, min(len(occurrences), lot.randint(1, 3))):
                lines.append(self.stamp("EXDATE", at))
        lines.append(lot.choice(["", "", "", "TRANSP:OPAQUE", "TRANSP:TRANSPARENT"]))
        lines.append(lot.choice(["", "", "", "STATUS:CONFIRMED", "STATUS:TENTATIVE", "STATUS:CANCELLED"]))
        found.append(self.component(lines, self.sequence))
        if rule and lot.random() < 0.45:
            for at in lot.sample(occurrences, min(len(occurrences), lot.randint(1, 3))):
                found.append(self.change(at, length))
        elif lot.random() < 0.08 and self.sequence is not None:
            other = self.when(self.start + dt.timedelta(days=1), length)
            found.append(self.component(other, self.sequence + lot.choice([1, -1])))
        lot.shuffle(found)
        return found

    def change(self, at, length):
        lot = self.lot
        onward = ";RANGE=THISANDFUTURE" if lot.random() < 0.2 else ""
        moved = dt.timedelta(days=lot.choice([0, 0, 1, -1, 3]), hours=0 if self.kind == "date" else lot.choice([0, 1, -2]))
        lines = self.when(at + moved, length)
        lines.append(self.stamp("RECURRENCE-ID", at, onward))
        if lot.random() < 0.2:
            lines.append("STATUS:CANCELLED")
        return self.component(lines, self.sequence)

    def component(self, lines, sequence):
        head = ["BEGIN:VEVENT", f"UID:{self.uid}", "DTSTAMP:20260101T000000Z"]
        if sequence is not None:
            head.append(f"SEQUENCE:{sequence}")
        return "\r\n".join([*head, *filter(None, lines), "SUMMARY:x", "END:VEVENT"])
