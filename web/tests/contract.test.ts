/** The page of the API's contract: Swagger UI under a policy of its own. */

import { test } from "node:test";
import { opened } from "./browser.ts";

const CONTRACT = {
  openapi: "3.1.0",
  info: { title: "Tillstream", version: "1" },
  servers: [{ url: "." }],
  paths: { "/pipeline": { get: { summary: "The state of the pipeline", responses: { "200": { description: "It" } } } } },
};

test("the contract is shown with each of its operations", async (t) => {
  const page = await opened(t, { address: "contract", answers: { "/api/openapi.json": CONTRACT } });
  await page.getByText("The state of the pipeline").click();
  await page.getByText("Responses").first().waitFor();
});
