/** Signs the calls of the API in the browser, as somebody who has signed in at Cognito. Loaded on AWS alone. */

import { AwsClient } from "aws4fetch";
import { UserManager, WebStorageStateStore } from "oidc-client-ts";
import { API, type Send } from "../api/client.ts";
import type { SignIn } from "./config.ts";
import { keysOf, NoKeys } from "./keys.ts";

/** Sends signed calls. Somebody who has not signed in is led to the sign-in pages, and this never resolves. */
export async function signing(signIn: SignIn): Promise<Send> {
  const users = manager(signIn);
  await comeBack(users);
  const token = async () => {
    const user = await users.getUser();
    if (user?.id_token && !user.expired) return user.id_token;
    const renewed = user?.refresh_token ? await users.signinSilent().catch(() => null) : null;
    return renewed?.id_token ?? leave(users);
  };
  await token();
  const given = keysOf(signIn, token);
  const keys = () =>
    given().catch(async (error) => {
      // the token is not believed: the page, loaded again, asks for another one
      if (error instanceof NoKeys && error.status === 401) await users.removeUser();
      throw error;
    });
  const stage = new URL(signIn.api).pathname;
  return async (path, options) => {
    const call = path.slice(API.length).replace(/#.*/, "");
    const client = new AwsClient({ ...(await keys()), service: "execute-api", region: signIn.region });
    const signed = await client.sign(signIn.api + call, { method: options.method ?? "GET" });
    // the signature is over the API's own host and path; CloudFront sends it on with that host, under that path
    const headers = new Headers(options.headers);
    for (const name of ["authorization", "x-amz-date", "x-amz-security-token"]) headers.set(name, signed.headers.get(name)!);
    return fetch(stage + call, { ...options, headers });
  };
}

function manager({ url, client, provider }: SignIn): UserManager {
  const issuer = `https://${provider}`;
  const kept = new WebStorageStateStore({ store: sessionStorage });
  return new UserManager({
    authority: issuer,
    metadata: { issuer, authorization_endpoint: `${url}/oauth2/authorize`, token_endpoint: `${url}/oauth2/token` },
    client_id: client,
    redirect_uri: `${location.origin}/`,
    scope: "openid email",
    // this tab's alone, and closed with it
    userStore: kept,
    stateStore: kept,
    automaticSilentRenew: false,
  });
}

/** Takes up what the sign-in pages gave, if they have led here, and the address that the reader came from. */
async function comeBack(users: UserManager): Promise<void> {
  const given = new URLSearchParams(location.search);
  if (given.has("error")) throw new Error(`The sign-in failed: ${given.get("error_description") ?? given.get("error")}.`);
  if (!given.has("code")) return;
  const { state } = await users.signinRedirectCallback();
  history.replaceState(null, "", `/${typeof state === "string" ? state : ""}`);
}

function leave(users: UserManager): Promise<never> {
  void users.signinRedirect({ state: location.hash });
  return new Promise(() => {});
}
