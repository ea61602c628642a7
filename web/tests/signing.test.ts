import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsV4Signer } from "aws4fetch";
import type { Page, Request } from "playwright-core";
import { keysOf } from "../src/aws/keys.ts";
import { opened } from "./browser.ts";
import { sales } from "./extracts.ts";

const REGION = "eu-central-1";
const SIGN_IN = {
  region: REGION, api: `https://a1b2c3.execute-api.${REGION}.amazonaws.com/P`, url: "https://shop.auth.example", client: "pages",
  provider: `cognito-idp.${REGION}.amazonaws.com/${REGION}_users`, identityPool: `${REGION}:pool`,
};
const IDENTITIES = `https://cognito-identity.${REGION}.amazonaws.com`;
const KEYS = { AccessKeyId: "ASIAKEY", SecretKey: "secret", SessionToken: "session", Expiration: Date.now() / 1000 + 3600 };
const OPEN_TO_ALL = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const ID_TOKEN = `${part({ alg: "RS256" })}.${part({ sub: "someone", iss: `https://${SIGN_IN.provider}`, aud: "pages", exp: Date.now() / 1000 + 3600 })}.x`;

/** Cognito, and the API behind CloudFront, as the browser sees them; `asked` gets what came. */
function hosted(asked: { signIn: URL[]; operations: string[]; calls: Request[] }) {
  return async (page: Page) => {
    await page.route(/\/(\?.*)?$/, async (route) => {
      const answer = await route.fetch();
      const policy = answer.headers()["content-security-policy"]?.replace("connect-src 'self'", `connect-src 'self' ${IDENTITIES} ${SIGN_IN.url}`);
      await route.fulfill({ response: answer, headers: { ...answer.headers(), ...(policy && { "content-security-policy": policy }) } });
    });
    await page.route("**/config.json", (route) => route.fulfill({ json: { signIn: SIGN_IN } }));
    await page.route(`${SIGN_IN.url}/oauth2/authorize**`, (route) => {
      const url = new URL(route.request().url());
      asked.signIn.push(url);
      const back = `${url.searchParams.get("redirect_uri")}?code=c0de&state=${url.searchParams.get("state")}`;
      // not by a 302: a request that follows one is not given to any route
      return route.fulfill({ contentType: "text/html", body: `<meta http-equiv="refresh" content="0;url=${back}">` });
    });
    await page.route(`${SIGN_IN.url}/oauth2/token`, (route) =>
      route.fulfill({ headers: OPEN_TO_ALL, json: { id_token: ID_TOKEN, access_token: "access", token_type: "Bearer", expires_in: 3600, scope: "openid email" } }),
    );
    await page.route(`${IDENTITIES}/**`, (route) => {
      const operation = route.request().headers()["x-amz-target"]?.split(".")[1];
      if (operation) asked.operations.push(operation);
      return route.fulfill({ headers: OPEN_TO_ALL, json: operation === "GetId" ? { IdentityId: "me" } : { IdentityId: "me", Credentials: KEYS } });
    });
    await page.route("**/P/**", (route) => {
      asked.calls.push(route.request());
      const path = new URL(route.request().url()).pathname.replace("/P", "/api");
      return route.fulfill({ json: (sales as Record<string, unknown>)[path] });
    });
  };
}

test("on AWS the reader signs in, and each call is signed for the API's own address with temporary keys", async (t) => {
  const asked = { signIn: [] as URL[], operations: [] as string[], calls: [] as Request[] };
  const page = await opened(t, { address: "#/sales", prepared: hosted(asked) });
  await page.getByText("Published").waitFor();
  await page.getByRole("region", { name: "Totals" }).waitFor();
  const [signIn] = asked.signIn;
  const given = Object.fromEntries(signIn!.searchParams);
  assert.deepEqual([asked.signIn.length, given.client_id, given.response_type, given.code_challenge_method], [1, "pages", "code", "S256"]);
  assert.deepEqual(asked.operations, ["GetId", "GetCredentialsForIdentity"]);
  const call = asked.calls.find((it) => it.url().endsWith("/P/sales/daily"))!;
  const headers = await call.allHeaders();
  const expected = await new AwsV4Signer({
    url: `${SIGN_IN.api}/sales/daily`, service: "execute-api", region: REGION, accessKeyId: KEYS.AccessKeyId, secretAccessKey: KEYS.SecretKey,
    sessionToken: KEYS.SessionToken, datetime: headers["x-amz-date"]!,
  }).sign();
  assert.equal(headers.authorization, expected.headers.get("authorization"));
  assert.equal(headers["x-amz-security-token"], "session");
  assert.ok(!page.url().includes("code="));
});

test("a sign-in service that refuses is named, and not taken for a platform that does not answer", async (t) => {
  const asked = { signIn: [] as URL[], operations: [] as string[], calls: [] as Request[] };
  const prepared = async (page: Page) => {
    await hosted(asked)(page);
    await page.route(`${IDENTITIES}/**`, (route) => route.fulfill({ status: route.request().method() === "OPTIONS" ? 200 : 400, headers: OPEN_TO_ALL, json: {} }));
  };
  const page = await opened(t, { address: "#/sales", prepared });
  await page.getByRole("alert").getByText("The sign-in service refused GetId (400): load the page again to sign in anew.").waitFor();
  assert.equal(asked.calls.length, 0);
  await Promise.all([page.waitForRequest((it) => it.url().startsWith(SIGN_IN.url)), page.reload()]);
});

test("keys are asked for once, again before they expire, and again after a failure", async (t) => {
  const asked: string[] = [];
  let answers: Response[] = [];
  t.mock.method(globalThis, "fetch", async (_: string, { headers }: RequestInit) => {
    asked.push((headers as Record<string, string>)["X-Amz-Target"]!.split(".")[1]!);
    return answers.shift()!;
  });
  const given = (seconds: number) => [Response.json({ IdentityId: "me" }), Response.json({ Credentials: { ...KEYS, Expiration: Date.now() / 1000 + seconds } })];
  const keys = keysOf(SIGN_IN, async () => "token");
  answers = [new Response("", { status: 400 })];
  await assert.rejects(keys, /refused GetId \(400\)/);
  answers = [...given(200), ...given(3600)];
  await Promise.all([keys(), keys()]);
  await keys();
  await keys();
  assert.deepEqual(asked, ["GetId", "GetId", "GetCredentialsForIdentity", "GetId", "GetCredentialsForIdentity"]);
});
