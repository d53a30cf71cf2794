// Times slot-calculator at what `crates/scheduling/examples/slots.rs` does; prints JSON. `slots.mjs FILE.json`
//
// It knows no buffers, so each busy time is given to it with them: ten minutes before it and five after it.

import { readFileSync } from "node:fs";
import calculator from "slot-calculator";
import { Settings } from "luxon";

Settings.defaultZone = "UTC";
const { from, to, busy } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const shifted = (at, minutes) => new Date(Date.parse(at) + minutes * 60_000).toISOString();
const config = {
    from,
    to,
    duration: 15,
    availability: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].map((day) => ({
        day, from: "07:00", to: "19:00", timezone: "Europe/London",
    })),
    unavailability: busy.map(([start, end]) => ({ from: shifted(start, -10), to: shifted(end, 5) })),
};
const took = [];
let found;
for (let time = 0; time < 21; time += 1) {
    const begun = performance.now();
    found = calculator.getSlots(structuredClone(config));
    took.push((performance.now() - begun) * 1000);
}
const slots = found.availableSlots.map((slot) => `${new Date(slot.from).toISOString().slice(0, 19)}Z`);
console.log(JSON.stringify({ us: took.sort((a, b) => a - b)[10], slots }));
