/** Temporary keys for who has signed in, from the identity pool. */

import { Refused } from "../api/client.ts";
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

/** The sign-in did not give keys; the text says why, and what helps. */
export class NoKeys extends Refused {}

/** A function that gives the keys of the person whom the token proves; it asks again five minutes before they expire. Throws `NoKeys`. */
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
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityService.${operation}` },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`https://cognito-identity.${region}.amazonaws.com/`, options).catch(() => {
    throw new NoKeys(503, "The sign-in service does not answer: the pages need its keys to ask the API.");
  });
  if (!answer.ok) throw new NoKeys(401, `The sign-in service refused ${operation} (${answer.status}): load the page again to sign in anew.`);
  return (await answer.json()) as T;
}
