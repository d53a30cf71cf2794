// How an operator identifies to push services (RFC 8292).

import { createECDH } from "node:crypto";

/** A fresh pair of keys in base64url. */
export function freshKeys() {
    const curve = createECDH("prime256v1");
    curve.generateKeys();
    const privateKey = Buffer.alloc(32);
    // A number with leading zeros is given without them.
    const number = curve.getPrivateKey();
    number.copy(privateKey, 32 - number.length);
    return { privateKey: privateKey.toString("base64url"), publicKey: curve.getPublicKey("base64url") };
}

/** The parts of `Authorization: vapid t=…, k=…`: the token's head and claims, and the key. */
export function readVapid(header) {
    const found = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(header);
    if (!found) throw new Error(`not of RFC 8292 section 3: ${header}`);
    const [, head, claims, , key] = found;
    const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
    return { head: read(head), claims: read(claims), key };
}
