/** The pages' configuration, which their server gives: empty on the laptop, whose page server signs; how to sign in on AWS. */

export interface SignIn {
  region: string;
  /** The API's own address, with its stage: the signature is over it. */
  api: string;
  /** The address of Cognito's sign-in pages. */
  url: string;
  client: string;
  /** The user pool as an identity provider: its host and id. */
  provider: string;
  identityPool: string;
}

export interface Config {
  signIn?: SignIn;
}

export async function config(): Promise<Config> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error("The pages' configuration did not load.");
  return (await answer.json()) as Config;
}
