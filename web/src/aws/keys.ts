/** Temporary keys for who has signed in, from the identity pool. */

import type { SignIn } from "./config.ts";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

interface Credentials {
  AccessKeyId: string;
  SecretKey: string;
  SessionToken: string;
  /** Seconds since 1970. */
  Expiration: number;
}

const EARLY = 5 * 60_000;

/** A function that gives the keys of the person whom the token proves; it asks again five minutes before they expire. */
export function keysOf(signIn: SignIn, token: () => Promise<string>): () => Promise<Keys> {
  let kept: Promise<Credentials> | undefined;
  let until = 0;
  const asked = async (): Promise<Credentials> => {
    const logins = { Logins: { [signIn.provider]: await token() } };
    const { IdentityId } = await call<{ IdentityId: string }>(signIn, "GetId", { IdentityPoolId: signIn.identityPool, ...logins });
    const { Credentials: given } = await call<{ Credentials: Credentials }>(signIn, "GetCredentialsForIdentity", { IdentityId, ...logins });
    until = given.Expiration * 1000 - EARLY;
    return given;
  };
  return async () => {
    // calls at once share one question; one that failed is asked again
    if (kept === undefined || (until && Date.now() > until)) {
      until = 0;
      kept = asked();
      kept.catch(() => (kept = undefined));
    }
    const { AccessKeyId: accessKeyId, SecretKey: secretAccessKey, SessionToken: sessionToken } = await kept;
    return { accessKeyId, secretAccessKey, sessionToken };
  };
}

async function call<T>({ region }: SignIn, operation: string, body: object): Promise<T> {
  const answer = await fetch(`https://cognito-identity.${region}.amazonaws.com/`, {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityService.${operation}` },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`The sign-in service refused ${operation} (${answer.status}).`);
  return (await answer.json()) as T;
}
