// The real server, with the demonstration in a database of its own.

import { freePort, run, serve } from "./program.mjs";

export { freePort };

/** The address of the PostgreSQL server of this run, when there is one. */
export const POSTGRES = process.env.WAYMARK_TEST_POSTGRES;

/** Everybody's password in the demonstration. */
export const PASSWORD = "try-waymark-here";

async function freshPostgres() {
    const name = `journeys_${process.pid}_${Date.now()}`;
    await run("psql", [POSTGRES, "--quiet", "--command", `create database ${name}`]);
    const address = new URL(POSTGRES);
    address.pathname = `/${name}`;
    return address.href;
}

/**
 * Starts `waymark serve --demo` on a free port with an empty database, and waits until it is ready; see `serve`.
 *
 * `on` is "sqlite" or "postgres"; `settings` are more variables of its environment; `host` is how browsers call it (passkeys
 * need a name: "localhost").
 */
export async function startWaymark(on = "sqlite", settings = {}, host = "127.0.0.1") {
    return start(on, settings, host, ["serve", "--demo"]);
}

/** The same with an installation in which there is nothing yet. */
export async function startEmpty(on = "sqlite", settings = {}) {
    return start(on, settings, "127.0.0.1", ["serve"]);
}

async function start(on, settings, host, verb) {
    const database = on === "postgres" ? { WAYMARK_DATABASE_URL: await freshPostgres() } : {};
    return serve({ verb, host, settings: { ...settings, ...database } });
}
