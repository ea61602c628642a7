import "./trusted.ts";
import { render } from "preact";
import { sendBy } from "./api/client.ts";
import { App } from "./app.tsx";
import { config } from "./aws/config.ts";
import { Failed } from "./ui/states.tsx";
import "./style.css";

const place = document.getElementById("app")!;
try {
  const { signIn } = await config();
  // on AWS alone: the laptop's page server signs
  if (signIn) sendBy(await (await import("./aws/signing.ts")).signing(signIn), "The API does not answer. The alarms of its stack say whether it runs.");
  render(<App />, place);
} catch (error) {
  render(<Failed error={error as Error} again={() => location.assign("/")} />, place);
}
