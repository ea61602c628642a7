/** No text of the data becomes HTML: the browser asks this policy for each, and an empty one, by which ECharts clears its place, passes. */

interface TrustedTypes {
  createPolicy(name: string, rules: Record<string, (text: string) => string>): unknown;
}

const refuse = (text: string): string => {
  if (text === "") return text;
  throw new TypeError("text must not become HTML or script");
};

const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy("default", { createHTML: refuse, createScript: refuse, createScriptURL: refuse });
