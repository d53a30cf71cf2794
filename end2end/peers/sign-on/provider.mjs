// The certified OpenID Provider of the npm package `oidc-provider`, with two people of the demonstration and one stranger.

import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";

/** Our name and secret there. */
export const CLIENT = { id: "waymark", secret: "a-secret-of-the-peers-that-is-long-enough" };

/** Opens a provider whose people are `people`: address by login name. `callback` is where it may send browsers back to. */
export async function openProvider(people, callback) {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(url, {
        clients: [
            {
                client_id: CLIENT.id,
                client_secret: CLIENT.secret,
                redirect_uris: [callback],
                response_types: ["code"],
                grant_types: ["authorization_code"],
            },
        ],
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
        pkce: { required: () => true },
        // The development pages take any login name and password.
        features: { devInteractions: { enabled: true } },
        async findAccount(_, id) {
            return {
                accountId: id,
                claims: async () => ({ sub: id, name: id, email: people[id], email_verified: id !== "unverified" }),
            };
        },
    });
    const faults = [];
    for (const event of ["authorization.error", "grant.error", "server_error", "userinfo.error"]) {
        provider.on(event, (_, error) => faults.push(`${event}: ${error.error_description ?? error.message}`));
    }
    server.on("request", provider.callback());
    return {
        url,
        faults,
        async close() {
            server.closeAllConnections();
            server.close();
            await once(server, "close");
        },
    };
}
