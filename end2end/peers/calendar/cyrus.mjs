// Cyrus IMAP as a patient's mail and calendar server: mail comes in by LMTP, its Sieve puts invitations into the
// calendar, and the calendar is read over HTTP. All of it lives in a temporary folder and on free loopback ports.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { within } from "../../lib/wait.mjs";

const PROGRAMS = "/usr/lib/cyrus/bin";
const PASSWORD = "a-password-for-one-test";
/** Cyrus makes others itself when they are needed. */
const FOLDERS = [
    "conf", "conf/db", "conf/socket", "conf/proc", "conf/lock", "conf/log", "spool", "spool/stage.", "sieve",
];
const SERVICES = ["imap", "http", "lmtp", "sieve"];
/** Enters invitations, moves them, and takes cancelled ones out. */
const SCRIPT = 'require ["vnd.cyrus.imip"];\r\nprocessimip :deletecanceled;\r\n';

/**
 * Starts a server at which the owner of `address` has a mailbox and an empty calendar.
 *
 * The answer has `deliver(raw)`, which hands a mail over and waits until it is in, `calendar()`, the whole calendar as
 * text, and `stop()`.
 */
export async function startCyrus(address) {
    const [user, domain] = address.split("@");
    const owner = whoRuns();
    const folder = await mkdtemp(path.join(tmpdir(), "cyrus-"));
    const ports = Object.fromEntries(await Promise.all(SERVICES.map(async (name) => [name, await freePort()])));
    const gatekeeper = await admitAll(path.join(folder, "mux"));
    await settle(folder, owner, domain, ports);
    const files = ["-C", "imapd.conf", "-M", "cyrus.conf", "-p", "master.pid"];
    const master = spawn(path.join(PROGRAMS, "master"), files, {
        cwd: folder,
        // Its services are children of its own: a group lets us end them all.
        detached: true,
        env: { PATH: process.env.PATH, CYRUS_USER: owner.name },
        stdio: ["ignore", "pipe", "pipe"],
        ...owner.identity,
    });
    let said = "";
    for (const stream of [master.stdout, master.stderr]) stream.on("data", (part) => (said += part));
    const ended = once(master, "exit");
    endWithUs(master.pid, folder);

    async function stop() {
        const isOver = () => master.exitCode !== null || master.signalCode !== null;
        if (!isOver()) master.kill("SIGTERM");
        const late = setTimeout(() => killGroup(master.pid), 5_000);
        await ended;
        clearTimeout(late);
        killGroup(master.pid);
        gatekeeper.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }

    try {
        await within(30_000, "Cyrus takes connections", async () => {
            assert.equal(master.exitCode, null, `Cyrus ended early: ${said}`);
            return canConnect(ports.imap);
        });
        await createMailbox(ports.imap, user);
        await uploadScript(ports.sieve, user);
    } catch (error) {
        await stop();
        throw error;
    }
    const basic = `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString("base64")}`;
    return {
        stop,
        deliver: (raw) => deliver(ports.lmtp, user, raw),
        async calendar() {
            const at = `http://127.0.0.1:${ports.http}/dav/calendars/user/${user}/Default/`;
            const answer = await fetch(at, { headers: { authorization: basic } });
            const text = await answer.text();
            assert.equal(answer.status, 200, text);
            return text;
        },
        /** Enters one event, or puts it in the place of what has its name; the status of the answer. */
        async put(name, text) {
            const at = `http://127.0.0.1:${ports.http}/dav/calendars/user/${user}/Default/${encodeURIComponent(name)}.ics`;
            const headers = { authorization: basic, "content-type": "text/calendar; charset=utf-8" };
            const answer = await fetch(at, { method: "PUT", headers, body: text });
            return { status: answer.status, said: await answer.text() };
        },
    };
}

/** Cyrus refuses to run as root, and then needs the account that its package brings. */
function whoRuns() {
    const id = (...words) => execFileSync("id", words, { encoding: "utf8" }).trim();
    if (process.getuid() !== 0) return { name: id("-un"), identity: {} };
    return { name: "cyrus", identity: { uid: Number(id("-u", "cyrus")), gid: Number(id("-g", "cyrus")) } };
}

/** Writes the settings and lets Cyrus make its folders. */
async function settle(folder, owner, domain, ports) {
    const at = (name) => path.join(folder, name);
    const settings = {
        configdirectory: at("conf"),
        defaultpartition: "default",
        "partition-default": at("spool"),
        sievedir: at("sieve"),
        sasl_pwcheck_method: "saslauthd",
        sasl_saslauthd_path: at("mux"),
        sasl_mech_list: "PLAIN",
        allowplaintext: "yes",
        virtdomains: "off",
        httpmodules: "caldav",
        caldav_create_default: "yes",
        autocreate_quota: "0",
        autocreate_users: "anyone",
        calendar_user_address_set: domain,
        sieve_extensions: "vnd.cyrus.imip",
    };
    // The master does not hand its own -C on to those that it starts; without one they would take the machine's own
    // settings and folders.
    const services = [
        ["imap", "imapd"],
        ["http", "httpd"],
        ["lmtp", "lmtpd -a"],
        ["sieve", "timsieved"],
    ].map(([name, command]) => `    ${name} cmd="${command} -C ${at("imapd.conf")}" listen="127.0.0.1:${ports[name]}" prefork=0`);
    const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}`);
    await writeFile(at("imapd.conf"), `${lines.join("\n")}\n`);
    const start = `    recover cmd="ctl_cyrusdb -r -C ${at("imapd.conf")}"`;
    const parts = ["START {", start, "}", "SERVICES {", ...services, "}", "EVENTS {", "}", ""];
    await writeFile(at("cyrus.conf"), parts.join("\n"));
    for (const name of FOLDERS) await mkdir(at(name), { recursive: true });
    if (owner.identity.uid === undefined) return;
    for (const name of [".", "mux", ...FOLDERS]) await chown(at(name), owner.identity.uid, owner.identity.gid);
}

/**
 * Whom Cyrus asks about a password (the protocol of saslauthd: four fields with their lengths in, one out). It knows
 * one password, so that no account has to be entered into the machine's own list.
 */
async function admitAll(socket) {
    const server = createServer((line) => {
        let asked = Buffer.alloc(0);
        line.on("error", () => {});
        line.on("data", (part) => {
            asked = Buffer.concat([asked, part]);
            const fields = counted(asked, 4);
            if (!fields) return;
            const answer = Buffer.from(fields[1] === PASSWORD ? "OK" : "NO");
            line.end(Buffer.concat([Buffer.from([0, answer.length]), answer]));
        });
    });
    server.listen(socket);
    await once(server, "listening");
    return server;
}

/** So many strings, each after its length in two bytes; nothing while some are missing. */
function counted(bytes, count) {
    const found = [];
    let at = 0;
    while (found.length < count) {
        if (bytes.length < at + 2) return null;
        const end = at + 2 + bytes.readUInt16BE(at);
        if (bytes.length < end) return null;
        found.push(bytes.toString("utf8", at + 2, end));
        at = end;
    }
    return found;
}

async function createMailbox(port, user) {
    await conversation(port, /^\* OK/m, [
        [`a login "${user}" "${PASSWORD}"\r\n`, /^a OK/m],
        ["b logout\r\n", /^b OK/m],
    ]);
}

async function uploadScript(port, user) {
    const plain = Buffer.from(`\0${user}\0${PASSWORD}`).toString("base64");
    await conversation(port, /^OK/m, [
        [`AUTHENTICATE "PLAIN" "${plain}"\r\n`, /^OK/m],
        [`PUTSCRIPT "calendar" {${SCRIPT.length}+}\r\n${SCRIPT}\r\n`, /^OK/m],
        ['SETACTIVE "calendar"\r\n', /^OK/m],
        ["LOGOUT\r\n", /^OK/m],
    ]);
}

async function deliver(port, user, raw) {
    assert.doesNotMatch(raw, /(^|[^\r])\n/, "every line of the mail ends with CR and LF");
    const stuffed = raw.replace(/^\./gm, "..");
    await conversation(port, /^220 /m, [
        ["LHLO test\r\n", /^250 /m],
        ["MAIL FROM:<sender@waymark.example>\r\n", /^250 /m],
        [`RCPT TO:<${user}>\r\n`, /^250 /m],
        ["DATA\r\n", /^354 /m],
        [`${stuffed}${raw.endsWith("\r\n") ? "" : "\r\n"}.\r\n`, /^250 /m],
        ["QUIT\r\n", /^221 /m],
    ]);
}

/** Says one thing after the other, and insists on the answer that each of them has to get. */
async function conversation(port, greeting, turns) {
    const line = connect(port, "127.0.0.1");
    let heard = "";
    let isOver = false;
    line.setEncoding("utf8").on("data", (part) => (heard += part));
    line.on("close", () => (isOver = true)).on("error", (error) => (heard += error.message));
    try {
        for (const [say, expected] of [["", greeting], ...turns]) {
            heard = "";
            line.write(say);
            await within(20_000, `${expected} after ${JSON.stringify(say.slice(0, 40))}`, () => {
                if (expected.test(heard)) return true;
                const refused = /^(\w+ )?(NO|BAD|BYE|[45]\d\d[ -])/im.test(heard) || isOver;
                assert.ok(!refused, `Cyrus answered ${JSON.stringify(say.slice(0, 40))} with ${JSON.stringify(heard)}`);
                return false;
            });
        }
    } finally {
        line.destroy();
    }
}

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
}

function canConnect(port) {
    return new Promise((answer) => {
        const line = connect(port, "127.0.0.1");
        line.on("connect", () => answer(true)).on("error", () => answer(false));
        line.on("connect", () => line.destroy());
    });
}

/** A test that is broken off leaves no server behind. */
function endWithUs(group, folder) {
    process.once("exit", () => {
        killGroup(group);
        rmSync(folder, { recursive: true, force: true });
    });
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
}

function killGroup(group) {
    try {
        process.kill(-group, "SIGKILL");
    } catch {
        // Nobody is left, which is what we want.
    }
}
