// Google's evaluator of content security policies.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { CspEvaluator } = require("csp_evaluator/dist/evaluator.js");
const { CspParser } = require("csp_evaluator/dist/parser.js");
const { Severity, Type } = require("csp_evaluator/dist/finding.js");

/** What it finds in a policy, except plain remarks, as sentences. */
export function findings(policy) {
    const { csp } = new CspParser(policy);
    return new CspEvaluator(csp)
        .evaluate()
        .filter(({ severity }) => severity < Severity.INFO)
        .map(({ severity, type, directive, value, description }) =>
            `${Severity[severity]} ${Type[type]} ${[directive, value].filter(Boolean).join(" ")}: ${description}`,
        );
}

/** A policy with its nonce taken out, and the nonce. */
export function withoutNonce(policy) {
    const nonce = /'nonce-([^']*)'/.exec(policy)?.[1] ?? null;
    return { nonce, shape: policy.replace(nonce ?? "", "…") };
}
